//! Which paths a policy is for, and paths as an app may read them: `//API/./login/` is meant to be
//! `/api/login` by many a router, and must not escape the limit of it.
//!
//! What is folded too far costs a request of the budget; what is not folded is a way around it.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// Segments of a pattern: as deep as the search goes.
pub const SEGMENTS_MAX: usize = 16;

/// `/login`, `/users/*/otp` (`*` is one segment), `/auth/**` (itself and all below), `/**/login`
/// (wherever it stands), `/**` (everything). Case does not matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPattern {
    text: String,
    pub(super) segments: Vec<Segment>,
    pub(super) open: Open,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Segment {
    Literal(String),
    Any,
}

/// Where a pattern leaves off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Open {
    /// It is the whole path.
    Closed,
    /// Anything may come after it.
    Behind,
    /// Anything may come before it.
    Before,
}

impl FromStr for PathPattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let rest = text
            .strip_prefix('/')
            .ok_or_else(|| "start it with \"/\"".to_owned())?;
        if text.contains(['?', '#', '%', ';', '\\']) || text.chars().any(char::is_whitespace) {
            return Err("write the path alone: no query, no escapes, no spaces".to_owned());
        }
        let folded = rest.to_ascii_lowercase();
        let mut parts: Vec<&str> = folded.split('/').filter(|part| !part.is_empty()).collect();
        let open = match (parts.first(), parts.last()) {
            (_, Some(&"**")) => Open::Behind,
            (Some(&"**"), _) => Open::Before,
            _ => Open::Closed,
        };
        match open {
            Open::Closed => {}
            Open::Behind => drop(parts.pop()),
            Open::Before => drop(parts.remove(0)),
        }
        let segment = |part: &&str| match *part {
            "*" => Ok(Segment::Any),
            "**" => Err("\"**\" stands at the beginning or at the end, once".to_owned()),
            "." | ".." => Err("leave \".\" and \"..\" out".to_owned()),
            literal if literal.contains('*') => {
                Err("\"*\" stands for a whole segment: \"/users/*/otp\"".to_owned())
            }
            literal => Ok(Segment::Literal(literal.to_owned())),
        };
        let segments: Vec<_> = parts.iter().map(segment).collect::<Result<_, _>>()?;
        match segments.len() {
            0..=SEGMENTS_MAX => Ok(Self {
                text: text.to_owned(),
                segments,
                open,
            }),
            _ => Err(format!(
                "the deepest path taken has {SEGMENTS_MAX} segments"
            )),
        }
    }
}

impl PathPattern {
    /// A path that it takes.
    pub(super) fn example(&self) -> String {
        let segments = self.segments.iter().map(|segment| match segment {
            Segment::Literal(text) => text.as_str(),
            Segment::Any => "sample",
        });
        let path: String = segments.flat_map(|text| ["/", text]).collect();
        if path.is_empty() {
            "/sample".to_owned()
        } else {
            path
        }
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Whether every app reads the path in one way, but for its case: no escapes and no parameters, no
/// empty segment but a last one, none that ends in a dot, `.` and `..` among them. What it says is
/// then what the app gets.
pub(super) fn is_plain(path: &str) -> bool {
    let bytes = path.as_bytes();
    bytes
        .iter()
        .all(|byte| byte.is_ascii_graphic() && !b"%;\\?#".contains(byte))
        && !path.ends_with('.')
        && !bytes.windows(2).any(|two| matches!(two, b"//" | b"./"))
}

/// A path with its escapes decoded, in lower case, without empty, `.` and `..` segments and
/// without path parameters (`;jsessionid=…`). Borrowed where there is nothing to fold.
pub(super) fn folded(path: &str) -> Cow<'_, str> {
    let bytes = path.as_bytes();
    let plain = |byte: &u8| !byte.is_ascii_uppercase() && !matches!(byte, b'%' | b';' | b'\\');
    let is_plain = bytes.iter().all(plain);
    let gaps = bytes.windows(2).any(|two| matches!(two, b"//" | b"/."));
    if is_plain && !gaps {
        return Cow::Borrowed(path);
    }
    let decoded = percent_decoded(bytes);
    let decoded = String::from_utf8_lossy(&decoded).to_ascii_lowercase();
    let mut segments: Vec<&str> = Vec::new();
    for segment in decoded.split(['/', '\\']) {
        let segment = segment.split(';').next().unwrap_or_default();
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            name => segments.push(name),
        }
    }
    let folded: String = segments.iter().flat_map(|name| ["/", name]).collect();
    Cow::Owned(if folded.is_empty() {
        "/".to_owned()
    } else {
        folded
    })
}

