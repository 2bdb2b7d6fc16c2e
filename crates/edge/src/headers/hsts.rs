//! `Strict-Transport-Security` (RFC 6797), in stages.
//!
//! A browser that has seen the header refuses plain HTTP for that long, and there is no way to
//! tell it otherwise. So a site gets there in steps, each of which can be waited out.

use http::header::STRICT_TRANSPORT_SECURITY;
use http::{HeaderMap, HeaderValue};

/// How far the site has committed itself to HTTPS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hsts {
    /// The header is left to the app.
    Off,
    /// One minute, the app's own value replaced: `localhost` is shared by every project on a
    /// developer's machine, and HSTS pins all its ports.
    Development,
    /// One day: long enough to notice what breaks, short enough to wait out.
    Soak,
    /// One year, subdomains included.
    Full,
    /// Two years, subdomains included, and fit for the browsers' preload list.
    Preload,
}

impl Hsts {
    pub const fn value(self) -> Option<&'static str> {
        match self {
            Self::Off => None,
            Self::Development => Some("max-age=60"),
            Self::Soak => Some("max-age=86400"),
            Self::Full => Some("max-age=31536000; includeSubDomains"),
            Self::Preload => Some("max-age=63072000; includeSubDomains; preload"),
        }
    }

    /// Returns whether `headers` changed.
    pub(super) fn apply(self, secure: bool, headers: &mut HeaderMap) -> bool {
        let Some(value) = self.value() else {
            return false;
        };
        if !secure {
            // Section 7.2: the header must not be sent over a connection that is not secure.
            return headers.remove(STRICT_TRANSPORT_SECURITY).is_some();
        }
        let mut own = headers.get_all(STRICT_TRANSPORT_SECURITY).iter();
        let kept = match (own.next(), own.next()) {
            (Some(first), None) if self != Self::Development || first == value => return false,
            // Section 8.1: browsers read the first of several, so the first is the app's word.
            (Some(first), Some(_)) if self != Self::Development => first.clone(),
            _ => HeaderValue::from_static(value),
        };
        headers.insert(STRICT_TRANSPORT_SECURITY, kept);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(stage: Hsts, secure: bool, own: &[&'static str], expected: &[&str]) {
        let mut headers = HeaderMap::new();
        for value in own {
            headers.append(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(value));
        }
        let before = headers.clone();
        let changed = stage.apply(secure, &mut headers);
        assert_eq!(
            headers
                .get_all(STRICT_TRANSPORT_SECURITY)
                .iter()
                .collect::<Vec<_>>(),
            expected
        );
        assert_eq!(changed, headers != before);
    }

    #[test]
    fn each_stage_has_its_value() {
        check(Hsts::Soak, true, &[], &["max-age=86400"]);
        check(
            Hsts::Full,
            true,
            &[],
            &["max-age=31536000; includeSubDomains"],
        );
        check(
            Hsts::Preload,
            true,
            &[],
            &["max-age=63072000; includeSubDomains; preload"],
        );
    }

    #[test]
    fn the_apps_own_value_is_kept_and_stands_once() {
        check(Hsts::Soak, true, &["max-age=7"], &["max-age=7"]);
        check(
            Hsts::Full,
            true,
            &["max-age=7", "max-age=8"],
            &["max-age=7"],
        );
    }

    #[test]
    fn on_a_development_machine_nothing_is_pinned_for_long() {
        check(
            Hsts::Development,
            true,
            &["max-age=31536000"],
            &["max-age=60"],
        );
        check(Hsts::Development, true, &["max-age=60"], &["max-age=60"]);
    }

    #[test]
    fn plain_http_never_carries_it() {
        check(Hsts::Full, false, &[], &[]);
        check(Hsts::Full, false, &["max-age=7"], &[]);
    }

    #[test]
    fn off_leaves_it_to_the_app() {
        check(Hsts::Off, true, &[], &[]);
        check(Hsts::Off, false, &["max-age=7"], &["max-age=7"]);
    }
}
