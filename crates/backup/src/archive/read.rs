//! In: opens an archive and hands out what it holds, checked to its very end.
//!
//! age authenticates who could have sealed it no more than the public key's holders, so nothing in
//! here is believed because it could be opened.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read};

use aws_lc_rs::digest;
use data_encoding::HEXLOWER_PERMISSIVE;
use serde_json::{Map, Value as Json};

use super::{ArchiveError, End, FORMAT, KeptFile, Manifest};
use crate::age::{self, OpenError};
use crate::files;
use crate::key::Opening;

/// The longest line that is read. A row of ours is kilobytes; its bytes take two digits each.
const LINE_BYTES_MAX: u64 = 64 * 1024 * 1024;

pub(crate) struct Reader<R: Read> {
    input: BufReader<age::Reader<BufReader<R>>>,
    digest: digest::Context,
    manifest: Manifest,
    line: Vec<u8>,
    number: u64,
    /// Rows seen of each table, and the table whose rows come.
    rows: BTreeMap<String, u64>,
    table: Option<String>,
    files: Vec<String>,
}

/// One thing that an archive holds.
#[derive(Debug, PartialEq)]
pub(crate) enum Entry {
    /// A line of the state: a table or a row.
    Line(Json),
    File(KeptFile),
}

impl<R: Read> Reader<R> {
    /// Opens an archive and reads its manifest.
    pub(crate) fn open(input: R, opening: &Opening) -> Result<Self, ArchiveError> {
        let mut reader = Self {
            input: BufReader::new(open(input, opening)?),
            digest: digest::Context::new(&digest::SHA256),
            manifest: Manifest::default(),
            line: Vec::new(),
            number: 0,
            rows: BTreeMap::new(),
            table: None,
            files: Vec::new(),
        };
        let head = reader.next_line()?;
        reader.manifest = manifest(head)?;
        Ok(reader)
    }

    pub(crate) fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The line that was read last, from 1.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// The next thing; `None` once the end was read, and everything before it found as it says.
    pub(crate) fn next(&mut self) -> Result<Option<Entry>, ArchiveError> {
        let line = self.next_line()?;
        match &line {
            Json::Array(_) => {
                self.count_row()?;
                Ok(Some(Entry::Line(line)))
            }
            Json::Object(fields) if fields.contains_key("table") => {
                self.begin_table(fields)?;
                Ok(Some(Entry::Line(line)))
            }
            Json::Object(fields) if fields.contains_key("file") => {
                let file = file(fields).ok_or_else(|| self.damaged("no file of a node"))?;
                if self.files.contains(&file.name) || !self.manifest.files.contains(&file.name) {
                    return Err(self.damaged("a file that the manifest does not name, or again"));
                }
                self.files.push(file.name.clone());
                self.table = None;
                Ok(Some(Entry::File(file)))
            }
            Json::Object(fields) if fields.contains_key("end") => {
                self.check_end(fields)?;
                Ok(None)
            }
            _ => Err(self.damaged("neither table, row, file nor end")),
        }
    }

    fn count_row(&mut self) -> Result<(), ArchiveError> {
        let table = self.table.as_ref();
        match table.and_then(|table| self.rows.get_mut(table)) {
            Some(rows) => {
                *rows += 1;
                Ok(())
            }
            None => Err(self.damaged("a row without a table")),
        }
    }

    fn begin_table(&mut self, fields: &Map<String, Json>) -> Result<(), ArchiveError> {
        let name = fields
            .get("table")
            .and_then(Json::as_str)
            .unwrap_or_default();
        if !self.manifest.tables.contains_key(name) || !self.files.is_empty() {
            return Err(self.damaged("a table that the manifest does not name, or too late"));
        }
        if self.rows.insert(name.to_owned(), 0).is_some() {
            return Err(self.damaged("a table that came before"));
        }
        self.table = Some(name.to_owned());
        Ok(())
    }

