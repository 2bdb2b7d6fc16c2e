//! `cargo xtask`: the commands for people who change Palisade.
//!
//! One file per command. It depends on little, so that it builds in seconds, and it installs or
//! names whatever else a command needs.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "these commands talk to the person at the terminal"
)]

mod bench;
mod ci;
mod codegen;
mod test;
mod tidy;

mod command;
mod install;
mod interrupt;
mod machine;
mod process;
mod workspace;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

/// The commands for people who change Palisade.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Runs every test, with the real servers they need installed, started and stopped
    Test(test::Options),
    /// Runs all that a change must pass: fmt, clippy, tidy, codegen, deny, test
    Ci,
    /// Checks what the compiler cannot: imports, controls, snapshots, files, banned crates
    Tidy,
    /// Writes the generated reference pages, or with --check names those that are stale
    Codegen(codegen::Options),
    /// Measures Palisade beside nginx and HAProxy
    Bench(bench::Options),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        None => Arguments::command().print_help().map_err(Into::into),
        Some(Command::Test(options)) => test::run(&options),
        Some(Command::Ci) => ci::run(),
        Some(Command::Tidy) => tidy::run(),
        Some(Command::Codegen(options)) => codegen::run(&options),
        Some(Command::Bench(options)) => bench::run(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // A command whose last line is its result has said so itself.
            if failure.downcast_ref::<command::Reported>().is_none() {
                eprintln!("error: {failure:#}");
            }
            ExitCode::FAILURE
        }
    }
}
