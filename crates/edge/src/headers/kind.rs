//! What a response is, as far as headers care.

use http::HeaderMap;
use http::header::CONTENT_TYPE;

/// The part a response plays in a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Something a browser shows as a page.
    Document,
    /// Something a program reads.
    Data,
    /// Something a page embeds, or of no known type.
    Resource,
}

/// Which responses a rule is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    #[default]
    Every,
    Documents,
    Api,
}

impl Scope {
    pub fn covers(self, kind: Kind) -> bool {
        match self {
            Self::Every => true,
            Self::Documents => kind == Kind::Document,
            Self::Api => kind == Kind::Data,
        }
    }
}

impl Kind {
    /// Read from `Content-Type` (RFC 9110 section 8.3); parameters do not matter.
    pub fn of(headers: &HeaderMap) -> Self {
        let Some(content_type) = headers.get(CONTENT_TYPE) else {
            return Self::Resource;
        };
        let essence = content_type.as_bytes().split(|byte| *byte == b';').next();
        let essence = essence.unwrap_or_default().trim_ascii();
        let is = |name: &str| essence.eq_ignore_ascii_case(name.as_bytes());
        if is("text/html") || is("application/xhtml+xml") {
            Self::Document
        } else if is("application/json") || is("application/x-ndjson") || ends_with_json(essence) {
            Self::Data
        } else {
            Self::Resource
        }
    }
}

/// `application/problem+json` and its like (RFC 6839 section 3.1).
fn ends_with_json(essence: &[u8]) -> bool {
    let Some(start) = essence.len().checked_sub("+json".len()) else {
        return false;
    };
    essence
        .get(start..)
        .is_some_and(|end| end.eq_ignore_ascii_case(b"+json"))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn check(content_type: &'static str, expected: Kind) {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        assert_eq!(Kind::of(&headers), expected, "{content_type}");
    }

    #[test]
    fn a_type_is_known_by_its_essence() {
        check("text/html; charset=utf-8", Kind::Document);
        check("Text/HTML", Kind::Document);
        check("application/json", Kind::Data);
        check("application/problem+JSON ; x=y", Kind::Data);
        check("application/x-ndjson", Kind::Data);
        check("image/png", Kind::Resource);
        check("text/event-stream", Kind::Resource);
        check("json", Kind::Resource);
        check("", Kind::Resource);
    }

    #[test]
    fn no_type_is_a_resource() {
        assert_eq!(Kind::of(&HeaderMap::new()), Kind::Resource);
    }
}