    fn check_end(&mut self, fields: &Map<String, Json>) -> Result<(), ArchiveError> {
        let end = fields.get("end").cloned().unwrap_or_default();
        let end: End = serde_json::from_value(end).map_err(|_| self.damaged("no end"))?;
        let found = End {
            rows: self.rows.values().sum(),
            files: self.files.len() as u64,
            sha256: HEXLOWER_PERMISSIVE.encode(self.digest.clone().finish().as_ref()),
        };
        if end != found {
            return Err(self.damaged("the end does not fit what came before it"));
        }
        for (table, rows) in &self.manifest.tables {
            if self.rows.get(table).copied().unwrap_or(0) != *rows {
                return Err(ArchiveError::Damaged(format!(
                    "{table} has other rows than the manifest says"
                )));
            }
        }
        if self.files.len() != self.manifest.files.len() {
            return Err(self.damaged("files are missing"));
        }
        match self.input.fill_buf().map_err(broken)?.is_empty() {
            true => Ok(()),
            false => Err(self.damaged("something comes after the end")),
        }
    }

    fn next_line(&mut self) -> Result<Json, ArchiveError> {
        // The last line is not in the digest that it says, so each is added when the next comes.
        self.digest.update(&self.line);
        self.number += 1;
        self.line.clear();
        let mut input = (&mut self.input).take(LINE_BYTES_MAX);
        let read = input.read_until(b'\n', &mut self.line).map_err(broken)?;
        if self.line.last() != Some(&b'\n') {
            return Err(match read as u64 == LINE_BYTES_MAX {
                true => self.damaged("it is too long"),
                false => ArchiveError::Truncated,
            });
        }
        serde_json::from_slice(&self.line).map_err(|_| self.damaged("no JSON"))
    }

    fn damaged(&self, what: &str) -> ArchiveError {
        ArchiveError::Damaged(format!("line {}: {what}", self.number))
    }
}

fn open<R: Read>(input: R, opening: &Opening) -> Result<age::Reader<BufReader<R>>, ArchiveError> {
    opening
        .open(BufReader::new(input))
        .map_err(|error| match error {
            OpenError::Format => ArchiveError::NotOurs("it is no age file of version 1"),
            OpenError::NoKeyFits => ArchiveError::WrongKey,
            OpenError::WantsPassphrase => ArchiveError::WantsPassphrase,
            OpenError::WantsIdentity => ArchiveError::WantsIdentity,
            OpenError::WrongPassphrase => ArchiveError::WrongPassphrase,
            OpenError::HeadChanged => ArchiveError::damaged("its head"),
            OpenError::TooMuchWork(work) => ArchiveError::TooMuchWork(work),
            OpenError::Read(cause) => broken(cause),
        })
}

/// The payload tells a stream that ends early and one that was changed by the kinds of its errors.
fn broken(cause: io::Error) -> ArchiveError {
    match cause.kind() {
        io::ErrorKind::UnexpectedEof => ArchiveError::Truncated,
        io::ErrorKind::InvalidData => ArchiveError::damaged("bytes of it were changed or cut off"),
        _ => ArchiveError::Read(cause),
    }
}

fn manifest(head: Json) -> Result<Manifest, ArchiveError> {
    let Some(found) = head["palisade_archive"].as_u64() else {
        return Err(ArchiveError::NotOurs(
            "what is sealed in it has no manifest",
        ));
    };
    if found != FORMAT {
        let palisade = head["palisade"].as_str().unwrap_or("?").to_owned();
        return Err(ArchiveError::NewerFormat { found, palisade });
    }
    serde_json::from_value(head).map_err(|error| ArchiveError::Damaged(error.to_string()))
}

fn file(fields: &Map<String, Json>) -> Option<KeptFile> {
    let text = |name: &str| fields.get(name).and_then(Json::as_str);
    let name = text("file")?;
    let bytes = HEXLOWER_PERMISSIVE.decode(text("hex")?.as_bytes()).ok()?;
    let fits = files::is_name(name) && bytes.len() as u64 <= files::FILE_BYTES_MAX;
    fits.then_some(KeptFile {
        name: name.to_owned(),
        mode: u32::from_str_radix(text("mode")?, 8).ok()?,
        bytes,
    })
}
