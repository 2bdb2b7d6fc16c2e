//! Media types as fields name them (RFC 9110 section 8.3.1), compared without case and parameters.

use http::header::{CONTENT_TYPE, HeaderMap};

/// `type/subtype`, without parameters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MediaType<'a>(&'a [u8]);

impl<'a> MediaType<'a> {
    /// What a message says it holds; none where it does not say.
    pub(crate) fn of(headers: &'a HeaderMap) -> Option<Self> {
        let value = headers.get(CONTENT_TYPE)?;
        Some(Self::parse(value.as_bytes()))
    }

    /// A field value, or one range of `Accept`: all before the first semicolon.
    pub(crate) fn parse(value: &'a [u8]) -> Self {
        let essence = value.split(|byte| *byte == b';').next();
        Self(essence.unwrap_or_default().trim_ascii())
    }

    pub(crate) fn is(self, name: &str) -> bool {
        self.0.eq_ignore_ascii_case(name.as_bytes())
    }

    /// Whether it is `<top>/` something.
    pub(crate) fn is_under(self, top: &str) -> bool {
        let slash = self.0.iter().position(|byte| *byte == b'/');
        slash
            .and_then(|slash| self.0.get(..slash))
            .is_some_and(|it| it.eq_ignore_ascii_case(top.as_bytes()))
    }

    /// Whether it ends in `+<suffix>`, as `application/problem+json` does (RFC 6839 section 2).
    pub(crate) fn has_suffix(self, suffix: &str) -> bool {
        let plus = self.0.iter().rposition(|byte| *byte == b'+');
        plus.and_then(|plus| self.0.get(plus + 1..))
            .is_some_and(|it| it.eq_ignore_ascii_case(suffix.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parameters_and_case_do_not_matter() {
        for value in ["text/html", "Text/HTML ; charset=utf-8", " text/html;"] {
            assert!(
                MediaType::parse(value.as_bytes()).is("text/html"),
                "{value}"
            );
        }
        for value in ["text/html5", "text/htm", "", "; text/html"] {
            assert!(
                !MediaType::parse(value.as_bytes()).is("text/html"),
                "{value}"
            );
        }
    }

    #[test]
    fn the_top_type_is_all_before_the_slash() {
        assert!(MediaType::parse(b"TEXT/x").is_under("text"));
        for value in [&b"textual/x"[..], b"text", b"a/text/x", b""] {
            assert!(!MediaType::parse(value).is_under("text"), "{value:?}");
        }
    }

    #[test]
    fn a_suffix_is_all_after_the_last_plus() {
        assert!(MediaType::parse(b"application/problem+JSON; x=y").has_suffix("json"));
        assert!(MediaType::parse(b"application/a+b+json").has_suffix("json"));
        for value in [
            &b"application/json"[..],
            b"application/x+jsonx",
            b"a+b",
            b"",
        ] {
            assert!(!MediaType::parse(value).has_suffix("json"), "{value:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let media_type = MediaType::parse(&bytes);
            let _ = (media_type.is("a"), media_type.is_under("a"), media_type.has_suffix("a"));
        }
    }
}
