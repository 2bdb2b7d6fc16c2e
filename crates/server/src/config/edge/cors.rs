//! `[edge.cors]`: pages of which origins may use the app, in which ways, and where otherwise.

mod keys;

use palisade_edge::cors::{Rule, Sharing};
use palisade_edge::origin::OriginPattern;
use palisade_edge::paths::PathPattern;
use palisade_kernel::Mode;

use crate::config::mistakes::Report;
use crate::config::view::View;
use keys::*;

pub(super) use keys::CORS as TABLE;
pub(in crate::config) use keys::ORIGIN;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cors {
    pub mode: Mode,
    pub sharing: Sharing,
    pub rules: Vec<Rule>,
    pub exempt_paths: Vec<PathPattern>,
    pub development: bool,
}

pub(super) fn read(edge: &View<'_>) -> Option<Cors> {
    let section = edge.table(&TABLE)?;
    let mut rules = Vec::new();
    for entry in section.list(&RULES) {
        rules.push(Rule {
            hosts: entry.get(&HOSTS)?,
            paths: entry.get(&PATHS)?,
            sharing: sharing(&entry)?,
        });
    }
    Some(Cors {
        mode: section.get(&MODE)?,
        sharing: sharing(&section)?,
        rules,
        exempt_paths: section.get(&EXEMPT_PATHS)?,
        development: section.get(&DEVELOPMENT)?,
    })
}

fn sharing(view: &View<'_>) -> Option<Sharing> {
    Some(Sharing {
        origins: view.get(&ORIGINS)?,
        methods: view.get(&METHODS)?,
        headers: view.get(&HEADERS)?,
        expose: view.get(&EXPOSE)?,
        credentials: view.get(&CREDENTIALS)?,
        max_age: view.get(&MAX_AGE)?,
    })
}

/// Every origin is none in particular: outside development that is a mistake, and with cookies it is
/// one everywhere, since any site could then read what the visitor may.
pub(super) fn rules(edge: &View<'_>, report: &mut Report) {
    let Some(section) = edge.table(&TABLE) else {
        return;
    };
    if section.get(&MODE) == Some(Mode::Off) {
        return;
    }
    let is_development = section.get(&DEVELOPMENT).unwrap_or_default();
    for view in [&section].into_iter().chain(&section.list(&RULES)) {
        let origins = view.get(&ORIGINS).unwrap_or_default();
        if !origins.contains(&OriginPattern::Any) {
            continue;
        }
        if view.get(&CREDENTIALS).unwrap_or_default() {
            let problem = "credentials cannot be shared with every origin";
            let mistake = view.mistake(&CREDENTIALS, problem);
            report.add(mistake.with_help("name the origins, or leave credentials out"));
        } else if !is_development {
            let problem = "\"*\" shares the application with every site there is";
            let help = "name the origins; only on a developer's machine set edge.cors.development";
            report.add(view.mistake(&ORIGINS, problem).with_help(help));
        }
    }
}
