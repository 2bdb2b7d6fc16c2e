//! One very large body through each proxy, and what it costs in memory.

use anyhow::{Context, Result};

use super::contenders::Setup;
use super::plan::Plan;
use super::record::{PassageOfProxy, PassageRecord};
use super::rig::{LARGE_FILE, Rig};
use super::running::Running;
use super::scenarios::{Direction, GROWTH_BYTES_MAX, Passage, Protocol};
use super::stream::{self, Sink};
use super::usage::{self, PeakWatch};
use crate::machine;

/// Passes one large body through each proxy, a fresh one each.
pub(crate) fn measure(rig: &Rig, plan: &Plan, passage: &Passage) -> Result<PassageRecord> {
    println!("measuring {}: {}", passage.name, passage.about);
    let sink = Sink::start()?;
    let mut proxies = Vec::new();
    for contender in &plan.contenders {
        rig.interrupt.check()?;
        let setup = Setup {
            port: machine::free_port()?,
            upstream_port: match passage.direction {
                Direction::Upload => sink.port,
                Direction::Download => rig.upstream_port,
            },
            protocol: Protocol::Plain,
            headers: false,
            streaming: true,
            folder: rig.new_folder(&format!("{}-{}", passage.name, contender.name))?,
        };
        let proxy = Running::start(rig, contender, setup)?;
        let measured = pass_through(rig, &proxy, passage, plan.passage_bytes);
        proxies.push(measured.with_context(|| format!("through {}", contender.name))?);
    }
    Ok(PassageRecord {
        name: passage.name.to_owned(),
        about: passage.about.to_owned(),
        bytes: plan.passage_bytes,
        growth_bytes_max: GROWTH_BYTES_MAX,
        proxies,
    })
}

fn pass_through(
    rig: &Rig,
    proxy: &Running,
    passage: &Passage,
    bytes: u64,
) -> Result<PassageOfProxy> {
    let (pid, port) = (proxy.process.pid(), proxy.setup.port);
    let send = |bytes: u64, path: &str, length: u64| match passage.direction {
        Direction::Upload => stream::upload(&rig.interrupt, port, bytes),
        Direction::Download => stream::download(&rig.interrupt, port, path, length),
    };
    // What a proxy sets up for its first request is not growth under a large body.
    send(1024, "/1k.bin", 1024)?;
    let resident_before_bytes = usage::resident_bytes(pid)?;
    let (time_before, start) = (usage::processor_time(pid)?, machine::now());
    let watch = PeakWatch::start(pid);
    send(bytes, &format!("/{LARGE_FILE}"), bytes)?;
    let seconds = start.elapsed().as_secs_f64();
    Ok(PassageOfProxy {
        name: proxy.name.to_owned(),
        seconds,
        processor_seconds: (usage::processor_time(pid)? - time_before).as_secs_f64(),
        resident_before_bytes,
        resident_peak_bytes: watch.peak_bytes()?,
    })
}
