//! `cargo xtask bench proxy`: Palisade beside nginx and HAProxy over one upstream.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use super::document::Block;
use super::plan::{self, Options, Plan};
use super::record::{self, Machine, Record};
use super::rig::Rig;
use super::{load, page, passage, rounds};
use crate::command;
use crate::install::{self, Needed};
use crate::interrupt::Interrupt;
use crate::workspace::Workspace;

/// Above this load the machine is busy with something else.
const QUIET_LOAD_MAX: f64 = 0.5;

/// Programs of the rig itself.
pub(super) const RIG_NEEDED: &[Needed] = &[
    Needed {
        program: "nginx",
        package: "nginx",
    },
    Needed {
        program: "openssl",
        package: "openssl",
    },
];

pub(crate) fn run(options: &Options) -> Result<()> {
    let interrupt = Interrupt::install()?;
    let plan = Plan::of(options);
    // Before our own build makes the machine busy.
    let machine = Machine::read()?;
    let mut needed = [RIG_NEEDED, load::NEEDED].concat();
    needed.extend(
        plan.contenders
            .iter()
            .flat_map(|contender| contender.needed)
            .copied(),
    );
    install::ensure(&needed)?;
    for contender in &plan.contenders {
        (contender.prepare)().with_context(|| format!("{} is not ready", contender.name))?;
    }
    warn_where_busy(&machine);
    let rig = Rig::prepare(interrupt, plan.passage_bytes)?;
    let mut record = Record {
        date: record::today()?,
        command: plan::command_line(options),
        commit: record::commit(),
        machine,
        versions: versions(&plan)?,
        rounds: plan.rounds,
        seconds_per_round: plan.seconds,
        scenarios: Vec::new(),
        passages: Vec::new(),
    };
    for scenario in &plan.scenarios {
        let measured = rounds::measure(&rig, &plan, scenario)
            .with_context(|| format!("the scenario {} failed", scenario.name))?;
        print!("{}", page::scenario_table(&measured));
        record.scenarios.push(measured);
    }
    for row in &plan.passages {
        let measured = passage::measure(&rig, &plan, row)
            .with_context(|| format!("the scenario {} failed", row.name))?;
        print!("{}", page::passage_table(&measured));
        record.passages.push(measured);
    }
    finish(&record, plan.kept)
}

pub(super) fn warn_where_busy(machine: &Machine) {
    if machine.load_before > QUIET_LOAD_MAX {
        eprintln!(
            "the machine is busy (load {:.2}): figures will be noisy, and say so",
            machine.load_before
        );
    }
}

/// Prints how the targets fared and, where the record is complete, keeps it.
fn finish(record: &Record, kept: bool) -> Result<()> {
    print!("{}", page::targets(record));
    if !kept {
        println!("nothing is kept: a kept run has all proxies, all scenarios and 10 rounds");
        return Ok(());
    }
    let root = Workspace::read()?.root;
    let results = root.join("bench/results");
    fs::create_dir_all(&results)?;
    let file = results.join(format!("{}-proxy.json", record.date));
    let json = serde_json::to_string_pretty(record)? + "\n";
    fs::write(&file, json).with_context(|| format!("cannot write {}", file.display()))?;
    Block::Proxy.write(&root, &page::section(record))?;
    println!("wrote {} and docs/performance.md", file.display());
    Ok(())
}

fn versions(plan: &Plan) -> Result<Vec<(String, String)>> {
    let mut versions = Vec::new();
    for contender in &plan.contenders {
        versions.push((contender.name.to_owned(), (contender.version)()?));
    }
    let h2load = command::read(Command::new("h2load").arg("--version"))?;
    versions.push(("h2load".to_owned(), h2load.trim().to_owned()));
    versions.push(("wrk".to_owned(), package_version("wrk")?));
    Ok(versions)
}

/// wrk cannot tell its version without failing; Debian can.
pub(super) fn package_version(package: &str) -> Result<String> {
    let mut query = Command::new("dpkg-query");
    command::read(query.args(["--show", "--showformat", "${Version}", package]))
}
