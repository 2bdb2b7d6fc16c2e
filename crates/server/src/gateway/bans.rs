//! The bans of this node: which there are, who asked for them, and how they reach the data plane.
//!
//! The register knows whole bans; the data plane's list, packed, only networks and ends. Changes
//! are collected and published together, at most every [`PUBLISH_INTERVAL`].

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ipnet::IpNet;
use palisade_edge::State;
use palisade_edge::ban::{Offence, PUBLISH_INTERVAL, Penalties, Rules, Sentence};
use palisade_kernel::{Ban, BanChange, Timestamp, ban};
use thiserror::Error;
use tokio::sync::{Notify, watch};

use super::Gateway;

/// Bans in force at one time. The register takes some 250 bytes for each, the data plane's list 12
/// or 24.
pub const BANS_MAX: usize = 2_000_000;

/// How often bans that have ended are taken off the register.
const SWEEP_INTERVAL: Duration = Duration::from_secs(60);

/// The largest networks that can be banned, by prefix length: IPv4, IPv6.
const PREFIX_MIN: (u8, u8) = (8, 16);

/// Why an operator's ban is not taken.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum BanError {
    #[error(
        "{0} is never banned: it is loopback, a trusted proxy, or stands in edge.ban.never or \
         edge.maintenance.allow; take it out there first"
    )]
    Never(IpNet),
    #[error(
        "{0} is a large part of the internet; ban networks of /8 or smaller (IPv6: /16), or shut \
         the app with `palisade maintenance on`"
    )]
    TooWide(IpNet),
    #[error("{BANS_MAX} bans are in force, which is all that this node takes; remove some first")]
    Full,
    #[error("the node is stopping")]
    Stopping,
}

/// What offences have come to since the start.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) banned: u64,
    pub(super) spared: u64,
    /// Offences that came too fast to be punished.
    pub(super) overflow: u64,
}

/// See the module.
pub(super) struct Bans {
    register: Mutex<Register>,
    changed: Notify,
    published: watch::Receiver<u64>,
}

struct Register {
    bans: HashMap<IpNet, Ban>,
    penalties: Penalties,
    tally: Tally,
    /// In the order made, not yet published.
    pending: Vec<BanChange>,
    /// Changes made since the start.
    changes: u64,
}

/// The end of [`Bans`] that publishes; without it, nobody waits for a publication.
pub(super) struct Publisher(watch::Sender<u64>);

impl Bans {
    pub(super) fn new(rules: Rules) -> (Self, Publisher) {
        let (sender, published) = watch::channel(0);
        let register = Register {
            bans: HashMap::new(),
            penalties: Penalties::new(rules),
            tally: Tally::default(),
            pending: Vec::new(),
            changes: 0,
        };
        let bans = Self {
            register: Mutex::new(register),
            changed: Notify::new(),
            published,
        };
        (bans, Publisher(sender))
    }

    /// Puts bans that were in force before a restart in force again, with their strikes. Those
    /// beyond [`BANS_MAX`] bite as well, and are not listed.
    pub(super) fn restore(&self, bans: Vec<Ban>, state: &State, now: Timestamp) {
        let mut bans = bans;
        for ban in &mut bans {
            ban.network = ban::canonical(ban.network);
        }
        let changes: Vec<_> = bans.iter().cloned().map(BanChange::Add).collect();
        state.bans.publish(&changes, now);
        let mut register = self.register();
        for ban in bans.into_iter().take(BANS_MAX) {
            register.penalties.remember(&ban, now);
            if is_in_force(&ban, now) {
                register.bans.insert(ban.network, ban);
            }
        }
    }

    pub(super) fn set_rules(&self, rules: Rules) {
        self.register().penalties.set_rules(rules);
    }

    /// What an offence comes to; a ban is on its way to the data plane.
    pub(super) fn punish(&self, offence: &Offence<'_>) -> Sentence {
        let mut register = self.register();
        let sentence = register.penalties.judge(offence);
        let sentence = match sentence {
            Sentence::Banned(_) if register.is_full(offence.at) => Sentence::Overflow,
            other => other,
        };
        match &sentence {
            Sentence::Banned(ban) => {
                register.tally.banned += 1;
                register.add(ban.clone());
            }
            Sentence::Overflow => register.tally.overflow += 1,
            Sentence::Never | Sentence::NotBelievable => register.tally.spared += 1,
            Sentence::AlreadyBanned => {}
        }
        drop(register);
        self.changed.notify_one();
        sentence
    }

    pub(super) fn tally(&self) -> Tally {
        self.register().tally
    }

    /// Bans in force.
    pub(super) fn count(&self, now: Timestamp) -> usize {
        self.register().in_force(now).count()
    }

