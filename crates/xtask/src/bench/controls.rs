//! `cargo xtask bench controls`: every control enforced, at ten of each and at a million, beside
//! nginx that plainly proxies.

mod clients;
mod configuration;
mod measure;
mod memory;
mod networks;
mod node;
mod page;
mod publisher;
mod record;
mod sides;

use std::fs;

use anyhow::{Context, Result};

use super::document::Block;
use super::plan::ROUNDS_KEPT_MIN;
use super::record::{Machine, commit, today};
use super::rig::Rig;
use super::{load, nginx, palisade, proxy};
use crate::install;
use crate::interrupt::Interrupt;
use crate::workspace::Workspace;
use node::Prepared;
use record::ControlsRecord;
use sides::{LARGE, Sizes};

/// In more, the few clients of the small side would reach their limit.
const ROUNDS_MAX: i64 = 30;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Interleaved rounds; results are kept from 10 on
    #[arg(long, default_value_t = ROUNDS_KEPT_MIN, value_parser = clap::value_parser!(u32).range(1..=ROUNDS_MAX))]
    rounds: u32,
    /// A quick look: 2 rounds of a second, a hundredth of the bans and keys, nothing kept
    #[arg(long)]
    quick: bool,
}

/// The sizes of a run.
#[derive(Clone, Copy, Debug)]
struct Plan {
    rounds: u32,
    seconds: u32,
    large: Sizes,
    /// Whether it is complete enough to be kept.
    kept: bool,
}

impl Plan {
    fn of(options: &Options) -> Self {
        Self {
            rounds: if options.quick { 2 } else { options.rounds },
            seconds: if options.quick { 1 } else { 3 },
            large: if options.quick { LARGE.quick() } else { LARGE },
            kept: !options.quick && options.rounds >= ROUNDS_KEPT_MIN,
        }
    }
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let interrupt = Interrupt::install()?;
    let plan = Plan::of(options);
    // Before our own build makes the machine busy.
    let machine = Machine::read()?;
    install::ensure(&[proxy::RIG_NEEDED, load::NEEDED].concat())?;
    (palisade::CONTENDER.prepare)()?;
    proxy::warn_where_busy(&machine);
    let rig = Rig::prepare(interrupt, 0)?;
    let prepared = Prepared::new(&rig, plan.large)?;
    let memory = memory::measure(&rig, &prepared)?;
    let measured = measure::measure(&rig, plan, &prepared)?;
    let record = ControlsRecord {
        date: today()?,
        command: command_line(options),
        commit: commit(),
        machine,
        versions: versions()?,
        rounds: plan.rounds,
        seconds_per_round: plan.seconds,
        large: plan.large,
        measured,
        memory,
    };
    finish(&record, plan.kept)
}

/// Prints how the targets fared and, where the record is complete, keeps it.
fn finish(record: &ControlsRecord, kept: bool) -> Result<()> {
    print!("{}", page::section(record));
    if !kept {
        println!("nothing is kept: a kept run has {ROUNDS_KEPT_MIN} rounds of all sizes");
        return Ok(());
    }
    let root = Workspace::read()?.root;
    let results = root.join("bench/results");
    fs::create_dir_all(&results)?;
    let file = results.join(format!("{}-controls.json", record.date));
    let json = serde_json::to_string_pretty(record)? + "\n";
    fs::write(&file, json).with_context(|| format!("cannot write {}", file.display()))?;
    Block::Controls.write(&root, &page::section(record))?;
    println!("wrote {} and docs/performance.md", file.display());
    Ok(())
}

fn command_line(options: &Options) -> String {
    let quick = if options.quick { " --quick" } else { "" };
    format!(
        "cargo xtask bench controls --rounds {}{quick}",
        options.rounds
    )
}

fn versions() -> Result<Vec<(String, String)>> {
    let of = |name: &str, version: Result<String>| Ok((name.to_owned(), version?));
    vec![
        of(nginx::CONTENDER.name, (nginx::CONTENDER.version)()),
        of(palisade::NAME, (palisade::CONTENDER.version)()),
        of("wrk", proxy::package_version("wrk")),
    ]
    .into_iter()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_sizes_in_enough_rounds_are_kept() {
        let plan = |rounds, quick| Plan::of(&Options { rounds, quick });
        assert!(plan(10, false).kept);
        assert!(!plan(9, false).kept);
        assert!(!plan(10, true).kept);
        assert_eq!(plan(10, false).large, LARGE);
    }
}
