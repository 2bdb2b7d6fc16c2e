//! The bans of this node: which there are, who asked for them, and how they reach the data plane
//! and the store.
//!
//! The register knows whole bans; the data plane's list, packed, only networks and ends. Changes
//! are collected and published together, at most every [`PUBLISH_INTERVAL`]; bans that the node
//! makes itself are written to the store together, a little later.
//!
//! [`PUBLISH_INTERVAL`]: palisade_edge::ban::PUBLISH_INTERVAL

pub(super) mod keep;
pub(super) mod publish;
mod register;

use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ipnet::IpNet;
use palisade_edge::State;
use palisade_edge::ban::{BreachRules, Offence, Rules, Sentence};
use palisade_kernel::{Ban, Timestamp, ban};
use thiserror::Error;
use tokio::sync::{Notify, watch};

use super::Gateway;
use publish::Publisher;
use register::Register;

/// Bans in force at one time. The register takes some 350 bytes for each, the data plane's list 12
/// or 24.
pub const BANS_MAX: usize = 2_000_000;

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

/// What the metrics page tells of bans.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counts {
    pub(super) in_force: usize,
    pub(super) unkept: usize,
    pub(super) tally: register::Tally,
}

/// See the module.
pub(super) struct Bans {
    register: Mutex<Register>,
    /// Told when something is to be published.
    changed: Notify,
    published: watch::Receiver<u64>,
    /// Told when something is to be kept.
    banned: Notify,
}

impl Bans {
    pub(super) fn new(rules: Rules, breaches: BreachRules) -> (Self, Publisher) {
        let (sender, published) = watch::channel(0);
        let bans = Self {
            register: Mutex::new(Register::new(rules, breaches)),
            changed: Notify::new(),
            published,
            banned: Notify::new(),
        };
        (bans, Publisher::new(sender))
    }

    /// Learns of bans from before a restart, with their strikes. Nothing is in force before
    /// [`Bans::put_in_force`].
    pub(super) fn restore(&self, bans: Vec<Ban>, now: Timestamp) {
        let mut register = self.register();
        let mut left_out = 0_usize;
        for ban in bans {
            left_out += usize::from(!register.restore(ban, now));
        }
        if left_out > 0 {
            tracing::error!(
                left_out,
                "The store holds more bans than a node takes; some are not in force."
            );
        }
    }

    pub(super) fn put_in_force(&self, state: &State) {
        state.bans.replace(self.register().all());
    }

    pub(super) fn set_rules(&self, rules: Rules, breaches: BreachRules) {
        self.register().set_rules(rules, breaches);
    }

    /// What an offence comes to; a ban is on its way to the data plane and to the store.
    pub(super) fn punish(&self, offence: &Offence<'_>) -> Sentence {
        let sentence = self.register().punish(offence);
        if matches!(sentence, Sentence::Banned(_)) {
            self.changed.notify_one();
            self.banned.notify_one();
        }
        sentence
    }

    /// Counts a breach of a limit, and says whether it deserves a ban.
    pub(super) fn is_one_too_many(&self, client: IpAddr, at: Timestamp) -> bool {
        self.register().is_one_too_many(client, at)
    }

    /// Costs what has changed since the last time, however many bans there are.
    pub(super) fn counts(&self, now: Timestamp) -> Counts {
        let mut register = self.register();
        Counts {
            in_force: register.count(now),
            unkept: register.unkept_count(),
            tally: register.tally(),
        }
    }

    pub(super) fn unkept(&self, max: usize) -> Vec<Ban> {
        self.register().unkept(max)
    }

    pub(super) fn kept(&self, bans: &[Ban]) {
        self.register().kept(bans);
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

impl Gateway {
    /// Puts a ban in force: every request that comes after this has returned meets it. It takes the
    /// place of an earlier one of the same network.
    pub async fn ban(&self, ban: Ban) -> Result<(), BanError> {
        self.ban_all(vec![ban]).await
    }

    /// Puts all of these in force together, or none.
    pub(super) async fn ban_all(&self, mut bans: Vec<Ban>) -> Result<(), BanError> {
        let now = self.clock.now();
        let change = {
            let mut register = self.bans.register();
            for ban in &mut bans {
                ban.network = ban::canonical(ban.network);
                check(ban.network, register.rules())?;
            }
            if register.room(bans.len(), now) < bans.len() {
                return Err(BanError::Full);
            }
            for ban in bans {
                register.put(ban, now);
            }
            register.changes()
        };
        self.bans.await_published(change).await
    }

    /// Bans that it takes beside those in force.
    pub(super) fn room_for_bans(&self) -> usize {
        self.bans.register().room(BANS_MAX, self.clock.now())
    }

    /// Whether an operator may ban this network.
    pub(super) fn may_be_banned(&self, network: IpNet) -> Result<(), BanError> {
        check(ban::canonical(network), self.bans.register().rules())
    }

    /// Ends the ban of exactly this network, and forgets what it has done. Returns the ban, where
    /// there was one.
    pub async fn unban(&self, network: IpNet) -> Result<Option<Ban>, BanError> {
        let (ban, change) = {
            let mut register = self.bans.register();
            let Some(ban) = register.remove(ban::canonical(network)) else {
                return Ok(None);
            };
            (ban, register.changes())
        };
        self.bans.await_published(change).await?;
        Ok(Some(ban))
    }

    /// The bans in force, in no order.
    pub fn bans(&self) -> Vec<Ban> {
        let mut register = self.bans.register();
        register.sweep(self.clock.now());
        register.all().cloned().collect()
    }
}

/// Whether an operator's ban can be taken.
fn check(network: IpNet, rules: &Rules) -> Result<(), BanError> {
    let (prefix_min, is_one_client) = match network {
        IpNet::V4(network) => (PREFIX_MIN.0, network.prefix_len() == 32),
        IpNet::V6(network) => (PREFIX_MIN.1, network.prefix_len() == ban::IPV6_PREFIX),
    };
    if network.prefix_len() < prefix_min {
        return Err(BanError::TooWide(network));
    }
    match is_one_client && rules.never.contains(network.addr()) {
        true => Err(BanError::Never(network)),
        false => Ok(()),
    }
}
