//! What operators should hear: where the app sends visitors beside what is listed, each place once, and
//! whether a link has talked it into it.

use http::Uri;
use palisade_kernel::Mode;
use url::Url;

use super::astray::Astray;
use crate::exchange::Exchange;
use crate::noted::{self, Noted};

pub(super) struct Notes(Noted);

impl Notes {
    pub(super) fn new(mode: Mode) -> Self {
        Self(Noted::new(mode))
    }

    /// `allow` is ready to be copied into the configuration.
    pub(super) fn astray(&self, exchange: &Exchange, astray: &Astray, asked: &Uri) {
        let Astray::To(url) = astray else { return };
        let place = match url.scheme() {
            "http" | "https" => url.origin().ascii_serialization(),
            scheme => format!("{scheme}:"),
        };
        let is_echoed = is_echoed(url, asked);
        if !self.0.is_news(&format!("{place} {is_echoed}")) {
            return;
        }
        let allow = format!("allow = [\"{place}\"]");
        let path = noted::beginning(&exchange.path);
        let in_shadow = self.0.in_shadow;
        match is_echoed {
            true => tracing::warn!(
                path,
                place,
                in_shadow,
                "The application sends visitors wherever the query of a link says."
            ),
            false => tracing::info!(
                path,
                allow,
                in_shadow,
                "The application sends visitors to a place that is not listed."
            ),
        }
    }
}

/// Whether the place stands in the query that was asked with: the mark of an open redirect.
fn is_echoed(url: &Url, asked: &Uri) -> bool {
    let (Some(query), Some(host)) = (asked.query(), url.host_str()) else {
        return false;
    };
    form_urlencoded::parse(query.as_bytes())
        .any(|(_, value)| value.to_ascii_lowercase().contains(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_out_of_the_query_is_told_from_the_apps_own() {
        let url = Url::parse("https://Evil.test/x").unwrap();
        for (asked, expected) in [
            ("/go?to=https://evil.test/x", true),
            ("/go?to=https%3A%2F%2FEVIL.test", true),
            ("/go?a=1&next=//evil.test", true),
            ("/go", false),
            ("/go?to=1", false),
            ("/evil.test", false),
        ] {
            assert_eq!(
                is_echoed(&url, &asked.parse().unwrap()),
                expected,
                "{asked}"
            );
        }
    }
}
