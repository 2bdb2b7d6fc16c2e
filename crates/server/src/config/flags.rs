//! `[flags.<name>]`: parts of the app that operators turn off and on without a deploy.

use http::Method;
use palisade_edge::paths::PathPattern;
use palisade_kernel::flag::FLAGS_MAX;
use palisade_kernel::{FlagName, WhenOff};

use super::kinds::{Boolean, Choice, List, METHOD, Named, PATH, Parsed};
use super::mistakes::{Mistake, Report};
use super::registry::{ANY_NAME, Key, Table};
use super::view::View;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    pub name: FlagName,
    pub description: String,
    pub default: bool,
    /// Empty for a flag that refuses nothing and informs the app alone.
    pub paths: Vec<PathPattern>,
    /// Empty for every method.
    pub methods: Vec<Method>,
    pub when_off: WhenOff,
}

/// Bytes of a description.
const DESCRIPTION_BYTES_MAX: usize = 200;

/// Entries of one list.
const ENTRIES_MAX: usize = 256;

impl Named for WhenOff {
    const NAMES: &'static [(&'static str, Self)] = &[
        (Self::Unavailable.as_str(), Self::Unavailable),
        (Self::NotFound.as_str(), Self::NotFound),
    ];
}

static DESCRIPTION: Key<Parsed<String>> = Key::new(
    "description",
    Parsed {
        expected: "a short text",
        parse: parse_description,
    },
);
static DEFAULT: Key<Boolean> = Key::new("default", Boolean);
static PATHS: Key<List<Parsed<PathPattern>>> = Key::new("paths", list(PATH));
static METHODS: Key<List<Parsed<Method>>> = Key::new("methods", list(METHOD));
static WHEN_OFF: Key<Choice<WhenOff>> = Key::new("when_off", Choice::new());

static FLAG: Table = Table {
    name: ANY_NAME,
    entries_max: None,
    keys: &[&DESCRIPTION, &DEFAULT, &PATHS, &METHODS, &WHEN_OFF],
    tables: &[],
};

pub(super) static TABLE: Table = Table {
    name: "flags",
    entries_max: None,
    keys: &[],
    tables: &[&FLAG],
};

const fn list<T>(item: T) -> List<T> {
    List {
        item,
        items_min: 0,
        items_max: ENTRIES_MAX,
    }
}

/// In the order of their names.
pub(super) fn read(root: &View<'_>) -> Option<Vec<Flag>> {
    let section = root.table(&TABLE);
    let flags = section.iter().flat_map(View::named);
    flags.map(|(name, flag)| read_one(name, &flag)).collect()
}

fn read_one(name: &str, flag: &View<'_>) -> Option<Flag> {
    Some(Flag {
        name: name.parse().ok()?,
        description: flag.get(&DESCRIPTION)?,
        default: flag.get(&DEFAULT)?,
        paths: flag.get(&PATHS)?,
        methods: flag.get(&METHODS)?,
        when_off: flag.get(&WHEN_OFF)?,
    })
}

/// All layers together: the field that tells the app must not outgrow what app servers read.
pub(super) fn rules(root: &View<'_>, report: &mut Report) {
    let Some(section) = root.table(&TABLE) else {
        return;
    };
    let flags = section.named().count();
    if flags > FLAGS_MAX {
        let problem = format!("expected at most {FLAGS_MAX} flags, got {flags}");
        report.add(Mistake::new("flags", problem, section.origin));
    }
}

fn parse_description(text: &str) -> Result<String, String> {
    match text.len() {
        0..=DESCRIPTION_BYTES_MAX if !text.chars().any(char::is_control) => Ok(text.to_owned()),
        0..=DESCRIPTION_BYTES_MAX => {
            Err("leave out line breaks and other control characters".to_owned())
        }
        _ => Err(format!(
            "the longest text taken is {DESCRIPTION_BYTES_MAX} bytes"
        )),
    }
}
