//! What operators should hear of the app's cookies: once for each, by name and never by value.

use palisade_kernel::Mode;

use super::set_cookie::{Additions, SetCookie};
use crate::noted::Noted;

/// Longer names are cut in a note.
const NAME_BYTES_MAX: usize = 64;

pub(super) struct Notes(Noted);

impl Notes {
    pub(super) fn new(mode: Mode) -> Self {
        Self(Noted::new(mode))
    }

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
        let name = cookie.name.get(..NAME_BYTES_MAX).unwrap_or(cookie.name);
        let name = String::from_utf8_lossy(name).into_owned();
        // No `=` stands in a name.
        self.0.is_news(&format!("{name}={said}")).then_some(name)
    }
}
