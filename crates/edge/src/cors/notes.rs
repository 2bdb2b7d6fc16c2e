//! What operators should hear: who asks and is not listed, and how freely the app shares. Each once.

use palisade_kernel::Mode;

use super::preflight::TooMuch;
use crate::noted::Noted;
use crate::origin::Origin;

pub(super) struct Notes(Noted);

impl Notes {
    pub(super) fn new(mode: Mode) -> Self {
        Self(Noted::new(mode))
    }

    /// `list` is ready to be copied into the configuration.
    pub(super) fn unlisted(&self, origin: &Origin<'_>) {
        let Some(origin) = self.news(origin, "unlisted") else {
            return;
        };
        let list = format!("origins = [\"{origin}\"]");
        match !self.0.in_shadow {
            true => tracing::info!(
                origin,
                list,
                "Pages of an origin that is not listed are refused."
            ),
            false => tracing::info!(
                origin,
                list,
                "In shadow: pages of an origin that is not listed would be refused."
            ),
        }
    }

    pub(super) fn too_much(&self, origin: &Origin<'_>, wanted: &TooMuch) {
        let Some(origin) = self.news(origin, &format!("{wanted:?}")) else {
            return;
        };
        let (key, wanted) = match wanted {
            TooMuch::Method(method) => ("methods", method),
            TooMuch::Header(header) => ("headers", header),
        };
        tracing::info!(
            origin,
            key,
            wanted,
            in_shadow = self.0.in_shadow,
            "A preflight of a listed origin asks for what is not listed."
        );
    }

    pub(super) fn shared(&self, with: &str, with_cookies: bool) {
        if self.0.is_news(&format!("{with} {with_cookies}")) {
            tracing::warn!(
                with_cookies,
                in_shadow = self.0.in_shadow,
                "The application shares its answers {with}."
            );
        }
    }

    /// The origin to print, the first time that this is to be said of it.
    fn news(&self, origin: &Origin<'_>, said: &str) -> Option<String> {
        let origin = origin.to_string();
        let is_news = self.0.is_news(&format!("{origin} {said}"));
        is_news.then_some(origin)
    }
}
