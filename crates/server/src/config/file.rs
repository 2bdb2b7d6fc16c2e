//! Reading `palisade.toml`: whole, within a bound, as UTF-8, as TOML with the place of each value.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::ops::Range;
use std::path::Path;

use toml::de::DeTable;

use super::mistakes::{Mistake, Report};
use super::tree::{Branch, Data, Entry, Origin, Value};

/// Largest configuration file read, in bytes.
pub const FILE_BYTES_MAX: u64 = 1 << 20;

/// Syntax errors looked at; a file with more is no configuration, and the rest follow from these.
const SYNTAX_ERRORS_MAX: usize = 200;

/// The text of the file, or the mistake that keeps it from being read.
pub(super) fn read(path: &Path) -> Result<String, Box<Mistake>> {
    let refuse = |problem: String, help: &str| Box::new(Mistake::whole(problem, help));
    let unreadable = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => refuse(
            "there is no such file".to_owned(),
            "give its path with -c, or leave -c out and pass --upstream URL",
        ),
        ErrorKind::PermissionDenied => refuse(
            "the file may not be read".to_owned(),
            "give the account Palisade runs as the right to read it",
        ),
        ErrorKind::IsADirectory => directory(),
        _ => refuse(
            format!("the file cannot be read: {error}"),
            "check the disk and the path",
        ),
    };
    let file = File::open(path).map_err(unreadable)?;
    if file.metadata().map_err(unreadable)?.is_dir() {
        return Err(directory());
    }
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    decode(bytes)
}

fn directory() -> Box<Mistake> {
    let help = "name the file in it, such as palisade.toml";
    Box::new(Mistake::whole("this is a folder, not a file", help))
}

/// The text of the bytes of a file.
pub(super) fn decode(bytes: Vec<u8>) -> Result<String, Box<Mistake>> {
    if bytes.len() as u64 > FILE_BYTES_MAX {
        let problem = format!("the file is larger than {} KiB", FILE_BYTES_MAX / 1024);
        return Err(Box::new(Mistake::whole(problem, "is this the right file?")));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..at]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count()
            + 1;
        let problem = format!("line {line} is not UTF-8 (byte {at} of the file)");
        Box::new(Mistake::whole(problem, "save the file as UTF-8 text"))
    })
}

/// The values of the file. After a syntax error only what stands before it is returned: what
/// follows may have landed in the wrong table, and mistakes found in it would mislead.
pub(super) fn parse(text: &str, report: &mut Report) -> (Branch, Completeness) {
    let (document, errors) = DeTable::parse_recoverable(text);
    let branch = Branch::from_toml(document.get_ref(), &Origin::File);
    let first = errors
        .iter()
        .map(|error| error.span().map_or(0, |span| span.start))
        .min();
    let mut reported_line = None;
    for error in errors.iter().take(SYNTAX_ERRORS_MAX) {
        let span = error.span().unwrap_or(0..0);
        let line = text
            .get(..span.start)
            .map_or(0, |before| before.matches('\n').count());
        // One line broken once often breaks several rules of the grammar.
        if reported_line != Some(line) {
            report.add(syntax_mistake(text, error.message(), span));
        }
        reported_line = Some(line);
    }
    match first {
        None => (branch, Completeness::Whole),
        Some(at) => (before(branch, at), Completeness::UpTo),
    }
}

/// Whether all of a file was understood, or only what stands before a syntax error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Completeness {
    Whole,
    UpTo,
}

fn syntax_mistake(text: &str, message: &str, span: Range<usize>) -> Mistake {
    let rest = text.get(span.start..).unwrap_or_default();
    let mistake = Mistake::new(
        "",
        format!("this is not TOML: {message}"),
        Origin::File(span),
    );
    if rest.trim().is_empty() {
        return mistake.with_help(
            "the file ends in the middle; was it written whole? Finish it or copy it again",
        );
    }
    mistake
}

/// The entries whose names and values end before `at`; what touches it may be cut off.
fn before(branch: Branch, at: usize) -> Branch {
    let mut kept = Branch::default();
    for (name, entry) in branch.into_entries() {
        if ends_before(&entry.name_origin, at)
            && let Some(value) = value_before(entry.value, at)
        {
            kept.insert_entry(name, Entry { value, ..entry });
        }
    }
    kept
}

fn value_before(value: Value, at: usize) -> Option<Value> {
    let data = match value.data {
        Data::Branch(inner) => Data::Branch(before(inner, at)),
        Data::List(items)
            if items
                .iter()
                .any(|item| matches!(item.data, Data::Branch(_))) =>
        {
            Data::List(
                items
                    .into_iter()
                    .filter_map(|item| value_before(item, at))
                    .collect(),
            )
        }
        data => return ends_before(&value.origin, at).then_some(Value { data, ..value }),
    };
    Some(Value { data, ..value })
}

fn ends_before(origin: &Origin, at: usize) -> bool {
    matches!(origin, Origin::File(span) if span.end < at)
}
