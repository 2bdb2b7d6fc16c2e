//! `palisade ban add --file`: a list of networks, in parts that a node takes whole or not at all.

use std::fs::File;
use std::io::{BufReader, Write};
use std::path::Path;

use anyhow::{Context, anyhow};
use palisade_operate::bans::{BansInput, BansTaken, IMPORT_MAX};

use super::file::{self, Entry};
use crate::cli::{Failure, node_client};

const PATH: &str = "/api/v1/bans/import";

/// Parts between two words of how far it is.
const PARTS_PER_WORD: usize = 100;

pub(super) fn run(
    directory: &Path,
    list: &Path,
    for_seconds: Option<u32>,
    why: Option<String>,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let name = list.display();
    let opened = File::open(list).with_context(|| format!("{name} cannot be opened"))?;
    let entries = file::read(BufReader::new(opened));
    let entries = entries.map_err(|error| anyhow!("{name} is not taken: {error}"))?;
    let mut taken = 0;
    for (part, entries) in (1..).zip(entries.chunks(IMPORT_MAX)) {
        let input = BansInput {
            networks: texts(entries),
            for_seconds,
            reason: why.clone(),
        };
        let answer = node_client::change::<BansTaken>(directory, "POST", PATH, &input);
        taken += answer
            .map_err(|refused| stopped(entries, taken, &refused))?
            .taken;
        if part % PARTS_PER_WORD == 0 {
            writeln!(out, "{taken} networks are banned so far")?;
        }
    }
    Ok(writeln!(out, "{taken} networks are banned")?)
}

fn texts(entries: &[Entry]) -> Vec<String> {
    let texts = entries.iter().map(|entry| entry.network.to_string());
    texts.collect()
}

/// Says how far it came: a second run takes up what is banned already without harm.
fn stopped(entries: &[Entry], taken: usize, refused: &anyhow::Error) -> anyhow::Error {
    let line = |entry: Option<&Entry>| entry.map_or(0, |entry| entry.line);
    let (first, last) = (line(entries.first()), line(entries.last()));
    anyhow!(
        "lines {first} to {last} were not taken: {refused:#} The {taken} networks before them are \
         banned; mend the list and run it again."
    )
}
