//! `[edge.redirect]`: where the app may send visitors, and where they are sent instead.

use http::HeaderValue;
use http::uri::PathAndQuery;
use palisade_edge::paths::PathPattern;
use palisade_edge::redirect::Destination;
use palisade_kernel::Mode;

use crate::config::kinds::{Choice, List, OrEmpty, PATH, Parsed};
use crate::config::registry::{Key, Table};
use crate::config::view::View;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    pub mode: Mode,
    pub allow: Vec<Destination>,
    /// None refuses.
    pub replacement: Option<HeaderValue>,
    pub exempt_paths: Vec<PathPattern>,
}

static MODE: Key<Choice<Mode>> = Key::new("mode", Choice::new());
static ALLOW: Key<List<Parsed<Destination>>> = Key::new(
    "allow",
    List::of(Parsed {
        expected: "\"https://accounts.example.com\", \"*.example.com\" or a scheme \"com.example.app:\"",
        parse: str::parse,
    }),
);
static REPLACEMENT: Key<OrEmpty<Parsed<HeaderValue>>> = Key::new(
    "replacement",
    OrEmpty(Parsed {
        expected: "a path such as \"/\"",
        parse: parse_path,
    }),
);
static EXEMPT_PATHS: Key<List<Parsed<PathPattern>>> = Key::new("exempt_paths", List::of(PATH));

pub(super) static TABLE: Table = Table {
    name: "redirect",
    entries_max: None,
    keys: &[&MODE, &ALLOW, &REPLACEMENT, &EXEMPT_PATHS],
    tables: &[],
};

pub(super) fn read(edge: &View<'_>) -> Option<Redirect> {
    let section = edge.table(&TABLE)?;
    Some(Redirect {
        mode: section.get(&MODE)?,
        allow: section.get(&ALLOW)?,
        replacement: section.get(&REPLACEMENT)?,
        exempt_paths: section.get(&EXEMPT_PATHS)?,
    })
}

/// A path of the host that was asked, however a browser reads it.
fn parse_path(text: &str) -> Result<HeaderValue, String> {
    let stays = text.starts_with('/') && !text.starts_with("//") && !text.contains('\\');
    let is_path =
        text.bytes().all(|byte| byte.is_ascii_graphic()) && text.parse::<PathAndQuery>().is_ok();
    match HeaderValue::from_str(text) {
        Ok(path) if stays && is_path => Ok(path),
        _ => Err("begin with one \"/\", and write it as it stands in a URL".to_owned()),
    }
}
