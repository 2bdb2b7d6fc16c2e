//! What a policy counts by: the client's address, or something that the request itself names.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, COOKIE};
use http::{HeaderMap, HeaderName};

use super::value::json::JsonPointer;
use crate::media_type::MediaType;

/// Written `ip`, `token`, `header:<name>`, `cookie:<name>`, `json:<pointer>` or `form:<field>`.
/// Where a request names no such value, or names two, its address takes the place of the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// A whole IPv4 address; of IPv6 the network of 64 bits that one household has.
    Address,
    /// The token of `Authorization: Bearer`. Nobody has verified it yet: whoever makes tokens up
    /// must meet a policy by address too.
    Token,
    Header(HeaderName),
    Cookie(String),
    /// A member of a JSON body (RFC 6901).
    Json(JsonPointer),
    /// A field of a form, URL-encoded or multipart.
    Form(String),
}

/// How a body is written, as far as a key must know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum BodyFormat {
    UrlEncoded,
    Multipart {
        boundary: String,
    },
    /// JSON, or whatever an app that does not look at the type may read as JSON.
    Other,
}

/// The bytes of an address that count: all of IPv4, the first half of IPv6.
pub(super) fn address_bytes(ip: IpAddr) -> ([u8; 8], usize) {
    let mut bytes = [0; 8];
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            let [a, b, c, d] = ip.octets();
            bytes = [a, b, c, d, 0, 0, 0, 0];
            (bytes, 4)
        }
        IpAddr::V6(ip) => {
            let octets = Ipv6Addr::octets(&ip);
            for (byte, octet) in bytes.iter_mut().zip(octets) {
                *byte = octet;
            }
            (bytes, 8)
        }
    }
}

impl Key {
    /// The value in a request head, where exactly one is named. Body keys have none there.
    pub(super) fn in_head<'h>(&self, headers: &'h HeaderMap) -> Option<&'h [u8]> {
        match self {
            Self::Address | Self::Json(_) | Self::Form(_) => None,
            Self::Token => {
                let value = only(headers.get_all(AUTHORIZATION).iter())?.as_bytes();
                let (scheme, token) = value.split_at_checked(7)?;
                let token = token.trim_ascii();
                (scheme.eq_ignore_ascii_case(b"bearer ") && !token.is_empty()).then_some(token)
            }
            Self::Header(name) => {
                let value = only(headers.get_all(name).iter())?.as_bytes().trim_ascii();
                (!value.is_empty()).then_some(value)
            }
            Self::Cookie(name) => {
                let lines = headers.get_all(COOKIE).iter();
                let pairs = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b';'));
                only(pairs.filter_map(|pair| {
                    let pair = pair.trim_ascii();
                    let value = pair.strip_prefix(name.as_bytes())?.strip_prefix(b"=")?;
                    (!value.is_empty()).then_some(value)
                }))
            }
        }
    }

    /// Whether the value stands in the body.
    pub(super) const fn is_in_body(&self) -> bool {
        matches!(self, Self::Json(_) | Self::Form(_))
    }

    /// Whether the value stands in the body, and this body may be one to read.
    pub(super) fn reads_body(&self, headers: &HeaderMap) -> bool {
        let format = match self {
            Self::Json(_) | Self::Form(_) => BodyFormat::of(headers),
            Self::Address | Self::Token | Self::Header(_) | Self::Cookie(_) => None,
        };
        matches!(
            (self, format),
            (
                Self::Json(_),
                Some(BodyFormat::Other | BodyFormat::UrlEncoded)
            ) | (
                Self::Form(_),
                Some(BodyFormat::UrlEncoded | BodyFormat::Multipart { .. })
            )
        )
    }
}

impl BodyFormat {
    /// `None` for a body that is compressed: it is not looked into.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let coding = headers.get(CONTENT_ENCODING).map(|value| value.as_bytes());
        if coding.is_some_and(|coding| !coding.eq_ignore_ascii_case(b"identity")) {
            return None;
        }
        let stated = headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let stated = stated.unwrap_or_default();
        let media_type = MediaType::parse(stated.as_bytes());
        if media_type.is("application/x-www-form-urlencoded") {
            return Some(Self::UrlEncoded);
        }
        if !media_type.is_under("multipart") {
            return Some(Self::Other);
        }
        let boundary = stated.split(';').skip(1).find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            let value = value.trim().trim_matches('"');
            let is_boundary = name.trim().eq_ignore_ascii_case("boundary");
            (is_boundary && !value.is_empty()).then(|| value.to_owned())
        });
        boundary.map(|boundary| Self::Multipart { boundary })
    }
}

/// The item, if there is exactly one: of two, an app may take either.
fn only<T>(mut items: impl Iterator<Item = T>) -> Option<T> {
    let first = items.next()?;
    items.next().is_none().then_some(first)
}