    fn register(&self) -> MutexGuard<'_, Register> {
        self.register.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the changes up to this one are in force.
    async fn await_published(&self, change: u64) -> Result<(), BanError> {
        self.changed.notify_one();
        let mut published = self.published.clone();
        let waited = published.wait_for(|published| *published >= change).await;
        waited.map(drop).map_err(|_| BanError::Stopping)
    }
}

impl Register {
    fn add(&mut self, ban: Ban) {
        self.pending.push(BanChange::Add(ban.clone()));
        self.bans.insert(ban.network, ban);
        self.changes += 1;
    }

    fn in_force(&self, now: Timestamp) -> impl Iterator<Item = &Ban> {
        self.bans.values().filter(move |ban| is_in_force(ban, now))
    }

    fn is_full(&mut self, now: Timestamp) -> bool {
        if self.bans.len() >= BANS_MAX {
            self.sweep(now);
        }
        self.bans.len() >= BANS_MAX
    }

    fn sweep(&mut self, now: Timestamp) {
        self.bans.retain(|_, ban| is_in_force(ban, now));
    }
}

fn is_in_force(ban: &Ban, now: Timestamp) -> bool {
    ban.until.is_none_or(|until| until > now)
}

impl Gateway {
    /// Puts a ban in force: every request that comes after this has returned meets it. It takes the
    /// place of an earlier one of the same network.
    pub async fn ban(&self, ban: Ban) -> Result<(), BanError> {
        let now = self.clock.now();
        let network = ban::canonical(ban.network);
        let change = {
            let mut register = self.bans.register();
            check(network, &register.penalties)?;
            if register.is_full(now) {
                return Err(BanError::Full);
            }
            let ban = Ban { network, ..ban };
            register.penalties.remember(&ban, now);
            register.add(ban);
            register.changes
        };
        self.bans.await_published(change).await
    }

    /// Whether an operator may ban this network.
    pub(super) fn may_be_banned(&self, network: IpNet) -> Result<(), BanError> {
        check(ban::canonical(network), &self.bans.register().penalties)
    }

    /// Ends the ban of exactly this network, and forgets what it has done. Returns the ban, where
    /// there was one.
    pub async fn unban(&self, network: IpNet) -> Result<Option<Ban>, BanError> {
        let network = ban::canonical(network);
        let (ban, change) = {
            let mut register = self.bans.register();
            register.penalties.forgive(network);
            let Some(ban) = register.bans.remove(&network) else {
                return Ok(None);
            };
            register.pending.push(BanChange::Remove(network));
            register.changes += 1;
            (ban, register.changes)
        };
        self.bans.await_published(change).await?;
        Ok(Some(ban))
    }

    /// The bans in force, in no order.
    pub fn bans(&self) -> Vec<Ban> {
        let register = self.bans.register();
        register.in_force(self.clock.now()).cloned().collect()
    }
}

/// Whether an operator's ban can be taken.
fn check(network: IpNet, penalties: &Penalties) -> Result<(), BanError> {
    let (prefix_min, is_one_client) = match network {
        IpNet::V4(network) => (PREFIX_MIN.0, network.prefix_len() == 32),
        IpNet::V6(network) => (PREFIX_MIN.1, network.prefix_len() == ban::IPV6_PREFIX),
    };
    if network.prefix_len() < prefix_min {
        return Err(BanError::TooWide(network));
    }
    match is_one_client && penalties.rules().never.contains(network.addr()) {
        true => Err(BanError::Never(network)),
        false => Ok(()),
    }
}

/// Publishes until the node ends.
pub(super) async fn run(
    gateway: std::sync::Arc<Gateway>,
    publisher: Publisher,
    mut end: watch::Receiver<bool>,
) {
    let mut sweeps = tokio::time::interval(SWEEP_INTERVAL);
    loop {
        tokio::select! {
            biased;
            ended = end.wait_for(|end| *end) => {
                drop(ended);
                return;
            }
            () = gateway.bans.changed.notified() => {}
            _ = sweeps.tick() => {
                gateway.bans.register().sweep(gateway.clock.now());
                continue;
            }
        }
        let (pending, changes) = {
            let mut register = gateway.bans.register();
            (std::mem::take(&mut register.pending), register.changes)
        };
        publish(&gateway, pending).await;
        publisher.0.send_replace(changes);
        tokio::time::sleep(PUBLISH_INTERVAL).await;
    }
}

/// On a thread of its own: with a million bans it may take a while.
async fn publish(gateway: &Gateway, pending: Vec<BanChange>) {
    if pending.is_empty() {
        return;
    }
    let (state, now) = (gateway.state.clone(), gateway.clock.now());
    let built = tokio::task::spawn_blocking(move || state.bans.publish(&pending, now));
    if built.await.is_err() {
        tracing::error!("Bans could not be published because of a bug.");
    }
}
