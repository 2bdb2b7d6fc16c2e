//! Which paths a rule is for.

use std::fmt;
use std::str::FromStr;

use super::reading;
use crate::text;

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
            literal => match text::folded(reading::name(literal)) {
                literal if literal.is_empty() => Err("leave segments of dots out".to_owned()),
                literal => Ok(Segment::Literal(literal)),
            },
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
    pub(crate) fn example(&self) -> String {
        let segments = self.segments.iter().map(|segment| match segment {
            Segment::Literal(text) => text.as_str(),
            Segment::Any => "sample",
        });
        let path: String = segments.flat_map(|text| ["/", text]).collect();
        match (path.is_empty(), self.open) {
            (false, _) => path,
            (true, Open::Closed) => "/".to_owned(),
            (true, Open::Behind | Open::Before) => "/sample".to_owned(),
        }
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
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
pub(crate) fn is_static(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.rsplit_once('.')
        .is_some_and(|(_, ending)| STATIC_ENDINGS.binary_search(&ending).is_ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
            "/a/...",
            "/\u{200b}",
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
        fn no_pattern_makes_it_panic(text in "/?[*a%/.;\\PC]{0,60}") {
            if let Ok(pattern) = text.parse::<PathPattern>() {
                prop_assert_eq!(pattern.to_string(), text);
            }
        }
    }
}
