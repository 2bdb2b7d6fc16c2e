//! What a response is, as far as headers care.

use http::HeaderMap;

use crate::media_type::MediaType;

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
    /// Read from `Content-Type`.
    pub fn of(headers: &HeaderMap) -> Self {
        let Some(media_type) = MediaType::of(headers) else {
            return Self::Resource;
        };
        let is = |name| media_type.is(name);
        if is("text/html") || is("application/xhtml+xml") {
            Self::Document
        } else if is("application/json")
            || is("application/x-ndjson")
            || media_type.has_suffix("json")
        {
            Self::Data
        } else {
            Self::Resource
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use http::header::CONTENT_TYPE;

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
