//! One `Set-Cookie` line, read as browsers read it (RFC 6265bis section 5.6).

use super::SameSite;

/// What a browser would make of a line. Names and values of attributes are compared without case;
/// of several attributes of one name the last wins.
pub(super) struct SetCookie<'a> {
    line: &'a [u8],
    /// Empty for a line such as `flag` or `=x`, which is a value without a name.
    pub(super) name: &'a [u8],
    pub(super) value: &'a [u8],
    pub(super) secure: bool,
    pub(super) http_only: bool,
    /// `None` also for a value that browsers do not know, which they treat as absent.
    pub(super) same_site: Option<Declared>,
    pub(super) has_domain: bool,
    /// Of the last `Path`; a value that does not begin with a slash stands for the default.
    pub(super) path: Option<&'a [u8]>,
}

/// What the app itself says of `SameSite`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Declared {
    Strict,
    Lax,
    None,
}

/// What is put behind a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Additions {
    pub(super) secure: bool,
    pub(super) http_only: bool,
    pub(super) same_site: Option<SameSite>,
}

impl<'a> SetCookie<'a> {
    /// `None` for what has neither name nor value, which browsers ignore (RFC 6265bis section 5.6).
    pub(super) fn parse(line: &'a [u8]) -> Option<Self> {
        let mut parts = line.split(|byte| *byte == b';');
        let (name, value) = match halves(parts.next()?) {
            (name, Some(value)) => (name, value),
            (value, None) => (&[][..], value),
        };
        if name.is_empty() && value.is_empty() {
            return None;
        }
        let mut cookie = Self {
            line,
            name,
            value,
            secure: false,
            http_only: false,
            same_site: None,
            has_domain: false,
            path: None,
        };
        for part in parts {
            let (attribute, value) = halves(part);
            let value = value.unwrap_or_default();
            let is = |name: &str| attribute.eq_ignore_ascii_case(name.as_bytes());
            if is("secure") {
                cookie.secure = true;
            } else if is("httponly") {
                cookie.http_only = true;
            } else if is("samesite") {
                cookie.same_site = Declared::of(value);
            } else if is("domain") {
                cookie.has_domain = !value.is_empty();
            } else if is("path") {
                cookie.path = Some(value).filter(|path| path.starts_with(b"/"));
            }
        }
        Some(cookie)
    }

    /// The line as it was, with `additions` behind it.
    pub(super) fn with(&self, additions: Additions) -> Vec<u8> {
        let mut line = self.line.to_vec();
        for attribute in additions.attributes() {
            // Apps end lines in a semicolon, and one is enough.
            let ended = line.trim_ascii_end().ends_with(b";");
            line.extend_from_slice(if ended { b" " } else { b"; " });
            line.extend_from_slice(attribute.as_bytes());
        }
        line
    }
}

impl Declared {
    fn of(value: &[u8]) -> Option<Self> {
        [
            ("strict", Self::Strict),
            ("lax", Self::Lax),
            ("none", Self::None),
        ]
        .into_iter()
        .find_map(|(name, it)| value.eq_ignore_ascii_case(name.as_bytes()).then_some(it))
    }
}

impl Additions {
    pub(super) fn is_empty(self) -> bool {
        self == Self::default()
    }

    pub(super) fn attributes(self) -> impl Iterator<Item = &'static str> {
        let same_site = self.same_site.map(|value| match value {
            SameSite::Lax => "SameSite=Lax",
            SameSite::Strict => "SameSite=Strict",
        });
        [
            self.secure.then_some("Secure"),
            self.http_only.then_some("HttpOnly"),
            same_site,
        ]
        .into_iter()
        .flatten()
    }
}

/// What stands before the first `=` and what behind it, without the space around them.
fn halves(part: &[u8]) -> (&[u8], Option<&[u8]>) {
    let mut halves = part.splitn(2, |byte| *byte == b'=');
    let name = halves.next().unwrap_or_default().trim_ascii();
    (name, halves.next().map(<[u8]>::trim_ascii))
}
