//! From what clients have done to bans: each one longer than the last, none for a crowd, and no
//! more of them than a node can tell somebody about.
//!
//! Pure: signals and the time come in, bans go out. Nothing here knows where they are kept.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::time::Duration;

use ipnet::{IpNet, Ipv4Net};
use palisade_kernel::{Ban, BanSource, Timestamp, ban};

use crate::client_address::ClientAddress;
use crate::network_set::NetworkSet;

/// Networks whose bans are remembered. When it is full, the half that has been quiet longest is
/// forgotten: a storm must not fill the memory.
pub const OFFENDERS_MAX: usize = 65_536;

/// Bans that offences bring about in one second. Beyond it they are counted and forgotten: a storm
/// of addresses is a matter for limits, and each ban is stored and told.
pub const BANS_PER_SECOND_MAX: u32 = 100;

/// Carrier-grade NAT (RFC 6598): one address, thousands of subscribers.
pub const SHARED_NETWORK: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(100, 64, 0, 0), 10);

/// How offences are answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The first ban, the second, and every further one.
    pub first: Duration,
    pub second: Duration,
    pub further: Duration,
    /// How long after the end of a ban the next one is a repetition.
    pub remember: Duration,
    /// Never banned: trusted proxies and operators.
    pub never: NetworkSet,
    /// Where many clients share an address.
    pub shared: NetworkSet,
    /// The longest ban of a shared address.
    pub shared_max: Duration,
}

/// Something that deserves a ban.
#[derive(Clone, Copy, Debug)]
pub struct Offence<'a> {
    pub at: Timestamp,
    pub client: ClientAddress,
    pub source: BanSource,
    /// For operators.
    pub reason: &'a str,
}

/// What an offence comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sentence {
    Banned(Ban),
    /// A ban of this network is in force; it is not made longer.
    AlreadyBanned,
    /// A trusted proxy or an operator.
    Never,
    /// The address may stand for many, or be invented.
    NotBelievable,
    /// [`BANS_PER_SECOND_MAX`] bans have been made in this second.
    Overflow,
}

/// The memory of offences, and the rules.
pub struct Penalties {
    rules: Rules,
    offenders: HashMap<IpNet, Offender>,
    second: u64,
    bans_in_second: u32,
}

#[derive(Clone, Copy)]
struct Offender {
    strikes: u32,
    /// The end of the last ban.
    until: Timestamp,
}

impl Penalties {
    pub fn new(rules: Rules) -> Self {
        Self {
            rules,
            offenders: HashMap::new(),
            second: 0,
            bans_in_second: 0,
        }
    }

    /// Other rules for what comes; what has been remembered stays.
    pub fn set_rules(&mut self, rules: Rules) {
        self.rules = rules;
    }

    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    pub fn judge(&mut self, offence: &Offence<'_>) -> Sentence {
        let Offence { at, client, .. } = *offence;
        if !client.belief.is_believable() {
            return Sentence::NotBelievable;
        }
        if self.rules.never.contains(client.ip) {
            return Sentence::Never;
        }
        let network = ban::network_of(client.ip);
        let before = self.remembered(network, at);
        if before.is_some_and(|offender| offender.until > at) {
            return Sentence::AlreadyBanned;
        }
        if !self.takes_one_more(at) {
            return Sentence::Overflow;
        }
        let strikes = before
            .map_or(0, |offender| offender.strikes)
            .saturating_add(1);
        let until = at.plus(self.term(&client, strikes));
        self.note(network, Offender { strikes, until }, at);
        Sentence::Banned(Ban {
            network,
            until: Some(until),
            since: at,
            reason: offence.reason.to_owned(),
            source: offence.source,
            strikes,
        })
    }

    /// Learns of a ban that was made elsewhere or before a restart, so that the next one of this
    /// network is a repetition.
    pub fn remember(&mut self, ban: &Ban, now: Timestamp) {
        let Some(until) = ban.until else { return };
        let strikes = ban.strikes;
        self.note(
            ban::canonical(ban.network),
            Offender { strikes, until },
            now,
        );
    }

    /// Forgets what a network has done.
    pub fn forgive(&mut self, network: IpNet) {
        self.offenders.remove(&ban::canonical(network));
    }

    fn term(&self, client: &ClientAddress, strikes: u32) -> Duration {
        let term = match strikes {
            0 | 1 => self.rules.first,
            2 => self.rules.second,
            _ => self.rules.further,
        };
        match self.rules.shared.contains(client.ip) {
            true => term.min(self.rules.shared_max),
            false => term,
        }
    }

    fn remembered(&self, network: IpNet, now: Timestamp) -> Option<Offender> {
        let offender = *self.offenders.get(&network)?;
        (offender.until.plus(self.rules.remember) > now).then_some(offender)
    }

    fn note(&mut self, network: IpNet, offender: Offender, now: Timestamp) {
        if self.offenders.len() >= OFFENDERS_MAX {
            self.make_room(now);
        }
        self.offenders.insert(network, offender);
    }

    /// Half at once, so that a storm does not pay for it with every address.
    fn make_room(&mut self, now: Timestamp) {
        let remember = self.rules.remember;
        self.offenders
            .retain(|_, offender| offender.until.plus(remember) > now);
        if self.offenders.len() <= OFFENDERS_MAX / 2 {
            return;
        }
        let mut ends: Vec<_> = self
            .offenders
            .values()
            .map(|offender| offender.until)
            .collect();
        let (_, median, _) = ends.select_nth_unstable(OFFENDERS_MAX / 2);
        let median = *median;
        self.offenders.retain(|_, offender| offender.until > median);
    }

    fn takes_one_more(&mut self, now: Timestamp) -> bool {
        if self.second != now.unix_seconds() {
            self.second = now.unix_seconds();
            self.bans_in_second = 0;
        }
        let takes = self.bans_in_second < BANS_PER_SECOND_MAX;
        self.bans_in_second += u32::from(takes);
        takes
    }
}

#[cfg(test)]
mod tests;
