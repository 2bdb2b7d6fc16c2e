//! One rule about one header: a verb, a value, and the responses it is for.

use http::header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY};

use super::kind::Scope;

/// What is done to one header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub name: HeaderName,
    pub verb: Verb,
    pub scope: Scope,
    /// Built in: it gives way where the app has said the same in other words, and leaves the
    /// header standing once where the app sent it twice.
    pub(super) yields_to_app: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Replaces whatever the app sent.
    Set(HeaderValue),
    /// Adds the header where the app sent none.
    SetIfMissing(HeaderValue),
    /// Adds a value beside the app's.
    Append(HeaderValue),
    Remove,
}

impl Rule {
    pub fn new(name: HeaderName, verb: Verb, scope: Scope) -> Self {
        Self {
            name,
            verb,
            scope,
            yields_to_app: false,
        }
    }

    /// Whether a rule may touch this header. Those that frame the message are not policy.
    pub fn may_name(name: &HeaderName) -> bool {
        *name != CONTENT_LENGTH && !crate::hop_by_hop::is_hop_by_hop(name)
    }

    /// Returns whether `headers` changed.
    pub(super) fn apply(&self, headers: &mut HeaderMap) -> bool {
        match &self.verb {
            Verb::Set(value) => {
                let mut own = headers.get_all(&self.name).iter();
                if own.next() == Some(value) && own.next().is_none() {
                    return false;
                }
                headers.insert(&self.name, value.clone());
                true
            }
            Verb::SetIfMissing(value) => match standing(&self.name, headers, self.yields_to_app) {
                Standing::Missing => {
                    headers.insert(&self.name, value.clone());
                    true
                }
                Standing::Kept => false,
                Standing::Doubled(one) => {
                    headers.insert(&self.name, one);
                    true
                }
            },
            Verb::Append(value) => {
                headers.append(&self.name, value.clone());
                true
            }
            Verb::Remove => headers.remove(&self.name).is_some(),
        }
    }
}

enum Standing {
    Missing,
    Kept,
    /// Sent more than once; the value that browsers would act on.
    Doubled(HeaderValue),
}

fn standing(name: &HeaderName, headers: &HeaderMap, collapse: bool) -> Standing {
    let mut own = headers.get_all(name).iter();
    let Some(first) = own.next() else {
        return Standing::Missing;
    };
    match own.next_back() {
        Some(last) if collapse => {
            // Referrer Policy, section 8.1: the last policy understood wins. Elsewhere the first.
            let acted_on = if *name == REFERRER_POLICY {
                last
            } else {
                first
            };
            Standing::Doubled(acted_on.clone())
        }
        _ => Standing::Kept,
    }
}
