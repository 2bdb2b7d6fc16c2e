//! `cargo xtask ci`: all that a change must pass, every step to its end, then the totals.

use std::process::Command;

use anyhow::Result;

use crate::command::{self, Reported};
use crate::{codegen, test, tidy};

/// How a step ended.
enum Outcome {
    Passed,
    Failed,
    /// It could not run at all; the text says why and what to do.
    NotRun(&'static str),
}

struct Step {
    name: &'static str,
    run: fn() -> Result<Outcome>,
}

/// Cheap before dear; the tests are last, since their totals are the last line.
const STEPS: &[Step] = &[
    Step {
        name: "fmt",
        run: format,
    },
    Step {
        name: "clippy",
        run: clippy,
    },
    Step {
        name: "tidy",
        run: || tidy::run().map(|()| Outcome::Passed),
    },
    Step {
        name: "codegen",
        run: || codegen::check().map(|()| Outcome::Passed),
    },
    Step {
        name: "deny",
        run: deny,
    },
];

pub(crate) fn run() -> Result<()> {
    let mut lines = Vec::new();
    let mut failed = false;
    for step in STEPS {
        println!("\n== {}", step.name);
        let outcome = (step.run)().unwrap_or_else(|failure| {
            if failure.downcast_ref::<Reported>().is_none() {
                eprintln!("error: {failure:#}");
            }
            Outcome::Failed
        });
        failed |= matches!(outcome, Outcome::Failed);
        lines.push(line(step.name, &outcome));
    }
    println!("\n== test");
    let tests = test::totals(&test::Options::default());
    println!("\n{}", lines.join("\n"));
    let totals = tests?;
    println!("{totals}");
    if failed || totals.failed > 0 {
        return Err(Reported.into());
    }
    Ok(())
}

fn line(name: &str, outcome: &Outcome) -> String {
    match outcome {
        Outcome::Passed => format!("{name}: passed"),
        Outcome::Failed => format!("{name}: failed"),
        Outcome::NotRun(why) => format!("{name}: not run: {why}"),
    }
}

fn format() -> Result<Outcome> {
    passed(&mut command::cargo(&["fmt", "--all", "--check"]))
}

fn clippy() -> Result<Outcome> {
    let arguments = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--quiet",
        "--",
        "-D",
        "warnings",
    ];
    passed(&mut command::cargo(&arguments))
}

/// `tidy` checks the banned crates itself, so that they are looked for on every machine.
fn deny() -> Result<Outcome> {
    if command::find("cargo-deny").is_none() {
        return Ok(Outcome::NotRun(
            "cargo-deny is not installed; run: cargo install --locked cargo-deny",
        ));
    }
    passed(&mut command::cargo(&[
        "deny", "check", "bans", "licenses", "sources",
    ]))
}

fn passed(command: &mut Command) -> Result<Outcome> {
    command::run(command).map(|()| Outcome::Passed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_did_not_run_never_reads_as_passed() {
        let printed = line("deny", &Outcome::NotRun("cargo-deny is not installed"));
        assert_eq!(printed, "deny: not run: cargo-deny is not installed");
    }
}
