//! What operators should hear of the app's cookies: once for each, by name and never by value.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use super::set_cookie::{Additions, SetCookie};

/// Notes of one policy. An app that makes up names on every answer is not followed further.
const NOTES_MAX: usize = 256;

/// Longer names are cut in a note.
const NAME_BYTES_MAX: usize = 64;

/// The cookie of the self-proof, which leaves no trace.
pub(super) const SAMPLE_NAME: &str = "palisade-sample";

#[derive(Default)]
pub(super) struct Notes(Mutex<BTreeSet<(String, String)>>);

impl Notes {
    pub(super) fn would_add(&self, cookie: &SetCookie<'_>, additions: Additions) {
        let attributes: Vec<&str> = additions.attributes().collect();
        let attributes = attributes.join("; ");
        if let Some(cookie) = self.first(cookie, &attributes) {
            tracing::info!(
                cookie,
                attributes,
                "In shadow: a cookie of the app would get attributes."
            );
        }
    }

    pub(super) fn discarded(&self, cookie: &SetCookie<'_>, reason: &str) {
        if let Some(cookie) = self.first(cookie, reason) {
            tracing::warn!(cookie, reason, "Browsers discard a cookie of the app.");
        }
    }

    /// The name to print, the first time that this is to be said of it.
    fn first(&self, cookie: &SetCookie<'_>, said: &str) -> Option<String> {
        if cookie.name == SAMPLE_NAME.as_bytes() {
            return None;
        }
        let name = cookie.name.get(..NAME_BYTES_MAX).unwrap_or(cookie.name);
        let name = String::from_utf8_lossy(name).into_owned();
        let mut notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = notes.len() < NOTES_MAX && notes.insert((name.clone(), said.to_owned()));
        is_new.then_some(name)
    }
}
