//! `[[edge.rate_limit.policies]]`: policies of the operator's own.

use std::collections::HashMap;

use super::keys::*;
use super::{Policy, names};
use crate::config::mistakes::Report;
use crate::config::view::View;

pub(super) fn read(entry: &View<'_>) -> Option<Policy> {
    Some(Policy {
        name: entry.get(&NAME)?,
        mode: entry.get(&MODE)?,
        hosts: entry.get(&HOSTS)?,
        methods: entry.get(&METHODS)?,
        paths: entry.get(&PATHS)?,
        key: entry.get(&KEY)?,
        limits: entry.get(&OWN_LIMIT)?,
    })
}

/// A name is what counts are kept under, so two policies of one name would share them.
pub(in crate::config) fn rules(edge: &View<'_>, report: &mut Report) {
    let section = edge.table(&RATE_LIMIT);
    let mut taken = HashMap::new();
    for entry in section.iter().flat_map(|section| section.list(&POLICIES)) {
        let Some(name) = entry.get(&NAME) else {
            continue;
        };
        if names::is_shipped(&name) {
            let problem = format!("{name:?} is the name of a policy that ships");
            let help = "set it up in its own section, or choose another name";
            report.add(entry.mistake(&NAME, problem).with_help(help));
        } else if let Some(first) = taken.get(&name) {
            let problem = format!("another policy is named {name:?}");
            let mistake = entry.mistake(&NAME, problem);
            report.add(mistake.with_related(Clone::clone(first), "the first"));
        } else {
            taken.insert(name, entry.origin(&NAME));
        }
    }
}
