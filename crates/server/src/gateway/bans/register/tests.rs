//! The register: what is counted, what waits, and who may replace whom.

use std::time::Duration;

use palisade_edge::client_address::{Belief, ClientAddress};
use palisade_edge::network_set::NetworkSet;
use proptest::prelude::*;

use super::*;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

fn register() -> Register {
    let rules = Rules {
        first: Duration::from_secs(MINUTE),
        second: Duration::from_secs(HOUR),
        further: Duration::from_secs(24 * HOUR),
        remember: Duration::from_secs(7 * 24 * HOUR),
        never: NetworkSet::default(),
        shared: NetworkSet::default(),
        shared_max: Duration::from_secs(10 * MINUTE),
    };
    let breaches = BreachRules {
        breaches: 0,
        within: Duration::from_secs(HOUR),
    };
    Register::new(rules, breaches)
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_unix_micros(seconds * 1_000_000)
}

fn punish(register: &mut Register, ip: &str, seconds: u64) -> Sentence {
    register.punish(&Offence {
        at: at(seconds),
        client: ClientAddress {
            ip: ip.parse().unwrap(),
            scheme: None,
            belief: Belief::Direct,
        },
        source: BanSource::Honeypot,
        reason: "asked for /.env",
    })
}

fn operators(network: &str, until: Option<u64>) -> Ban {
    Ban {
        network: network.parse().unwrap(),
        until: until.map(at),
        since: at(0),
        reason: "a test".to_owned(),
        source: BanSource::Operator,
        strikes: 1,
    }
}

#[test]
fn what_the_node_bans_waits_to_be_published_and_to_be_kept() {
    let mut register = register();
    let Sentence::Banned(ban) = punish(&mut register, "192.0.2.1", 0) else {
        panic!("a first offence is a ban");
    };
    assert_eq!(
        register.take_pending(),
        (vec![BanChange::Add(ban.clone())], 1)
    );
    assert_eq!(register.take_pending(), (vec![], 1));
    assert_eq!(register.unkept(10).first(), Some(&ban));
    assert_eq!(register.unkept(0), []);
    register.kept(&[ban]);
    assert_eq!(register.unkept_count(), 0);
}

#[test]
fn a_ban_made_while_an_earlier_one_was_written_is_still_to_be_kept() {
    let mut register = register();
    punish(&mut register, "192.0.2.1", 0);
    let written = register.unkept(10);
    register.sweep(at(MINUTE));
    punish(&mut register, "192.0.2.1", MINUTE);
    register.kept(&written);
    assert_eq!(register.unkept(10)[0].strikes, 2);
}

#[test]
fn an_operators_ban_is_kept_by_the_operators_order_and_not_replaced_by_an_offence() {
    let mut register = register();
    punish(&mut register, "192.0.2.1", 0);
    register.put(operators("192.0.2.1/32", None), at(1));
    assert_eq!(register.unkept_count(), 0);
    // When the first ban would have ended.
    assert_eq!(
        punish(&mut register, "192.0.2.1", MINUTE),
        Sentence::AlreadyBanned
    );
    assert_eq!(register.all().next().unwrap().until, None);
}

#[test]
fn what_is_taken_back_is_neither_listed_nor_kept() {
    let mut register = register();
    punish(&mut register, "192.0.2.1", 0);
    let network = "192.0.2.1/32".parse().unwrap();
    assert!(register.remove(network).is_some());
    assert_eq!(register.remove(network), None);
    assert_eq!((register.count(at(0)), register.unkept_count()), (0, 0));
    let (pending, changes) = register.take_pending();
    assert_eq!(pending.last(), Some(&BanChange::Remove(network)));
    assert_eq!(changes, 2);
}

#[test]
fn offences_are_counted_by_what_they_come_to() {
    let mut register = register();
    punish(&mut register, "192.0.2.1", 0);
    punish(&mut register, "192.0.2.1", 0);
    let expected = Tally {
        by_decoys: 1,
        ..Tally::default()
    };
    assert_eq!(register.tally(), expected);
}

#[test]
fn a_ban_from_before_a_restart_stands_and_one_that_ended_counts_towards_the_next() {
    let mut register = register();
    let ended = Ban {
        strikes: 1,
        ..operators("192.0.2.1/32", Some(MINUTE))
    };
    assert!(register.restore(ended, at(HOUR)));
    assert!(register.restore(operators("192.0.2.2/32", Some(2 * HOUR)), at(HOUR)));
    assert_eq!(register.count(at(HOUR)), 1);
    let Sentence::Banned(again) = punish(&mut register, "192.0.2.1", HOUR) else {
        panic!("it is banned no longer");
    };
    assert_eq!(again.strikes, 2);
}

proptest! {
    /// The count is kept, not taken: it must agree with a walk, whatever happens.
    #[test]
    fn the_count_agrees_with_a_walk(
        steps in prop::collection::vec((0..4_u8, 0..6_u8, 0..300_u64), 0..60),
    ) {
        let mut register = register();
        let mut now = 0;
        for (step, host, seconds) in steps {
            let network = format!("192.0.2.{host}/32");
            match step {
                0 => drop(punish(&mut register, &format!("192.0.2.{host}"), now)),
                1 => {
                    let until = (seconds % 2 == 0).then_some(now + seconds);
                    register.put(operators(&network, until), at(now));
                }
                2 => drop(register.remove(network.parse().unwrap())),
                _ => now += seconds,
            }
            let in_force = register.all().filter(|ban| !has_ended(ban, at(now))).count();
            prop_assert_eq!(register.count(at(now)), in_force);
            prop_assert_eq!(register.ends.len(), register.all().filter(|ban| ban.until.is_some()).count());
        }
    }
}
