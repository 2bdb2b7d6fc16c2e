//! Fields that concern one connection, not the message (RFC 9110 section 7.6.1).
//!
//! They end here in both directions; what the next connection needs, hyper writes anew.

use http::header::{
    CONNECTION, CONTENT_LENGTH, HOST, HeaderMap, HeaderName, HeaderValue, PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};

use crate::field_list;
use crate::forwarded;

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");

pub(crate) fn is_hop_by_hop(name: &HeaderName) -> bool {
    *name == CONNECTION
        || *name == KEEP_ALIVE
        || *name == PROXY_CONNECTION
        || *name == TE
        || *name == TRANSFER_ENCODING
        || *name == UPGRADE
        || *name == PROXY_AUTHENTICATE
        || *name == PROXY_AUTHORIZATION
}

/// Whether a message has no transfer coding but `chunked`, once, which is the only one that hyper
/// undoes (RFC 9112 section 6.1). Another would be passed on as if it were the content.
pub(crate) fn is_coded_readably(headers: &HeaderMap) -> bool {
    let mut codings = field_list::elements(headers, &TRANSFER_ENCODING);
    match (codings.next(), codings.next()) {
        (None, _) => true,
        (Some(only), None) => only.eq_ignore_ascii_case(b"chunked"),
        (Some(_), Some(_)) => false,
    }
}

/// Fields by which a message is read, and which CGI, WSGI and PHP know by names without hyphens.
const HYPHENATED: [&str; 7] = [
    "content-encoding",
    "content-length",
    "content-type",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "transfer-encoding",
];

/// Whether an app may take this field for one of those, while nobody on the way does:
/// `Content_Length` is the second length of a message that has one.
fn is_disguised(name: &HeaderName) -> bool {
    let name = name.as_str();
    let is_odd = |byte: u8| !byte.is_ascii_alphanumeric() && byte != b'-';
    name.bytes().any(is_odd)
        && HYPHENATED
            .iter()
            .any(|field| forwarded::folds_to(name, field))
}

/// The protocol a client asks to switch to, when it does so rightly: HTTP/1.1, named in `Upgrade`
/// and announced in `Connection` (RFC 9110 section 7.8).
///
/// `h2c` is none: RFC 9113 section 3.1 has withdrawn it, and a tunnel opened by it would carry
/// requests past every control.
pub(crate) fn requested_upgrade(head: &http::request::Parts) -> Option<HeaderValue> {
    let protocol = head.headers.get(UPGRADE)?;
    let announced = options(&head.headers).any(|option| option.eq_ignore_ascii_case(b"upgrade"));
    let several = head.headers.get_all(UPGRADE).iter().count() > 1;
    let hypertext = protocol.as_bytes().split(|byte| *byte == b',').any(|one| {
        one.trim_ascii()
            .get(..2)
            .is_some_and(|name| name.eq_ignore_ascii_case(b"h2"))
    });
    (head.version == http::Version::HTTP_11 && announced && !several && !hypertext)
        .then(|| protocol.clone())
}

/// Removes them, those that `Connection` nominates and disguised ones included. Returns whether the
/// peer accepts trailers (`TE: trailers`).
pub(crate) fn strip(headers: &mut HeaderMap) -> bool {
    let trailers =
        field_list::elements(headers, &TE).any(|coding| coding.eq_ignore_ascii_case(b"trailers"));
    if headers.contains_key(CONNECTION) {
        let nominated: Vec<HeaderName> = options(headers)
            .filter_map(|option| HeaderName::from_bytes(option).ok())
            .filter(|name| !frames_message(name))
            .collect();
        for name in nominated {
            headers.remove(name);
        }
        headers.remove(CONNECTION);
    }
    // Nearly always none, and then one pass over the names is all it costs.
    let left: Vec<HeaderName> = headers
        .keys()
        .filter(|name| is_hop_by_hop(name) || is_disguised(name))
        .cloned()
        .collect();
    for name in left {
        headers.remove(name);
    }
    trailers
}

/// Fields without which the message means something else. Nominating them is an attack on
/// whoever stands behind, so the nomination is not followed.
fn frames_message(name: &HeaderName) -> bool {
    *name == CONTENT_LENGTH || *name == HOST || *name == TRAILER
}

fn options(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    field_list::elements(headers, &CONNECTION)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect()
    }

    fn upgrade(pairs: &[(&'static str, &'static str)]) -> Option<HeaderValue> {
        let (mut head, ()) = http::Request::new(()).into_parts();
        head.headers = headers(pairs);
        requested_upgrade(&head)
    }

    #[test]
    fn nominated_fields_go_and_others_stay() {
        let mut map = headers(&[
            ("connection", "close, X-Secret"),
            ("x-secret", "1"),
            ("keep-alive", "5"),
            ("cookie", "a=b"),
        ]);
        assert!(!strip(&mut map));
        assert_eq!(map, headers(&[("cookie", "a=b")]));
    }

    #[test]
    fn a_nomination_cannot_change_where_a_message_ends_or_goes() {
        let mut map = headers(&[
            ("connection", "host, content-length"),
            ("host", "a.test"),
            ("content-length", "3"),
        ]);
        strip(&mut map);
        assert_eq!(map, headers(&[("host", "a.test"), ("content-length", "3")]));
    }

    #[test]
    fn disguised_fields_go_and_other_odd_names_stay() {
        let mut map = headers(&[
            ("content-length", "3"),
            ("content_length", "5"),
            ("transfer.encoding", "chunked"),
            ("content_type", "text/html"),
            ("api_key", "1"),
        ]);
        strip(&mut map);
        assert_eq!(map, headers(&[("content-length", "3"), ("api_key", "1")]));
    }

    #[test]
    fn chunked_is_the_only_coding_and_stands_once() {
        let check = |pairs: &[_]| is_coded_readably(&headers(pairs));
        assert!(check(&[]));
        assert!(check(&[("transfer-encoding", "Chunked")]));
        for coding in ["gzip, chunked", "chunked, chunked", "gzip", "identity", ""] {
            let mut fields = HeaderMap::new();
            fields.insert(TRANSFER_ENCODING, HeaderValue::from_static(coding));
            assert!(!is_coded_readably(&fields), "{coding}");
        }
    }

    #[test]
    fn trailers_are_remembered() {
        assert!(strip(&mut headers(&[("te", "gzip, Trailers")])));
    }

    #[test]
    fn an_upgrade_needs_both_fields() {
        assert!(
            upgrade(&[
                ("upgrade", "websocket"),
                ("connection", "keep-alive, Upgrade")
            ])
            .is_some()
        );
        assert!(upgrade(&[("upgrade", "websocket")]).is_none());
        assert!(upgrade(&[("connection", "upgrade")]).is_none());
    }

    #[test]
    fn h2c_is_never_an_upgrade() {
        assert!(upgrade(&[("upgrade", "h2c"), ("connection", "upgrade")]).is_none());
        assert!(upgrade(&[("upgrade", "websocket, H2C"), ("connection", "upgrade")]).is_none());
    }
}
