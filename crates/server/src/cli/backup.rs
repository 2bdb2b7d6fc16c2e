//! `palisade backup`: the node's state and keys as one sealed file, taken while it serves.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, Subcommand};
use palisade_backup::{BackupError, Output, Place, Recipient, Sealing, Taken};
use palisade_kernel::{Clock, SystemClock};

use super::arguments::PlaceArgs;
use super::{Failure, Process, serve};
use crate::wiring::CAPABILITIES;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct BackupArgs {
    #[command(subcommand)]
    command: Option<BackupCommand>,
    #[command(flatten)]
    take: Option<TakeArgs>,
    // Not among the others: clap does not see whether they are there, if they hold some of others.
    #[command(flatten)]
    place: PlaceArgs,
}

#[derive(Debug, Subcommand)]
enum BackupCommand {
    /// Make a key: its file opens backups, what is printed seals them.
    Key {
        /// The file of the key. Keep it where no node is.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
}

#[derive(Debug, Args)]
struct TakeArgs {
    /// Where the backup goes; - for standard output.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// A public key to seal it for, age1…; may be said again.
    #[arg(
        long,
        value_name = "KEY",
        required_unless_present = "passphrase_file",
        conflicts_with = "passphrase_file"
    )]
    recipient: Vec<Recipient>,
    /// A file whose first line is the passphrase to seal it with.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// Replace the file if it is there.
    #[arg(long)]
    force: bool,
}

pub(super) fn run(args: BackupArgs, process: &Process, out: &mut dyn Write) -> Result<(), Failure> {
    match (args.command, args.take) {
        (Some(BackupCommand::Key { to }), _) => make_key(&to, out),
        (None, Some(take)) => seal(&take, &args.place.place(process)?, out),
        (None, None) => {
            let what = "say where to and for whom: --to FILE --recipient KEY. `palisade backup \
                        key --to FILE` makes a key";
            Err(anyhow::anyhow!(what).into())
        }
    }
}

fn make_key(to: &Path, out: &mut dyn Write) -> Result<(), Failure> {
    let mut output = Output::begin(to, false)?;
    let made = palisade_backup::generate(SystemClock::start().now(), &mut output);
    let public = made.with_context(|| format!("{} cannot be written", to.display()))?;
    output.finish()?;
    writeln!(out, "{public}")?;
    let to = to.display();
    writeln!(
        out,
        "# {to} opens what is sealed for it. Without it no backup can be read:"
    )?;
    writeln!(out, "# keep it, and a copy, where no node is.")?;
    Ok(())
}

fn seal(args: &TakeArgs, place: &Place, out: &mut dyn Write) -> Result<(), Failure> {
    let sealing = match &args.passphrase_file {
        Some(file) => Sealing::passphrase_of(file)?,
        None => Sealing::Recipients(args.recipient.clone()),
    };
    let clock = SystemClock::start();
    if args.to == Path::new("-") {
        if super::is_terminal() {
            let what = "a backup is no text for a terminal: say --to FILE, or send it on";
            return Err(anyhow::anyhow!(what).into());
        }
        let taken = sealed(place, &clock, &sealing, &mut *out)?.0;
        out.flush().map_err(BackupError::Write)?;
        tell(&taken, "standard output", &mut io::stderr())?;
    } else {
        let output = Output::begin(&args.to, args.force)?;
        let (taken, output) = sealed(place, &clock, &sealing, output)?;
        output.finish()?;
        tell(&taken, &args.to.display().to_string(), out)?;
    }
    // The backup stands; only the metric would not know of it.
    if let Err(error) = palisade_backup::record_success(&place.data, clock.now()) {
        let what = "the backup is taken, but palisade_backup_last_success_timestamp_seconds";
        writeln!(io::stderr(), "palisade: {what} will not show it: {error}")?;
    }
    Ok(())
}

fn sealed<W: Write>(
    place: &Place,
    clock: &dyn Clock,
    sealing: &Sealing,
    output: W,
) -> Result<(Taken, W), Failure> {
    let node = rustix::system::uname();
    let node = node.nodename().to_string_lossy();
    let taken = palisade_backup::take(place, CAPABILITIES, clock, &node, sealing, output);
    Ok(serve::runtime()?.block_on(taken)?)
}

fn tell(taken: &Taken, to: &str, out: &mut dyn Write) -> io::Result<()> {
    let Taken {
        tables,
        rows,
        files,
    } = taken;
    writeln!(out, "{to}: {rows} rows of {tables} tables, {files} files")
}
