//! What browsers say of a request on their own account: Fetch Metadata (W3C). No page can set these
//! fields, and every browser since 2023 sends them to HTTPS servers and to this machine's own.

use http::header::HeaderMap;
use http::{HeaderName, HeaderValue};

static SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
static MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
static DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// How who asks is related to who is asked, over the whole chain of redirects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    SameOrigin,
    /// Another host of the same registrable domain, or another port.
    SameSite,
    /// Another site; so is whatever is not understood.
    CrossSite,
    /// No page: the address bar, a bookmark.
    User,
}

/// What the answer is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A page is left for another, or a frame is filled.
    Navigate,
    /// Something is embedded, or sent, and the page does not get to read the answer.
    Embed,
    /// The page wants to read the answer; or what is not understood.
    Read,
}

/// `None` where the client says nothing, as programs and old browsers do.
pub(crate) fn relation(headers: &HeaderMap) -> Option<Relation> {
    Some(match one(headers, &SITE)? {
        Some(b"same-origin") => Relation::SameOrigin,
        Some(b"same-site") => Relation::SameSite,
        Some(b"none") => Relation::User,
        _ => Relation::CrossSite,
    })
}

/// As [`relation`].
pub(crate) fn purpose(headers: &HeaderMap) -> Option<Purpose> {
    Some(match one(headers, &MODE)? {
        Some(b"navigate") => Purpose::Navigate,
        Some(b"no-cors") => Purpose::Embed,
        _ => Purpose::Read,
    })
}

/// Whether a document is wanted for `<object>` or `<embed>`, which old plugins ran.
pub(crate) fn is_for_plugin(headers: &HeaderMap) -> bool {
    matches!(one(headers, &DEST), Some(Some(b"object" | b"embed")))
}

/// The one line of a field; `Some(None)` where there are several.
fn one<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<Option<&'h [u8]>> {
    let mut lines = headers.get_all(name).iter();
    let first = lines.next().map(HeaderValue::as_bytes)?;
    Some(lines.next().is_none().then_some(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn what_is_not_understood_is_taken_for_the_worst() {
        for (lines, expected) in [
            (&[][..], None),
            (
                &[("sec-fetch-site", "same-origin")],
                Some(Relation::SameOrigin),
            ),
            (&[("sec-fetch-site", "same-site")], Some(Relation::SameSite)),
            (&[("sec-fetch-site", "none")], Some(Relation::User)),
            (
                &[("sec-fetch-site", "cross-site")],
                Some(Relation::CrossSite),
            ),
            (
                &[("sec-fetch-site", "Same-Origin")],
                Some(Relation::CrossSite),
            ),
            (&[("sec-fetch-site", "")], Some(Relation::CrossSite)),
            (
                &[("sec-fetch-site", "none"), ("sec-fetch-site", "none")],
                Some(Relation::CrossSite),
            ),
        ] {
            assert_eq!(relation(&headers(lines)), expected, "{lines:?}");
        }
        for (mode, expected) in [
            ("navigate", Purpose::Navigate),
            ("no-cors", Purpose::Embed),
            ("cors", Purpose::Read),
            ("websocket", Purpose::Read),
            ("same-origin", Purpose::Read),
            ("?", Purpose::Read),
        ] {
            assert_eq!(
                purpose(&headers(&[("sec-fetch-mode", mode)])),
                Some(expected)
            );
        }
        assert_eq!(purpose(&HeaderMap::new()), None);
        assert!(is_for_plugin(&headers(&[("sec-fetch-dest", "embed")])));
        assert!(!is_for_plugin(&headers(&[("sec-fetch-dest", "iframe")])));
    }
}
