//! `[[edge.headers.rules]]`: header rules of the operator's own.

use palisade_edge::headers::{self, Rule, Scope};

use super::keys::{HEADERS, RULE_HEADER, RULE_ON, RULE_VALUE, RULE_VERB, RULES};
use crate::config::kinds::Named;
use crate::config::mistakes::Report;
use crate::config::view::View;

/// Rules of one node; each costs a look-up on every answer.
pub(super) const RULES_MAX: usize = 128;

/// What a rule does, as it is written; the edge's own keeps the value with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Set,
    SetIfMissing,
    Append,
    Remove,
}

impl Named for Verb {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("set", Self::Set),
        ("set-if-missing", Self::SetIfMissing),
        ("append", Self::Append),
        ("remove", Self::Remove),
    ];
}

impl Named for Scope {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("every", Self::Every),
        ("documents", Self::Documents),
        ("api", Self::Api),
    ];
}

pub(in crate::config) fn rules(edge: &View<'_>, report: &mut Report) {
    let headers = edge.table(&HEADERS);
    for rule in headers.iter().flat_map(|headers| headers.list(&RULES)) {
        let has_value = rule.has(&RULE_VALUE);
        match rule.get(&RULE_VERB) {
            Some(Verb::Remove) if has_value => {
                let problem = "verb \"remove\" takes no value";
                report.add(
                    rule.mistake(&RULE_VALUE, problem)
                        .with_help("leave it out, or use verb \"set\""),
                );
            }
            Some(verb) if verb != Verb::Remove && !has_value => {
                let problem = "is missing; every verb but \"remove\" needs a value";
                report.add(rule.mistake(&RULE_VALUE, problem));
            }
            _ => {}
        }
    }
}

pub(super) fn read(rule: &View<'_>) -> Option<Rule> {
    let value = rule.get(&RULE_VALUE);
    let verb = match rule.get(&RULE_VERB)? {
        Verb::Set => headers::Verb::Set(value?),
        Verb::SetIfMissing => headers::Verb::SetIfMissing(value?),
        Verb::Append => headers::Verb::Append(value?),
        Verb::Remove => headers::Verb::Remove,
    };
    Some(Rule::new(
        rule.get(&RULE_HEADER)?,
        verb,
        rule.get(&RULE_ON)?,
    ))
}
