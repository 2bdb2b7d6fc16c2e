//! `[[edge.headers.rules]]`: header rules of the operator's own.

use http::{HeaderName, HeaderValue};

use super::keys::{HEADERS, RULE_HEADER, RULE_ON, RULE_VALUE, RULE_VERB, RULES};
use crate::config::kinds::Named;
use crate::config::mistakes::Report;
use crate::config::view::View;

/// Rules of one node; each costs a look-up on every answer.
pub(super) const RULES_MAX: usize = 128;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderRule {
    pub header: HeaderName,
    pub verb: Verb,
    /// Always there but with [`Verb::Remove`], where it never is.
    pub value: Option<HeaderValue>,
    pub on: On,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
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

/// Answers that a rule applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    Every,
    /// HTML.
    Documents,
    /// JSON and its like.
    Api,
}

impl Named for On {
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

pub(super) fn read(rule: &View<'_>) -> Option<HeaderRule> {
    Some(HeaderRule {
        header: rule.get(&RULE_HEADER)?,
        verb: rule.get(&RULE_VERB)?,
        value: rule.get(&RULE_VALUE),
        on: rule.get(&RULE_ON)?,
    })
}
