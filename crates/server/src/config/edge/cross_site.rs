//! `[edge.cross_site]`: which other sites may act on the app, and where all of them may.

use palisade_edge::origin::OriginPattern;
use palisade_edge::paths::PathPattern;
use palisade_kernel::Mode;

use super::cors::ORIGIN;
use crate::config::kinds::{Boolean, Choice, List, PATH, Parsed};
use crate::config::mistakes::Report;
use crate::config::registry::{Key, Table};
use crate::config::view::View;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrossSite {
    pub mode: Mode,
    pub same_site: bool,
    pub origins: Vec<OriginPattern>,
    pub exempt_paths: Vec<PathPattern>,
}

static MODE: Key<Choice<Mode>> = Key::new("mode", Choice::new());
static SAME_SITE: Key<Boolean> = Key::new("same_site", Boolean);
static ORIGINS: Key<List<Parsed<OriginPattern>>> = Key::new("origins", List::of(ORIGIN));
static EXEMPT_PATHS: Key<List<Parsed<PathPattern>>> = Key::new("exempt_paths", List::of(PATH));

pub(super) static TABLE: Table = Table {
    name: "cross_site",
    entries_max: None,
    keys: &[&MODE, &SAME_SITE, &ORIGINS, &EXEMPT_PATHS],
    tables: &[],
};

pub(super) fn read(edge: &View<'_>) -> Option<CrossSite> {
    let section = edge.table(&TABLE)?;
    Some(CrossSite {
        mode: section.get(&MODE)?,
        same_site: section.get(&SAME_SITE)?,
        origins: section.get(&ORIGINS)?,
        exempt_paths: section.get(&EXEMPT_PATHS)?,
    })
}

/// Whoever trusts everybody has turned the control off without saying so.
pub(super) fn rules(edge: &View<'_>, report: &mut Report) {
    let Some(section) = edge.table(&TABLE) else {
        return;
    };
    let origins = section.get(&ORIGINS).unwrap_or_default();
    if origins.contains(&OriginPattern::Any) {
        let problem = "\"*\" lets every site act on the application";
        let help = "name the origins, or exempt paths, or set mode = \"off\"";
        report.add(section.mistake(&ORIGINS, problem).with_help(help));
    }
}
