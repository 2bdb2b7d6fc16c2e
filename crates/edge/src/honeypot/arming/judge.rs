//! Whether the app's answer to a decoy is its answer to anything.

use std::fmt;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use palisade_kernel::Random;

use super::super::face::Learned;
use crate::errors;

/// Length by which two bodies may differ that say the same: request ids, times, tokens.
const LENGTH_SLACK_BYTES: usize = 128;

/// Letters of an invented name: too many to be guessed by an app.
const STEM_BYTES_MIN: usize = 12;

/// One answer of the app's.
#[derive(Clone)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// `None` when it is too large to be learned.
    pub(super) body: Option<Bytes>,
    pub(super) path: String,
}

/// Why a decoy is not armed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unarmed {
    /// The app answers it otherwise than a path that it cannot have.
    Differs,
    /// Two such paths are answered differently: nothing can be told.
    Unsteady,
    /// Its answers are too large to be learned.
    TooLarge,
    /// Every path is answered with success, and this one may be a page that browsers route.
    CatchAll,
    /// The app gives it no answer, or has given none to several others.
    Silent,
    /// Every path is answered with a redirect, a refusal or an error: nothing can be told.
    Closed(StatusCode),
}

impl fmt::Display for Unarmed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Differs => f.write_str("the app has it"),
            Self::Unsteady => f.write_str("the app answers alike paths differently"),
            Self::TooLarge => f.write_str("the app's answers are too large to be learned"),
            Self::CatchAll => f.write_str("the app answers every path, and may have a page there"),
            Self::Silent => f.write_str("the app hangs up on paths like it"),
            Self::Closed(status) => write!(f, "the app answers every path with {status}"),
        }
    }
}

impl Answer {
    /// As a face; `None` for one that tells how the app is made.
    pub(super) fn learned(self) -> Option<Learned> {
        let body = self.body.filter(|body| !errors::gives_away(body))?;
        Some(Learned {
            status: self.status,
            headers: self.headers,
            body,
            path: self.path,
        })
    }

    pub(super) fn is_like(&self, other: &Self) -> bool {
        let length = |answer: &Self| answer.body.as_ref().map(Bytes::len);
        let near = match (length(self), length(other)) {
            (Some(one), Some(other)) => {
                let longer = one.max(other);
                one.abs_diff(other) <= LENGTH_SLACK_BYTES.max(longer / 16)
            }
            (one, other) => one == other,
        };
        self.status == other.status
            && self.headers.get(CONTENT_TYPE) == other.headers.get(CONTENT_TYPE)
            && near
    }
}

pub(super) fn judge(decoy: &str, itself: &Answer, others: [&Answer; 2]) -> Result<(), Unarmed> {
    let [first, second] = others;
    if !first.is_like(second) {
        return Err(Unarmed::Unsteady);
    }
    if !itself.is_like(first) {
        return Err(Unarmed::Differs);
    }
    if itself.body.is_none() {
        return Err(Unarmed::TooLarge);
    }
    match first.status {
        StatusCode::NOT_FOUND | StatusCode::GONE => Ok(()),
        status if status.is_success() && is_routable(decoy) => Err(Unarmed::CatchAll),
        status if status.is_success() => Ok(()),
        status => Err(Unarmed::Closed(status)),
    }
}

/// Whether a single-page app may have a page of this name: no such page is a file or hidden.
fn is_routable(decoy: &str) -> bool {
    !decoy.contains('.')
}