impl FromStr for Key {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, name) = text.split_once(':').unwrap_or((text, ""));
        let is_token = |name: &str| {
            let fits =
                |byte: u8| byte.is_ascii_graphic() && !b"\"(),/:;<=>?@[\\]{}".contains(&byte);
            !name.is_empty() && name.bytes().all(fits)
        };
        match (kind, name) {
            ("ip", "") if !text.contains(':') => Ok(Self::Address),
            ("token", "") if !text.contains(':') => Ok(Self::Token),
            ("header", name) => match name.parse() {
                Ok(header) => Ok(Self::Header(header)),
                Err(_) => Err("write the header's name behind it: \"header:X-Api-Key\"".to_owned()),
            },
            ("cookie", name) if is_token(name) => Ok(Self::Cookie(name.to_owned())),
            ("cookie", _) => {
                Err("write the cookie's name behind it: \"cookie:session\"".to_owned())
            }
            ("json", pointer) => pointer.parse().map(Self::Json),
            ("form", field) if !field.is_empty() => Ok(Self::Form(field.to_owned())),
            ("form", _) => Err("write the field's name behind it: \"form:phone\"".to_owned()),
            ("user" | "tenant", _) => {
                Err("who the user is, is not known at the edge yet: use \"token\"".to_owned())
            }
            _ => Err(String::new()),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address => f.write_str("ip"),
            Self::Token => f.write_str("token"),
            Self::Header(name) => write!(f, "header:{name}"),
            Self::Cookie(name) => write!(f, "cookie:{name}"),
            Self::Json(pointer) => write!(f, "json:{pointer}"),
            Self::Form(field) => write!(f, "form:{field}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    fn check(key: &str, lines: &[(&'static str, &'static str)], expected: Option<&str>) {
        let key: Key = key.parse().unwrap();
        let headers = headers(lines);
        assert_eq!(
            key.in_head(&headers),
            expected.map(str::as_bytes),
            "{lines:?}"
        );
    }

    #[test]
    fn a_value_in_the_head_is_found_where_there_is_one_and_no_other() {
        check("token", &[("authorization", "Bearer abc")], Some("abc"));
        check("token", &[("authorization", "bearer  abc ")], Some("abc"));
        check("token", &[("authorization", "Basic abc")], None);
        check("token", &[("authorization", "Bearer ")], None);
        check(
            "token",
            &[("authorization", "Bearer a"), ("authorization", "Bearer b")],
            None,
        );
        check("header:X-Key", &[("x-key", "k")], Some("k"));
        check("header:X-Key", &[("x-key", "k"), ("x-key", "l")], None);
        check("header:X-Key", &[], None);
        check("cookie:sid", &[("cookie", "a=1; sid=2; sidx=3")], Some("2"));
        check(
            "cookie:sid",
            &[("cookie", "sid=1"), ("cookie", "sid=2")],
            None,
        );
        check("cookie:sid", &[("cookie", "SID=1; sid=")], None);
        check("ip", &[("x-key", "k")], None);
    }

    #[test]
    fn keys_read_back_what_they_print() {
        for text in [
            "ip",
            "token",
            "header:x-key",
            "cookie:sid",
            "json:/a/b~1c",
            "form:phone",
        ] {
            assert_eq!(text.parse::<Key>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "ip:",
            "token:x",
            "header:",
            "header:a b",
            "cookie:",
            "cookie:a=b",
            "json:a",
            "form:",
            "user",
            "tenant",
            "body:x",
        ] {
            assert!(text.parse::<Key>().is_err(), "{text} was taken");
        }
    }

    #[test]
    fn an_address_counts_by_what_one_household_has() {
        let bytes = |ip: &str| address_bytes(ip.parse().unwrap());
        assert_eq!(bytes("192.0.2.1"), bytes("::ffff:192.0.2.1"));
        assert_ne!(bytes("192.0.2.1"), bytes("192.0.2.2"));
        assert_eq!(bytes("2001:db8:0:1::1"), bytes("2001:db8:0:1:ffff::2"));
        assert_ne!(bytes("2001:db8:0:1::1"), bytes("2001:db8:0:2::1"));
    }

    #[test]
    fn only_bodies_that_may_hold_the_value_are_read() {
        for (key, lines, expected) in [
            ("json:/a", vec![("content-type", "application/json")], true),
            ("json:/a", vec![("content-type", "text/plain")], true),
            ("json:/a", vec![], true),
            (
                "json:/a",
                vec![("content-type", "multipart/form-data; boundary=x")],
                false,
            ),
            ("json:/a", vec![("content-encoding", "gzip")], false),
            (
                "form:a",
                vec![(
                    "content-type",
                    "application/x-www-form-urlencoded; charset=utf-8",
                )],
                true,
            ),
            (
                "form:a",
                vec![("content-type", "Multipart/Form-Data; Boundary=\"x y\"")],
                true,
            ),
            (
                "form:a",
                vec![("content-type", "multipart/form-data")],
                false,
            ),
            ("form:a", vec![("content-type", "application/json")], false),
            ("ip", vec![], false),
            ("token", vec![], false),
        ] {
            let key: Key = key.parse().unwrap();
            assert_eq!(
                key.reads_body(&headers(&lines)),
                expected,
                "{key} {lines:?}"
            );
        }
    }
}
