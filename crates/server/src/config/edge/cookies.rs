//! `[edge.cookies]`: attributes that the app's cookies get, and the cookies that do not.

use palisade_edge::cookies::{NamePattern, SameSite};
use palisade_kernel::Mode;

use crate::config::kinds::{Choice, List, Named, Parsed};
use crate::config::registry::{Key, Table};
use crate::config::view::View;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cookies {
    /// Caps the three below.
    pub mode: Mode,
    pub secure: Mode,
    pub secure_except: Vec<NamePattern>,
    pub http_only: Mode,
    pub http_only_except: Vec<NamePattern>,
    pub same_site: Mode,
    pub same_site_value: SameSite,
    pub same_site_except: Vec<NamePattern>,
}

impl Named for SameSite {
    const NAMES: &'static [(&'static str, Self)] = &[("Lax", Self::Lax), ("Strict", Self::Strict)];
}

/// Entries of one list; each is compared with every cookie.
const EXCEPTIONS_MAX: usize = 128;

const fn exceptions(name: &'static str) -> Key<List<Parsed<NamePattern>>> {
    Key::new(
        name,
        List {
            item: Parsed {
                expected: "a cookie's name, or \"beginning*\"",
                parse: parse_pattern,
            },
            items_min: 0,
            items_max: EXCEPTIONS_MAX,
        },
    )
}

static MODE: Key<Choice<Mode>> = Key::new("mode", Choice::new());
static SECURE: Key<Choice<Mode>> = Key::new("secure", Choice::new());
static SECURE_EXCEPT: Key<List<Parsed<NamePattern>>> = exceptions("secure_except");
static HTTP_ONLY: Key<Choice<Mode>> = Key::new("http_only", Choice::new());
static HTTP_ONLY_EXCEPT: Key<List<Parsed<NamePattern>>> = exceptions("http_only_except");
static SAME_SITE: Key<Choice<Mode>> = Key::new("same_site", Choice::new());
static SAME_SITE_VALUE: Key<Choice<SameSite>> = Key::new("same_site_value", Choice::new());
static SAME_SITE_EXCEPT: Key<List<Parsed<NamePattern>>> = exceptions("same_site_except");

pub(super) static TABLE: Table = Table {
    name: "cookies",
    entries_max: None,
    keys: &[
        &MODE,
        &SECURE,
        &SECURE_EXCEPT,
        &HTTP_ONLY,
        &HTTP_ONLY_EXCEPT,
        &SAME_SITE,
        &SAME_SITE_VALUE,
        &SAME_SITE_EXCEPT,
    ],
    tables: &[],
};

pub(super) fn read(edge: &View<'_>) -> Option<Cookies> {
    let cookies = edge.table(&TABLE)?;
    Some(Cookies {
        mode: cookies.get(&MODE)?,
        secure: cookies.get(&SECURE)?,
        secure_except: cookies.get(&SECURE_EXCEPT)?,
        http_only: cookies.get(&HTTP_ONLY)?,
        http_only_except: cookies.get(&HTTP_ONLY_EXCEPT)?,
        same_site: cookies.get(&SAME_SITE)?,
        same_site_value: cookies.get(&SAME_SITE_VALUE)?,
        same_site_except: cookies.get(&SAME_SITE_EXCEPT)?,
    })
}

fn parse_pattern(text: &str) -> Result<NamePattern, String> {
    text.parse()
}