fn percent_decoded(bytes: &[u8]) -> Vec<u8> {
    let digit = |byte: Option<&u8>| char::from(*byte?).to_digit(16);
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((byte, after)) = rest.split_first() {
        let escape = (*byte == b'%').then(|| Some((digit(after.first())?, digit(after.get(1))?)));
        match escape.flatten() {
            Some((high, low)) => {
                decoded.push(u8::try_from(high * 16 + low).unwrap_or_default());
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                decoded.push(*byte);
                rest = after;
            }
        }
    }
    decoded
}

/// What pages fetch by the dozen: files with one of these endings.
const STATIC_ENDINGS: [&str; 30] = [
    "avif",
    "bmp",
    "css",
    "eot",
    "gif",
    "ico",
    "jpeg",
    "jpg",
    "js",
    "m4a",
    "map",
    "mjs",
    "mp3",
    "mp4",
    "ogg",
    "otf",
    "pdf",
    "png",
    "svg",
    "ttf",
    "txt",
    "vtt",
    "wasm",
    "wav",
    "webm",
    "webmanifest",
    "webp",
    "woff",
    "woff2",
    "xml",
];

/// Whether a folded path names a static file. The ending is the client's claim: it may lower the
/// weight of a request, never lift a limit.
pub(super) fn is_static(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.rsplit_once('.')
        .is_some_and(|(_, ending)| STATIC_ENDINGS.binary_search(&ending).is_ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_path_are_folded_into_one() {
        for path in [
            "/api/login",
            "/API/Login",
            "//api//login",
            "/api/./login",
            "/api/x/../login",
            "/api/%6cogin",
            "/api/%6Cogin",
            "/api/login;jsessionid=1",
            "/api;v=1/login/",
            "/api%2flogin",
            "\\api\\login",
            "/../api/login",
        ] {
            assert_eq!(folded(path), "/api/login", "{path}");
        }
        assert_eq!(folded("/%zz%2"), "/%zz%2");
        assert_eq!(folded("//"), "/");
    }

    #[test]
    fn only_a_path_that_is_read_in_one_way_is_plain() {
        for path in [
            "/health",
            "/Health/",
            "/",
            "/.well-known/acme-challenge/x_Y-1",
            "/a.b/..c",
        ] {
            assert!(is_plain(path), "{path}");
        }
        for path in [
            "/login/../health",
            "/login/..%2fhealth",
            "/login/%2e%2e/health",
            "/login/..;/health",
            "/login/..\\health",
            "/login;/../health",
            "/./health",
            "//health",
            "/health//",
            "/health/.",
            "/health/..",
            "/health.",
            "/health./x",
            "/%68ealth",
            "/health%",
            "/health\u{200b}",
            "/ﬀ",
        ] {
            assert!(!is_plain(path), "{path}");
        }
    }

    #[test]
    fn patterns_that_make_no_sense_are_told() {
        for text in [
            "login",
            "",
            "/a/**/b",
            "/**/a/**",
            "/a*",
            "/a?b",
            "/%61",
            "/a b",
            "/../a",
            "/a;b",
            "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17",
        ] {
            assert!(text.parse::<PathPattern>().is_err(), "{text} was taken");
        }
    }

    #[test]
    fn static_files_are_known_by_their_endings() {
        assert!(STATIC_ENDINGS.is_sorted());
        for (path, expected) in [
            ("/app.js", true),
            ("/a/b.min.css", true),
            ("/css", false),
            ("/.css/x", false),
            ("/data.json", false),
            ("/", false),
        ] {
            assert_eq!(is_static(path), expected, "{path}");
        }
    }

    proptest! {
        #[test]
        fn folding_a_folded_path_changes_nothing_but_escapes(path in "/[a-zA-Z0-9./;\\\\-]{0,40}") {
            let once = folded(&path).into_owned();
            prop_assert_eq!(folded(&once), once.as_str());
            prop_assert!(once.starts_with('/'));
        }

        #[test]
        fn a_plain_path_is_its_own_folding(path in "/[a-zA-Z0-9./;%\\\\-]{0,12}") {
            if is_plain(&path) {
                prop_assert!(folded(&path).eq_ignore_ascii_case(path.trim_end_matches('/'))
                    || folded(&path).eq_ignore_ascii_case(&path));
            }
        }

        #[test]
        fn no_path_and_no_pattern_makes_it_panic(text in "/?[*a%/.;\\PC]{0,60}") {
            folded(&text);
            if let Ok(pattern) = text.parse::<PathPattern>() {
                prop_assert_eq!(pattern.to_string(), text);
            }
        }
    }
}
