//! The sides take their turns, round after round.

use anyhow::{Context, Result};

use super::super::load::{self, Pace};
use super::super::record::{ProxyRecord, Round};
use super::super::rig::Rig;
use super::super::running::Running;
use super::super::{nginx, usage};
use super::node::{Node, Prepared, setup, url};
use super::publisher::Publisher;
use super::record::{Measured, SideRecord};
use super::sides::{SMALL, Side, Sizes};
use super::{Plan, clients};
use crate::machine;

/// Requests per second of the paced run, well below what any side can do.
const PACED_RATE: u32 = 4000;

/// A side with its process.
struct Taking {
    side: Side,
    server: Server,
    /// Whose clients its load comes from.
    load: Sizes,
    /// Requests so far, so that each run goes on where the last one ended.
    sent: u64,
    bans_made: u32,
    rounds: Vec<Round>,
    workers_us: Vec<f64>,
}

enum Server {
    Peer(Running),
    Node(Node),
}

impl Server {
    fn running(&self) -> &Running {
        match self {
            Self::Peer(running) => running,
            Self::Node(node) => &node.running,
        }
    }
}

pub(crate) fn measure(rig: &Rig, plan: Plan, prepared: &Prepared) -> Result<Measured> {
    let mut sides = Vec::new();
    for side in Side::ALL {
        println!("starting {}", side.name());
        sides.push(start(rig, prepared, side)?);
    }
    for round in 0..plan.rounds as usize {
        println!("round {} of {}", round + 1, plan.rounds);
        for turn in 0..sides.len() {
            // Each round begins with another side, so that none is always first.
            let index = (round + turn) % sides.len();
            let taking = &mut sides[index];
            take_turn(rig, plan, taking)
                .with_context(|| format!("{} failed under load", taking.side.name()))?;
        }
    }
    let mut measured = Measured {
        import_seconds: prepared.import_seconds,
        paced_rate: PACED_RATE,
        sides: Vec::new(),
    };
    for taking in sides {
        measured.sides.push(taking.end()?);
    }
    Ok(measured)
}

fn start(rig: &Rig, prepared: &Prepared, side: Side) -> Result<Taking> {
    let (server, load) = match side {
        Side::Nginx => {
            let folder = rig.new_folder(side.name())?;
            let setup = setup(rig, machine::free_port()?, folder);
            let peer = Running::start(rig, &nginx::CONTENDER, setup)?;
            (Server::Peer(peer), prepared.large)
        }
        Side::Small => (node(rig, prepared, side, SMALL)?, SMALL),
        Side::Large | Side::Publishing => {
            (node(rig, prepared, side, prepared.large)?, prepared.large)
        }
    };
    Ok(Taking {
        side,
        server,
        load,
        sent: 0,
        bans_made: 0,
        rounds: Vec::new(),
        workers_us: Vec::new(),
    })
}

/// A node whose limiter knows every client.
fn node(rig: &Rig, prepared: &Prepared, side: Side, sizes: Sizes) -> Result<Server> {
    let node = prepared.start(rig, side.name(), sizes)?;
    node.fill(rig)?;
    node.running.empty_access_log()?;
    Ok(Server::Node(node))
}

fn take_turn(rig: &Rig, plan: Plan, taking: &mut Taking) -> Result<()> {
    let publisher = match (taking.side, &taking.server) {
        (Side::Publishing, Server::Node(node)) => {
            Some(Publisher::start(&node.data, taking.bans_made))
        }
        _ => None,
    };
    let running = taking.server.running();
    let pid = running.process.pid();
    let mut sent = taking.sent;
    let mut run = |pace| {
        let script = clients::script(taking.load, sent);
        let load = load::run_script(rig, &script, &url(running), plan.seconds, pace)?;
        sent += load.requests;
        Ok::<_, anyhow::Error>(load)
    };
    let before = (usage::processor_time(pid)?, usage::workers_time(pid)?);
    let closed = run(Pace::Closed)?;
    let after = (usage::processor_time(pid)?, usage::workers_time(pid)?);
    let paced = run(Pace::PerSecond(PACED_RATE))?;
    let per_request =
        |spent: std::time::Duration| spent.as_secs_f64() * 1e6 / closed.requests as f64;
    let round = Round {
        processor_us_per_request: per_request(after.0 - before.0),
        requests_per_second: closed.per_second(),
        paced_requests_per_second: paced.per_second(),
        paced_p50_us: paced.p50_us,
        paced_p99_us: paced.p99_us,
    };
    running.empty_access_log()?;
    let made = publisher.map(Publisher::end).transpose()?.unwrap_or(0);
    taking.sent = sent;
    taking.bans_made += made;
    taking.rounds.push(round);
    taking.workers_us.push(per_request(after.1 - before.1));
    Ok(())
}

impl Taking {
    /// Ends it, after a last look at what it holds.
    fn end(self) -> Result<SideRecord> {
        let (evictions, start_seconds) = match &self.server {
            Server::Peer(_) => (None, None),
            Server::Node(node) => {
                node.check_full()?;
                (Some(node.evictions()?), Some(node.start_seconds))
            }
        };
        let pid = self.server.running().process.pid();
        Ok(SideRecord {
            proxy: ProxyRecord {
                name: self.side.name().to_owned(),
                rounds: self.rounds,
                resident_bytes: usage::resident_bytes(pid)?,
            },
            workers_us_per_request: self.workers_us,
            bans_made: self.bans_made,
            evictions,
            start_seconds,
        })
    }
}
