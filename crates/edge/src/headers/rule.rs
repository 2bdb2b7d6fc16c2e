//! One rule about one header: a verb, a value, and the responses it is for.

use http::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue,
    REFERRER_POLICY, TRAILER, X_FRAME_OPTIONS,
};

use super::builtin::PERMISSIONS_POLICY;
use crate::forward::REQUEST_ID;

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

    /// Whether a rule may touch this header. Those that frame the message or
    /// name the request are not policy.
    pub fn may_name(name: &HeaderName) -> bool {
        let frames = [CONTENT_ENCODING, CONTENT_LENGTH, TRAILER].contains(name);
        !frames && *name != REQUEST_ID && !crate::hop_by_hop::is_hop_by_hop(name)
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
    /// Sent more than once; one line that means the same to a browser.
    Doubled(HeaderValue),
}

fn standing(name: &HeaderName, headers: &HeaderMap, collapse: bool) -> Standing {
    let mut own = headers.get_all(name).iter();
    let Some(first) = own.next() else {
        return Standing::Missing;
    };
    match own.next_back() {
        Some(last) if collapse => {
            let every = || headers.get_all(name).iter();
            Standing::Doubled(if *name == REFERRER_POLICY {
                // Referrer Policy, section 8.1: the last policy understood wins.
                last.clone()
            } else if *name == X_FRAME_OPTIONS && every().any(|value| value != first) {
                // HTML, 7.7: values that contradict each other refuse every frame.
                HeaderValue::from_static("DENY")
            } else if is_list(name) {
                joined(every()).unwrap_or(first.clone())
            } else {
                first.clone()
            })
        }
        _ => Standing::Kept,
    }
}

/// Headers whose lines add up, as if they were one with commas (RFC 9110 section 5.3): each
/// further policy restricts more, and none may be lost.
fn is_list(name: &HeaderName) -> bool {
    *name == CONTENT_SECURITY_POLICY || *name == PERMISSIONS_POLICY
}

fn joined<'a>(values: impl Iterator<Item = &'a HeaderValue>) -> Option<HeaderValue> {
    let lines: Vec<&[u8]> = values.map(HeaderValue::as_bytes).collect();
    HeaderValue::from_bytes(&lines.join(&b", "[..])).ok()
}
