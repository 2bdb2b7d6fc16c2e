//! `[edge.maintenance]`: who passes while the app is shut, and what the others see.

use std::time::Duration;

use ipnet::IpNet;
use palisade_kernel::Mode;

use crate::config::kinds::{Choice, List, Network, OrEmpty, Parsed, Span};
use crate::config::registry::{Key, Table};
use crate::config::view::View;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Maintenance {
    pub mode: Mode,
    pub allow: Vec<IpNet>,
    pub allow_paths: Vec<String>,
    pub retry_after: Duration,
    pub brand: Option<String>,
    pub accent: Option<String>,
    pub contact: Option<String>,
}

/// Entries of one list.
const ALLOWED_MAX: usize = 128;

/// Bytes of a text on the page.
const TEXT_BYTES_MAX: usize = 200;

static MODE: Key<Choice<Mode>> = Key::new("mode", Choice::new());
static ALLOW: Key<List<Network>> = Key::new(
    "allow",
    List {
        item: Network,
        items_min: 0,
        items_max: ALLOWED_MAX,
    },
);
static ALLOW_PATHS: Key<List<Parsed<String>>> = Key::new(
    "allow_paths",
    List {
        item: Parsed {
            expected: "a path such as \"/healthz\"",
            parse: parse_path,
        },
        items_min: 0,
        items_max: ALLOWED_MAX,
    },
);
static RETRY_AFTER: Key<Span> = Key::new("retry_after", Span::seconds(1, 24 * 60 * 60));
static BRAND: Key<OrEmpty<Parsed<String>>> = Key::new(
    "brand",
    OrEmpty(Parsed {
        expected: "a short text",
        parse: parse_text,
    }),
);
static ACCENT: Key<OrEmpty<Parsed<String>>> = Key::new(
    "accent",
    OrEmpty(Parsed {
        expected: "a colour such as \"#2f6df6\"",
        parse: parse_colour,
    }),
);
static CONTACT: Key<OrEmpty<Parsed<String>>> = Key::new(
    "contact",
    OrEmpty(Parsed {
        expected: "an e-mail address or an https address",
        parse: parse_contact,
    }),
);

pub(super) static TABLE: Table = Table {
    name: "maintenance",
    entries_max: None,
    keys: &[
        &MODE,
        &ALLOW,
        &ALLOW_PATHS,
        &RETRY_AFTER,
        &BRAND,
        &ACCENT,
        &CONTACT,
    ],
    tables: &[],
};

pub(super) fn read(edge: &View<'_>) -> Option<Maintenance> {
    let maintenance = edge.table(&TABLE)?;
    Some(Maintenance {
        mode: maintenance.get(&MODE)?,
        allow: maintenance.get(&ALLOW)?,
        allow_paths: maintenance.get(&ALLOW_PATHS)?,
        retry_after: maintenance.get(&RETRY_AFTER)?,
        brand: maintenance.get(&BRAND)?,
        accent: maintenance.get(&ACCENT)?,
        contact: maintenance.get(&CONTACT)?,
    })
}

fn parse_path(text: &str) -> Result<String, String> {
    let is_path = text.starts_with('/') && text.bytes().all(|byte| byte.is_ascii_graphic());
    match is_path && !text.contains(['?', '#']) {
        true => Ok(text.to_owned()),
        false => Err("begin with \"/\", and leave out query and spaces".to_owned()),
    }
}

fn parse_text(text: &str) -> Result<String, String> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(format!("the longest text taken is {TEXT_BYTES_MAX} bytes"));
    }
    match text.chars().any(char::is_control) {
        true => Err("leave out line breaks and other control characters".to_owned()),
        false => Ok(text.to_owned()),
    }
}

fn parse_colour(text: &str) -> Result<String, String> {
    let digits = text.strip_prefix('#').unwrap_or_default();
    let is_colour =
        matches!(digits.len(), 3 | 6) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    match is_colour {
        true => Ok(text.to_owned()),
        false => Err("write it as \"#rrggbb\"".to_owned()),
    }
}

fn parse_contact(text: &str) -> Result<String, String> {
    let text = parse_text(text)?;
    let is_mail = text.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && host.contains('.') && !text.contains(char::is_whitespace)
    });
    match is_mail || text.starts_with("https://") {
        true => Ok(text),
        false => Err(String::new()),
    }
}