/// A path beside the decoy, of the same shape, that nobody has: apps answer `/api/x`, `/x.php` and
/// `/.x` differently.
pub(super) fn sibling(decoy: &str, random: &dyn Random) -> String {
    let trimmed = decoy.trim_end_matches('/');
    let slash = if decoy.ends_with('/') { "/" } else { "" };
    let (folder, name) = trimmed.rsplit_once('/').unwrap_or(("", trimmed));
    let dot = name.rfind('.').filter(|at| *at > 0);
    let (stem, extension) = name.split_at(dot.unwrap_or(name.len()));
    let mut letters = vec![0; stem.len().max(STEM_BYTES_MIN)];
    random.fill(&mut letters);
    let invented = letters.iter().map(|byte| char::from(b'a' + byte % 26));
    let hidden = if name.starts_with('.') { "." } else { "" };
    let invented: String = invented.skip(hidden.len()).collect();
    format!("{folder}/{hidden}{invented}{extension}{slash}")
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use palisade_kernel::SeededRandom;

    use super::*;

    fn answer(status: u16, content_type: &'static str, bytes: usize) -> Answer {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers,
            body: Some(vec![b'x'; bytes].into()),
            path: "/x".to_owned(),
        }
    }

    #[track_caller]
    fn check(decoy: &str, itself: &Answer, other: &Answer, expected: Result<(), Unarmed>) {
        assert_eq!(judge(decoy, itself, [other, other]), expected);
    }

    #[test]
    fn a_path_that_the_app_does_not_have_is_armed() {
        let missing = answer(404, "text/html", 300);
        check("/.env", &missing, &missing, Ok(()));
        check("/.env", &answer(404, "text/html", 330), &missing, Ok(()));
        check("/internal/console", &missing, &missing, Ok(()));
    }

    #[test]
    fn a_path_that_the_app_has_is_not() {
        let missing = answer(404, "text/html", 300);
        for itself in [
            answer(200, "text/html", 300),
            answer(404, "application/json", 300),
            answer(404, "text/html", 3000),
            answer(302, "text/html", 300),
        ] {
            check("/wp-login.php", &itself, &missing, Err(Unarmed::Differs));
        }
    }

    #[test]
    fn a_single_page_app_may_route_what_looks_like_a_page() {
        let page = answer(200, "text/html", 3000);
        for decoy in ["/internal/console", "/phpmyadmin/", "/actuator/env"] {
            check(decoy, &page, &page, Err(Unarmed::CatchAll));
        }
        for decoy in ["/.env", "/.git/config", "/wp-login.php"] {
            check(decoy, &page, &page, Ok(()));
        }
    }

    #[test]
    fn what_is_too_large_or_tells_of_the_app_is_not_worn() {
        let large = Answer {
            body: None,
            ..answer(200, "text/html", 0)
        };
        check("/.env", &large, &large, Err(Unarmed::TooLarge));
        let debug = Answer {
            body: Some("You see this because you have <code>DEBUG = True</code>.".into()),
            ..answer(404, "text/html", 0)
        };
        check("/.env", &debug, &debug, Ok(()));
        assert!(debug.learned().is_none());
    }

    #[test]
    fn an_app_that_shows_nothing_arms_nothing() {
        for status in [301, 302, 400, 401, 403, 421, 500, 503] {
            let closed = answer(status, "text/html", 10);
            let code = StatusCode::from_u16(status).unwrap();
            check("/.env", &closed, &closed, Err(Unarmed::Closed(code)));
        }
        let (one, other) = (answer(404, "a/b", 1), answer(500, "a/b", 1));
        assert_eq!(judge("/.env", &one, [&one, &other]), Err(Unarmed::Unsteady));
    }

    #[test]
    fn siblings_have_the_shape_of_the_decoy_and_are_not_it() {
        let random = SeededRandom::new(1);
        for (decoy, start, end) in [
            ("/.env", "/.", ""),
            ("/.env.production", "/.", ".production"),
            ("/.git/config", "/.git/", ""),
            ("/wp-login.php", "/", ".php"),
            ("/phpmyadmin/", "/", "/"),
            ("/api/internal/config", "/api/internal/", ""),
        ] {
            let sibling = sibling(decoy, &random);
            assert!(sibling.starts_with(start), "{sibling}");
            assert!(sibling.ends_with(end) && sibling != decoy, "{sibling}");
            let segments = |path: &str| path.matches('/').count();
            assert_eq!(segments(&sibling), segments(decoy), "{sibling}");
        }
    }
}
