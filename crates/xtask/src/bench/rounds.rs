//! Many small requests: the proxies take turns, round after round.

use anyhow::{Context, Result};

use super::contenders::Setup;
use super::load::{self, Pace};
use super::plan::Plan;
use super::record::{ProxyRecord, Round, ScenarioRecord};
use super::rig::Rig;
use super::running::Running;
use super::scenarios::{Protocol, Scenario};
use super::usage;
use crate::machine;

pub(crate) fn measure(rig: &Rig, plan: &Plan, scenario: &Scenario) -> Result<ScenarioRecord> {
    println!("measuring {}: {}", scenario.name, scenario.about);
    let mut running = Vec::new();
    for contender in &plan.contenders {
        let setup = Setup {
            port: machine::free_port()?,
            upstream_port: rig.upstream_port,
            protocol: scenario.protocol,
            headers: scenario.headers,
            streaming: false,
            folder: rig.new_folder(&format!("{}-{}", scenario.name, contender.name))?,
        };
        running.push(Running::start(rig, contender, setup)?);
    }
    for proxy in &running {
        load::run(
            rig,
            scenario.protocol,
            &url(scenario, proxy),
            1,
            Pace::Closed,
        )
        .with_context(|| format!("{} does not answer", proxy.name))?;
    }
    let mut rounds = vec![Vec::new(); running.len()];
    for round in 0..plan.rounds as usize {
        for turn in 0..running.len() {
            // Each round begins with another proxy, so that none is always first.
            let index = (round + turn) % running.len();
            rounds[index].push(one_round(rig, plan, scenario, &running[index])?);
        }
    }
    let proxies = running.iter().zip(rounds).map(|(proxy, rounds)| {
        Ok(ProxyRecord {
            name: proxy.name.to_owned(),
            rounds,
            resident_bytes: usage::resident_bytes(proxy.process.pid())?,
        })
    });
    Ok(ScenarioRecord {
        name: scenario.name.to_owned(),
        about: scenario.about.to_owned(),
        ratio_max: scenario.ratio_max,
        paced_rate: scenario.paced_rate,
        proxies: proxies.collect::<Result<_>>()?,
    })
}

fn one_round(rig: &Rig, plan: &Plan, scenario: &Scenario, proxy: &Running) -> Result<Round> {
    let run = |pace| {
        load::run(
            rig,
            scenario.protocol,
            &url(scenario, proxy),
            plan.seconds,
            pace,
        )
        .with_context(|| format!("{} failed under load", proxy.name))
    };
    let before = usage::processor_time(proxy.process.pid())?;
    let closed = run(Pace::Closed)?;
    let spent = usage::processor_time(proxy.process.pid())? - before;
    let paced = run(Pace::PerSecond(scenario.paced_rate))?;
    proxy.empty_access_log()?;
    Ok(Round {
        processor_us_per_request: spent.as_secs_f64() * 1e6 / closed.requests as f64,
        requests_per_second: closed.per_second(),
        paced_requests_per_second: paced.per_second(),
        paced_p50_us: paced.p50_us,
        paced_p99_us: paced.p99_us,
    })
}

fn url(scenario: &Scenario, proxy: &Running) -> String {
    let scheme = match scenario.protocol {
        Protocol::Plain => "http",
        Protocol::Tls | Protocol::TlsHttp2 => "https",
    };
    format!(
        "{scheme}://127.0.0.1:{}/{}",
        proxy.setup.port, scenario.file.name
    )
}
