//! What rules say of the requests that they are for: hosts, paths and methods.

use http::Method;
use palisade_edge::paths::PathPattern;
use palisade_edge::router::HostPattern;

use super::Parsed;
use crate::config::routes::parse_host;

pub(in crate::config) const HOST: Parsed<HostPattern> = Parsed {
    expected: "a host name, \"*.example.com\" or \"*\"",
    parse: parse_host,
};

pub(in crate::config) const PATH: Parsed<PathPattern> = Parsed {
    expected: "a path such as \"/login\", \"/users/*/otp\", \"/auth/**\" or \"/**/login\"",
    parse: str::parse,
};

pub(in crate::config) const METHOD: Parsed<Method> = Parsed {
    expected: "a method such as \"POST\"",
    parse: parse_method,
};

/// Methods are case-sensitive (RFC 9110 section 9.1); one in lower case is never sent.
fn parse_method(text: &str) -> Result<Method, String> {
    let is_upper = !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte == b'-');
    match text.parse() {
        Ok(method) if is_upper => Ok(method),
        _ => Err("write it in capitals".to_owned()),
    }
}
