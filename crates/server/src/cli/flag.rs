//! `palisade flag list|set`: parts of the app, off and on without a deploy.

use std::io::Write;

use clap::{Subcommand, ValueEnum};
use palisade_operate::flags::{FlagAnswer, FlagInput, FlagSet, FlagsAnswer};

use super::arguments::Target;
use super::{Failure, node_client, output};

const PATH: &str = "/api/v1/flags";

#[derive(Debug, Subcommand)]
pub(super) enum FlagCommand {
    /// Each flag, whether it is on, and who has set it.
    List {
        #[command(flatten)]
        target: Target,
        #[arg(long)]
        json: bool,
    },
    /// Turn a flag. In force with the next request, and after a restart.
    Set {
        /// As it is configured: [flags.NAME].
        name: String,
        state: FlagState,
        #[command(flatten)]
        target: Target,
        /// For the record.
        #[arg(long, visible_alias = "reason", value_name = "TEXT")]
        why: Option<String>,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum FlagState {
    On,
    Off,
    /// Follow the configuration again.
    Default,
}

pub(super) fn run(command: FlagCommand, out: &mut dyn Write) -> Result<(), Failure> {
    match command {
        FlagCommand::List { target, json } => {
            let answer: FlagsAnswer = node_client::get(&target.data_dir, PATH)?;
            match json {
                true => output::json(&answer, out),
                false => list(&answer.flags, out),
            }
        }
        FlagCommand::Set {
            name,
            state,
            target,
            why,
        } => {
            let (on, told) = match state {
                FlagState::On => (Some(true), "on, in force and after a restart"),
                FlagState::Off => (Some(false), "off, in force and after a restart"),
                FlagState::Default => (None, "as configured"),
            };
            let input = FlagInput { on, reason: why };
            let path = format!("{PATH}/{name}");
            node_client::order(&target.data_dir, "PUT", &path, Some(&input))?;
            Ok(writeln!(out, "{name}: {told}")?)
        }
    }
}

fn list(flags: &[FlagAnswer], out: &mut dyn Write) -> Result<(), Failure> {
    if flags.is_empty() {
        return Ok(writeln!(out, "no flags: [flags.NAME] configures one")?);
    }
    let names = flags.iter().map(|flag| flag.name.len());
    let width = names.max().unwrap_or_default();
    for flag in flags {
        let FlagAnswer {
            name,
            on,
            set,
            configured,
        } = flag;
        let (state, about) = match (on, configured) {
            (Some(is_on), Some(configured)) => (word(*is_on), configured.description.as_str()),
            _ => (
                "-",
                "not in the configuration; kept without effect, and in force again when it is",
            ),
        };
        let line = format!("{name:width$}  {state:3}  {about}");
        writeln!(out, "{}", line.trim_end())?;
        if let Some(set) = set {
            writeln!(out, "{:width$}       {}", "", told(set))?;
        }
        let paths = configured.iter().flat_map(|configured| &configured.paths);
        let paths: Vec<&str> = paths.map(String::as_str).collect();
        if !paths.is_empty() {
            writeln!(out, "{:width$}       refuses {}", "", paths.join(", "))?;
        }
    }
    Ok(())
}

fn told(set: &FlagSet) -> String {
    let since = output::to_the_second(&set.since);
    let reason = match &set.reason {
        Some(reason) => format!(" ({reason})"),
        None => String::new(),
    };
    format!("set {} by {} at {since}{reason}", word(set.on), set.actor)
}

const fn word(is_on: bool) -> &'static str {
    match is_on {
        true => "on",
        false => "off",
    }
}
