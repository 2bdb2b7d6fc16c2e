//! Names that promise something: `__Secure-`, `__Host-`, `__Http-` and `__Host-Http-`.

use super::set_cookie::SetCookie;

/// Why browsers discard this cookie because of its name (RFC 6265bis section 5.7, where prefixes
/// are compared without case). `None` when they keep it.
pub(super) fn broken_rule(cookie: &SetCookie<'_>, is_secure: bool) -> Option<&'static str> {
    // Without a name it is sent to the app as its value alone, and could pose as one with a prefix.
    let read = match cookie.name {
        [] => cookie.value,
        name => name,
    };
    let begins = |prefix: &str| {
        let beginning = read.get(..prefix.len());
        beginning.is_some_and(|it| it.eq_ignore_ascii_case(prefix.as_bytes()))
    };
    let host = begins("__Host-");
    let http = begins("__Http-") || begins("__Host-Http-");
    if !host && !http && !begins("__Secure-") {
        return None;
    }
    if cookie.name.is_empty() {
        return Some("it has no name, and its value begins with a prefix");
    }
    if !is_secure {
        return Some("its prefix asks for HTTPS, and the answer is plain HTTP");
    }
    if !cookie.secure {
        return Some("its prefix asks for Secure");
    }
    if http && !cookie.http_only {
        return Some("its prefix asks for HttpOnly");
    }
    if host && cookie.has_domain {
        return Some("its prefix allows no Domain");
    }
    if host && cookie.path != Some(b"/") {
        return Some("its prefix asks for Path=/");
    }
    None
}
