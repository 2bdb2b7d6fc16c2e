//! `[edge.honeypot]`: which paths and credentials are decoys, and how they look.

use palisade_edge::honeypot::{DECOYS_MAX, SHIPPED};
use palisade_kernel::Mode;

use crate::config::kinds::{Choice, List, Named, Parsed};
use crate::config::registry::{Key, Table};
use crate::config::view::View;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Honeypot {
    pub mode: Mode,
    pub face: Face,
    pub add: Vec<String>,
    pub remove: Vec<String>,
    pub credentials: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    NotFound,
    Decoy,
}

impl Named for Face {
    const NAMES: &'static [(&'static str, Self)] =
        &[("not-found", Self::NotFound), ("decoy", Self::Decoy)];
}

/// Credentials of one policy.
const CREDENTIALS_MAX: usize = 128;

/// A shorter credential could be somebody's real one.
const CREDENTIAL_BYTES_MIN: usize = 8;

/// Bytes of a credential.
const CREDENTIAL_BYTES_MAX: usize = 512;

static MODE: Key<Choice<Mode>> = Key::new("mode", Choice::new());
static FACE: Key<Choice<Face>> = Key::new("face", Choice::new());
static ADD: Key<List<Parsed<String>>> = Key::new("add", PATHS);
static REMOVE: Key<List<Parsed<String>>> = Key::new(
    "remove",
    List {
        item: Parsed {
            expected: "a path that ships as a decoy, such as \"/wp-login.php\"",
            parse: parse_shipped,
        },
        items_min: 0,
        items_max: SHIPPED.len(),
    },
);
static CREDENTIALS: Key<List<Parsed<String>>> = Key::new(
    "credentials",
    List {
        item: Parsed {
            expected: "a token of 8 to 512 letters, digits and -._~+/=",
            parse: parse_credential,
        },
        items_min: 0,
        items_max: CREDENTIALS_MAX,
    },
);

const PATHS: List<Parsed<String>> = List {
    item: Parsed {
        expected: "a path such as \"/backup.zip\"",
        parse: parse_path,
    },
    items_min: 0,
    items_max: DECOYS_MAX - SHIPPED.len(),
};

pub(super) static TABLE: Table = Table {
    name: "honeypot",
    entries_max: None,
    keys: &[&MODE, &FACE, &ADD, &REMOVE, &CREDENTIALS],
    tables: &[],
};

pub(super) fn read(edge: &View<'_>) -> Option<Honeypot> {
    let honeypot = edge.table(&TABLE)?;
    Some(Honeypot {
        mode: honeypot.get(&MODE)?,
        face: honeypot.get(&FACE)?,
        add: honeypot.get(&ADD)?,
        remove: honeypot.get(&REMOVE)?,
        credentials: honeypot.get(&CREDENTIALS)?,
    })
}

fn parse_path(text: &str) -> Result<String, String> {
    let is_path = text.starts_with('/') && text.bytes().all(|byte| byte.is_ascii_graphic());
    let is_uri = text.parse::<http::uri::PathAndQuery>().is_ok();
    if !is_path || !is_uri || text.contains(['?', '#']) {
        return Err("begin with \"/\", and leave out query and spaces".to_owned());
    }
    match text == "/" || text.starts_with("/.palisade") {
        true => Err("that path is no decoy: honest clients ask for it".to_owned()),
        false => Ok(text.to_owned()),
    }
}

fn parse_shipped(text: &str) -> Result<String, String> {
    let mut shipped = SHIPPED.iter().map(|decoy| decoy.path);
    match shipped.any(|path| path == text) {
        true => Ok(text.to_owned()),
        false => Err(String::new()),
    }
}

fn parse_credential(text: &str) -> Result<String, String> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    let is_long = (CREDENTIAL_BYTES_MIN..=CREDENTIAL_BYTES_MAX).contains(&text.len());
    match is_long && text.bytes().all(is_token) {
        true => Ok(text.to_owned()),
        false => Err(String::new()),
    }
}
