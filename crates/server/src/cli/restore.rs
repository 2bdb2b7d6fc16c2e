//! `palisade restore`: a backup back in place, or only looked at.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use palisade_backup::{Manifest, Opening};
use palisade_kernel::{SystemClock, SystemRandom};

use super::arguments::PlaceArgs;
use super::{Failure, Process, output, serve};
use crate::data_directory::{DataDirectory, Purpose};
use crate::wiring::CAPABILITIES;

#[derive(Debug, Args)]
pub(super) struct RestoreArgs {
    /// The backup; - for standard input.
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// The file of a key that it was sealed for.
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "passphrase_file",
        conflicts_with = "passphrase_file"
    )]
    identity: Option<PathBuf>,
    /// A file whose first line is the passphrase that it was sealed with.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// Read it to its end and say what is in it; change nothing.
    #[arg(long, conflicts_with = "replace")]
    check: bool,
    /// With --check: the manifest.
    #[arg(long, requires = "check")]
    json: bool,
    /// Replace the state and keys that are there; a backup of them is kept beside the new ones.
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    place: PlaceArgs,
}

pub(super) fn run(
    args: &RestoreArgs,
    process: &Process,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let opening = match (&args.identity, &args.passphrase_file) {
        (Some(file), _) => Opening::identities_of(file)?,
        (None, Some(file)) => Opening::passphrase_of(file)?,
        // The command line rules it out.
        (None, None) => return Err(anyhow::anyhow!("say --identity or --passphrase-file").into()),
    };
    if args.check {
        let manifest = palisade_backup::check(open(&args.from)?, &opening)?;
        return match args.json {
            true => output::json(&manifest, out),
            false => Ok(describe(&manifest, out)?),
        };
    }
    let mut place = args.place.place(process)?;
    let data = DataDirectory::open(&place.data, Purpose::Serve)?;
    data.path().clone_into(&mut place.data);
    let clock = Arc::new(SystemClock::start());
    let restore = palisade_backup::restore(
        open(&args.from)?,
        &opening,
        &place,
        CAPABILITIES,
        args.replace,
        clock,
        &SystemRandom,
    );
    let restored = serve::runtime()?.block_on(restore)?;
    let manifest = &restored.manifest;
    let (rows, files, at) = (manifest.rows(), manifest.files.len(), &manifest.at);
    let data = place.data.display();
    writeln!(
        out,
        "{data}: {rows} rows and {files} files of {at} are restored"
    )?;
    if let Some(kept) = restored.kept {
        let kept = kept.display();
        writeln!(
            out,
            "What was there is in {kept}, which the same key opens."
        )?;
    }
    Ok(())
}

fn open(from: &Path) -> Result<Box<dyn Read>, Failure> {
    if from == Path::new("-") {
        return Ok(Box::new(io::stdin()));
    }
    let file = File::open(from);
    let file = file.with_context(|| format!("{} cannot be read", from.display()))?;
    Ok(Box::new(file))
}

fn describe(manifest: &Manifest, out: &mut dyn Write) -> io::Result<()> {
    let Manifest {
        palisade,
        engine,
        at,
        node,
        ..
    } = manifest;
    writeln!(
        out,
        "whole; taken {at} on {node} by palisade {palisade} from {engine}"
    )?;
    for (table, rows) in &manifest.tables {
        writeln!(out, "{rows:>10}  {table}")?;
    }
    for file in &manifest.files {
        writeln!(out, "{:>10}  {file}", "file")?;
    }
    Ok(())
}
