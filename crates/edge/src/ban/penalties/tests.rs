//! Offences as a table, and a storm of them.

use std::net::IpAddr;

use super::*;
use crate::client_address::Belief;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

fn penalties() -> Penalties {
    let set = |network: &str| NetworkSet::new([network.parse().unwrap()]);
    Penalties::new(Rules {
        first: Duration::from_secs(MINUTE),
        second: Duration::from_secs(HOUR),
        further: Duration::from_secs(DAY),
        remember: Duration::from_secs(7 * DAY),
        never: set("10.0.0.0/8"),
        shared: set("100.64.0.0/10"),
        shared_max: Duration::from_secs(10 * MINUTE),
    })
}

fn judge(penalties: &mut Penalties, ip: IpAddr, belief: Belief, seconds: u64) -> Sentence {
    let client = ClientAddress {
        ip,
        scheme: None,
        belief,
    };
    penalties.judge(&Offence {
        at: Timestamp::from_unix_micros(seconds * 1_000_000),
        client,
        source: BanSource::Honeypot,
        reason: "asked for /.env",
    })
}

/// The seconds that a ban lasts, and its strikes.
fn term(penalties: &mut Penalties, ip: &str, at: u64) -> Option<(u64, u32)> {
    match judge(penalties, ip.parse().unwrap(), Belief::Direct, at) {
        Sentence::Banned(ban) => Some((ban.until.unwrap().since(ban.since).as_secs(), ban.strikes)),
        _ => None,
    }
}

#[test]
fn each_ban_is_longer_than_the_last_until_they_are_forgotten() {
    let mut penalties = penalties();
    let mut check = |at, expected| {
        assert_eq!(term(&mut penalties, "192.0.2.1", at), expected, "at {at}");
    };
    check(0, Some((MINUTE, 1)));
    check(59, None);
    check(60, Some((HOUR, 2)));
    check(60 + HOUR, Some((DAY, 3)));
    check(60 + HOUR + DAY, Some((DAY, 4)));
    check(60 + HOUR + 9 * DAY, Some((MINUTE, 1)));
}

#[test]
fn a_shared_address_is_never_out_for_long() {
    let mut penalties = penalties();
    for (at, expected) in [(0, MINUTE), (HOUR, 10 * MINUTE), (2 * HOUR, 10 * MINUTE)] {
        let (seconds, _) = term(&mut penalties, "100.64.7.7", at).unwrap();
        assert_eq!(seconds, expected);
    }
}

#[test]
fn whom_a_ban_would_hit_wrongly_is_spared() {
    let mut penalties = penalties();
    let mut check = |ip: &str, belief, expected| {
        assert_eq!(
            judge(&mut penalties, ip.parse().unwrap(), belief, 0),
            expected
        );
    };
    check("10.1.2.3", Belief::Direct, Sentence::Never);
    check("::ffff:10.1.2.3", Belief::Direct, Sentence::Never);
    check("192.0.2.1", Belief::NothingSaid, Sentence::NotBelievable);
    check("192.0.2.1", Belief::Garbled, Sentence::NotBelievable);
}

#[test]
fn neighbours_in_a_64_are_one_offender() {
    let mut penalties = penalties();
    assert!(term(&mut penalties, "2001:db8::1", 0).is_some());
    assert_eq!(term(&mut penalties, "2001:db8::2", 1), None);
    assert!(term(&mut penalties, "2001:db8:0:1::2", 1).is_some());
}

#[test]
fn who_is_forgiven_begins_anew_and_who_is_remembered_does_not() {
    let mut penalties = penalties();
    let Sentence::Banned(ban) = judge(
        &mut penalties,
        "192.0.2.1".parse().unwrap(),
        Belief::Direct,
        0,
    ) else {
        panic!("a first offence is a ban");
    };
    penalties.forgive(ban.network);
    assert_eq!(term(&mut penalties, "192.0.2.1", 1), Some((MINUTE, 1)));
    let mut restarted = self::penalties();
    restarted.remember(&ban, Timestamp::from_unix_micros(0));
    assert_eq!(term(&mut restarted, "192.0.2.1", 1), None);
    assert_eq!(term(&mut restarted, "192.0.2.1", 61), Some((HOUR, 2)));
}

#[test]
fn a_storm_over_many_addresses_is_bounded_by_the_second() {
    let mut penalties = penalties();
    let mut bans = 0;
    for host in 0..1000_u32 {
        let ip = Ipv4Addr::from_bits(0xc000_0200 + host).into();
        bans += u32::from(matches!(
            judge(&mut penalties, ip, Belief::Direct, 5),
            Sentence::Banned(_)
        ));
    }
    assert_eq!(bans, BANS_PER_SECOND_MAX);
    assert_eq!(term(&mut penalties, "192.0.2.250", 5), None);
    assert!(term(&mut penalties, "192.0.2.250", 6).is_some());
}

#[test]
fn the_memory_of_offenders_is_bounded_and_keeps_the_latest() {
    let mut penalties = penalties();
    let host = |number: u32| Ipv4Addr::from_bits(0xc000_0000 + number).to_string();
    let total = OFFENDERS_MAX as u32 + 10;
    for number in 0..total {
        let at = u64::from(number / BANS_PER_SECOND_MAX);
        assert!(term(&mut penalties, &host(number), at).is_some());
        assert!(penalties.offenders.len() <= OFFENDERS_MAX);
    }
    let later = u64::from(total);
    assert_eq!(term(&mut penalties, &host(0), later), Some((MINUTE, 1)));
    assert_eq!(
        term(&mut penalties, &host(total - 1), later),
        Some((HOUR, 2))
    );
}
