//! `cargo xtask test`: every test of the workspace, against real servers that it starts itself.
//!
//! The last line is the totals. Nothing is skipped in silence: a part that cannot be had stops
//! the command before any test runs.

mod chromium;
mod fastapi;
mod parts;
mod postgres;
mod redis;
mod totals;

use std::process::Command;

use anyhow::{Result, bail};

use crate::command::{self, Reported};
use crate::interrupt::{Interrupt, Watched};
use totals::Totals;

#[derive(clap::Args, Default)]
pub(crate) struct Options {
    /// Runs only tests whose name contains one of these
    filters: Vec<String>,
    /// Tests only these packages
    #[arg(short, long)]
    package: Vec<String>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let totals = totals(options)?;
    println!("\n{totals}");
    if totals.failed > 0 {
        return Err(Reported.into());
    }
    Ok(())
}

/// Runs the tests and counts them; by its end every server is stopped again.
pub(crate) fn totals(options: &Options) -> Result<Totals> {
    let interrupt = Interrupt::install()?;
    let site = parts::Site::prepare(interrupt.clone())?;
    let running = parts::start_all(&site)?;
    let mut totals = unit_and_integration(options, &interrupt, running.environment())?;
    totals.add(doctests(options, &interrupt, running.environment())?);
    if totals.passed + totals.failed == 0 {
        bail!("no test ran: no test has such a name");
    }
    Ok(totals)
}

/// All but the doctests, by cargo-nextest where it is installed.
fn unit_and_integration(
    options: &Options,
    interrupt: &Interrupt,
    environment: &[(String, String)],
) -> Result<Totals> {
    let mut totals = Totals::default();
    let status = if command::find("cargo-nextest").is_some() {
        let mut nextest = cargo_test(&["nextest", "run", "--no-fail-fast"], options, environment);
        nextest.args(["--no-tests", "pass"]).args(&options.filters);
        interrupt.watch(&mut nextest, Watched::Stderr, |line| {
            eprintln!("{line}");
            totals.add_nextest_line(line);
        })?
    } else {
        let arguments = ["test", "--no-fail-fast", "--all-targets"];
        let mut tests = cargo_test(&arguments, options, environment);
        tests.arg("--").args(&options.filters);
        watch_libtest(interrupt, &mut tests, &mut totals)?
    };
    judge("the tests", status.success(), totals, options)
}

fn doctests(
    options: &Options,
    interrupt: &Interrupt,
    environment: &[(String, String)],
) -> Result<Totals> {
    let mut totals = Totals::default();
    if !options.package.is_empty() && !any_library(&options.package)? {
        return Ok(totals);
    }
    let mut doctests = cargo_test(&["test", "--doc", "--no-fail-fast"], options, environment);
    doctests.arg("--").args(&options.filters);
    let status = watch_libtest(interrupt, &mut doctests, &mut totals)?;
    judge("the doctests", status.success(), totals, options)
}

/// `cargo test --doc -p X` refuses a package without a library.
fn any_library(packages: &[String]) -> Result<bool> {
    let workspace = crate::workspace::Workspace::read()?;
    Ok(workspace
        .packages
        .iter()
        .filter(|package| packages.contains(&package.name))
        .any(|package| {
            workspace
                .root
                .join("crates")
                .join(&package.folder)
                .join("src/lib.rs")
                .is_file()
        }))
}

fn watch_libtest(
    interrupt: &Interrupt,
    command: &mut Command,
    totals: &mut Totals,
) -> Result<std::process::ExitStatus> {
    interrupt.watch(command, Watched::Stdout, |line| {
        println!("{line}");
        totals.add_libtest_line(line);
    })
}

/// A run that failed without a failed test did not build; a skipped test was ignored.
fn judge(what: &str, success: bool, totals: Totals, options: &Options) -> Result<Totals> {
    if !success && totals.failed == 0 {
        bail!("{what} did not run to their end; the reason stands above");
    }
    if options.filters.is_empty() && totals.skipped > 0 {
        bail!(
            "{} of {what} were skipped: remove what makes them ignored",
            totals.skipped
        );
    }
    Ok(totals)
}

fn cargo_test(arguments: &[&str], options: &Options, environment: &[(String, String)]) -> Command {
    let mut cargo = command::cargo(arguments);
    if options.package.is_empty() {
        cargo.arg("--workspace");
    }
    for package in &options.package {
        cargo.args(["--package", package]);
    }
    cargo.envs(environment.iter().map(|(name, value)| (name, value)));
    cargo
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(failed: u32, skipped: u32) -> Totals {
        Totals {
            passed: 1,
            failed,
            skipped,
        }
    }

    #[test]
    fn a_run_that_fails_without_a_failed_test_is_an_error() {
        assert!(judge("x", false, totals(0, 0), &Options::default()).is_err());
        assert!(judge("x", false, totals(1, 0), &Options::default()).is_ok());
    }

    #[test]
    fn skipped_tests_are_an_error_unless_a_filter_asked_for_it() {
        assert!(judge("x", true, totals(0, 2), &Options::default()).is_err());
        let filtered = Options {
            filters: vec!["name".to_owned()],
            package: Vec::new(),
        };
        assert!(judge("x", true, totals(0, 2), &filtered).is_ok());
    }
}
