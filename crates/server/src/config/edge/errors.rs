//! `[edge.errors]`: whose debug pages and stack traces are replaced.

use palisade_edge::paths;
use palisade_kernel::Mode;

use crate::config::kinds::{Choice, List, Parsed};
use crate::config::registry::{Key, Table};
use crate::config::view::View;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errors {
    pub mode: Mode,
    /// Path prefixes.
    pub except: Vec<String>,
}

/// Entries of the list; each is compared with the path of every error.
const EXCEPTIONS_MAX: usize = 128;

static MODE: Key<Choice<Mode>> = Key::new("mode", Choice::new());
static EXCEPT: Key<List<Parsed<String>>> = Key::new(
    "except",
    List {
        item: Parsed {
            expected: "a path prefix such as \"/api/traces\"",
            parse: parse_prefix,
        },
        items_min: 0,
        items_max: EXCEPTIONS_MAX,
    },
);

pub(super) static TABLE: Table = Table {
    name: "errors",
    entries_max: None,
    keys: &[&MODE, &EXCEPT],
    tables: &[],
};

pub(super) fn read(edge: &View<'_>) -> Option<Errors> {
    let errors = edge.table(&TABLE)?;
    Some(Errors {
        mode: errors.get(&MODE)?,
        except: errors.get(&EXCEPT)?,
    })
}

fn parse_prefix(text: &str) -> Result<String, String> {
    if text == "/" {
        return Err("for every path, set mode to \"off\" instead".to_owned());
    }
    if !text.starts_with('/') || text.contains(['?', '#', ' ']) {
        return Err("begin with \"/\", and leave out query and spaces".to_owned());
    }
    // Errors of a path that apps may read in several ways are never let through unread.
    match paths::is_plain(text) {
        true => Ok(text.to_owned()),
        false => Err(
            "no request would meet it: leave out escapes, \";\", \"//\" and dots that end a segment"
                .to_owned(),
        ),
    }
}
