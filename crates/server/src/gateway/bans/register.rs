//! Every ban of this node, whole: who asked for it, why, and whether the store knows of it.
//!
//! Pure: offences, orders and the time come in. Nothing here waits.

use std::collections::{BTreeSet, HashMap};

use ipnet::IpNet;
use palisade_edge::ban::{BreachRules, Breaches, Offence, Penalties, Rules, Sentence};
use palisade_kernel::{Ban, BanChange, BanSource, Timestamp, ban};

use super::BANS_MAX;

/// What offences have come to since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::gateway) struct Tally {
    pub(in crate::gateway) by_decoys: u64,
    pub(in crate::gateway) by_limits: u64,
    pub(in crate::gateway) spared: u64,
    /// Offences that came too fast to be punished.
    pub(in crate::gateway) overflow: u64,
}

pub(super) struct Register {
    bans: HashMap<IpNet, Ban>,
    /// Those that end, by their ends.
    ends: BTreeSet<(Timestamp, IpNet)>,
    /// Made by the node itself, and not in the store yet.
    unkept: BTreeSet<IpNet>,
    penalties: Penalties,
    breaches: Breaches,
    tally: Tally,
    /// In the order made, not yet published.
    pending: Vec<BanChange>,
    /// Changes made since the start.
    changes: u64,
}

impl Register {
    pub(super) fn new(rules: Rules, breaches: BreachRules) -> Self {
        Self {
            bans: HashMap::new(),
            ends: BTreeSet::new(),
            unkept: BTreeSet::new(),
            penalties: Penalties::new(rules),
            breaches: Breaches::new(breaches),
            tally: Tally::default(),
            pending: Vec::new(),
            changes: 0,
        }
    }

    pub(super) fn set_rules(&mut self, rules: Rules, breaches: BreachRules) {
        self.penalties.set_rules(rules);
        self.breaches.set_rules(breaches);
    }

    pub(super) fn rules(&self) -> &Rules {
        self.penalties.rules()
    }

    /// Learns of a ban from before a restart, also of one that has ended and still counts towards
    /// the next. Returns whether there was room for it.
    pub(super) fn restore(&mut self, ban: Ban, now: Timestamp) -> bool {
        let network = ban::canonical(ban.network);
        let ban = Ban { network, ..ban };
        self.penalties.remember(&ban, now);
        if has_ended(&ban, now) {
            return true;
        }
        let has_room = self.bans.len() < BANS_MAX;
        if has_room {
            self.insert(ban);
        }
        has_room
    }

    /// What an offence comes to. A ban waits to be published and to be kept.
    pub(super) fn punish(&mut self, offence: &Offence<'_>) -> Sentence {
        let sentence = self.judge(offence);
        match &sentence {
            Sentence::Banned(ban) => {
                match ban.source {
                    BanSource::RateLimit => self.tally.by_limits += 1,
                    BanSource::Honeypot | BanSource::Operator => self.tally.by_decoys += 1,
                }
                self.unkept.insert(ban.network);
                self.change(ban.clone());
            }
            Sentence::Overflow => self.tally.overflow += 1,
            Sentence::Never | Sentence::NotBelievable => self.tally.spared += 1,
            Sentence::AlreadyBanned => {}
        }
        sentence
    }

    /// A ban that is in force is never replaced: it may be an operator's, and a longer one.
    fn judge(&mut self, offence: &Offence<'_>) -> Sentence {
        let Offence { at, client, .. } = *offence;
        let standing = self.bans.get(&ban::network_of(client.ip));
        if client.belief.is_believable() && standing.is_some_and(|ban| !has_ended(ban, at)) {
            return Sentence::AlreadyBanned;
        }
        match self.room(1, at) {
            0 => Sentence::Overflow,
            _ => self.penalties.judge(offence),
        }
    }

    /// Counts a breach of a limit, and says whether it deserves a ban.
    pub(super) fn is_one_too_many(&mut self, client: std::net::IpAddr, at: Timestamp) -> bool {
        self.breaches.is_one_too_many(client, at)
    }

    /// Takes an operator's ban, in place of an earlier one of the same network.
    pub(super) fn put(&mut self, ban: Ban, now: Timestamp) {
        self.penalties.remember(&ban, now);
        self.unkept.remove(&ban.network);
        self.change(ban);
    }

    /// Ends the ban of exactly this network, and forgets what it has done.
    pub(super) fn remove(&mut self, network: IpNet) -> Option<Ban> {
        self.penalties.forgive(network);
        let ban = self.take(network)?;
        self.pending.push(BanChange::Remove(network));
        self.changes += 1;
        Some(ban)
    }

    /// Bans that the store does not know of, `max` at most.
    pub(super) fn unkept(&self, max: usize) -> Vec<Ban> {
        let bans = self.unkept.iter().filter_map(|it| self.bans.get(it));
        bans.take(max).cloned().collect()
    }

    /// The store knows of these now, as they are here.
    pub(super) fn kept(&mut self, bans: &[Ban]) {
        for ban in bans {
            if self.bans.get(&ban.network) == Some(ban) {
                self.unkept.remove(&ban.network);
            }
        }
    }

    pub(super) fn unkept_count(&self) -> usize {
        self.unkept.len()
    }

    /// How many more it takes. Those that have ended make room where `wanted` would not fit.
    pub(super) fn room(&mut self, wanted: usize, now: Timestamp) -> usize {
        if BANS_MAX.saturating_sub(self.bans.len()) < wanted {
            self.sweep(now);
        }
        BANS_MAX.saturating_sub(self.bans.len())
    }

    /// Takes off what has ended: costs what has ended since the last time.
    pub(super) fn sweep(&mut self, now: Timestamp) {
        while let Some((end, network)) = self.ends.first().copied() {
            if end > now {
                return;
            }
            self.take(network);
        }
    }

    /// Bans in force.
    pub(super) fn count(&mut self, now: Timestamp) -> usize {
        self.sweep(now);
        self.bans.len()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Ban> {
        self.bans.values()
    }

    /// What is to be published, and how many changes there have been with it.
    pub(super) fn take_pending(&mut self) -> (Vec<BanChange>, u64) {
        (std::mem::take(&mut self.pending), self.changes)
    }

    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    pub(super) fn tally(&self) -> Tally {
        self.tally
    }

    fn change(&mut self, ban: Ban) {
        self.pending.push(BanChange::Add(ban.clone()));
        self.insert(ban);
        self.changes += 1;
    }

    fn insert(&mut self, ban: Ban) {
        let (network, until) = (ban.network, ban.until);
        let before = self.bans.insert(network, ban);
        if let Some(until) = before.and_then(|before| before.until) {
            self.ends.remove(&(until, network));
        }
        if let Some(until) = until {
            self.ends.insert((until, network));
        }
    }

    fn take(&mut self, network: IpNet) -> Option<Ban> {
        let ban = self.bans.remove(&network)?;
        self.unkept.remove(&network);
        if let Some(until) = ban.until {
            self.ends.remove(&(until, network));
        }
        Some(ban)
    }
}

fn has_ended(ban: &Ban, now: Timestamp) -> bool {
    ban.until.is_some_and(|until| until <= now)
}

#[cfg(test)]
mod tests;
