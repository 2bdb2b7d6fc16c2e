//! The packed list against a naive one.

use std::net::{Ipv4Addr, Ipv6Addr};

use palisade_kernel::{Ban, BanSource};
use proptest::prelude::*;

use super::*;

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_unix_micros(seconds * 1_000_000)
}

fn add(network: IpNet, until: Option<u64>) -> BanChange {
    BanChange::Add(Ban {
        network,
        until: until.map(at),
        since: at(0),
        reason: String::new(),
        source: BanSource::Operator,
        strikes: 1,
    })
}

fn until(list: &BanList, ip: &str, now: u64) -> Option<Option<u64>> {
    let hit = list.find(ip.parse().unwrap(), at(now))?;
    Some(hit.until.map(Timestamp::unix_seconds))
}

fn list(bans: &[(&str, Option<u64>)]) -> BanList {
    let list = BanList::default();
    let changes: Vec<_> = bans
        .iter()
        .map(|(network, until)| add(network.parse().unwrap(), *until))
        .collect();
    list.publish(&changes, at(0));
    list
}

#[test]
fn a_ban_covers_its_network_until_its_end_and_no_longer() {
    let list = list(&[("192.0.2.1/32", Some(10)), ("198.51.100.0/24", None)]);
    assert_eq!(until(&list, "192.0.2.1", 9), Some(Some(10)));
    assert_eq!(until(&list, "192.0.2.1", 10), None);
    assert_eq!(until(&list, "192.0.2.2", 9), None);
    assert_eq!(
        until(&list, "198.51.100.255", u64::from(u32::MAX)),
        Some(None)
    );
    assert_eq!(until(&list, "198.51.101.0", 0), None);
}

#[test]
fn an_end_within_a_second_is_not_cut_short() {
    let list = BanList::default();
    let BanChange::Add(ban) = add("192.0.2.1/32".parse().unwrap(), None) else {
        unreachable!();
    };
    let ends = Timestamp::from_unix_micros(10_000_001);
    let ban = Ban {
        until: Some(ends),
        ..ban
    };
    list.publish(&[BanChange::Add(ban)], at(0));
    assert_eq!(until(&list, "192.0.2.1", 10), Some(Some(11)));
}

#[test]
fn ipv6_is_banned_by_64_and_ipv4_in_its_clothes_as_ipv4() {
    let list = list(&[("2001:db8::7/128", None), ("::ffff:192.0.2.1/128", None)]);
    assert_eq!(until(&list, "2001:db8::ffff:1", 0), Some(None));
    assert_eq!(until(&list, "2001:db8:0:1::7", 0), None);
    for ip in ["192.0.2.1", "::ffff:192.0.2.1"] {
        assert_eq!(until(&list, ip, 0), Some(None), "{ip}");
    }
}

#[test]
fn of_several_bans_the_longest_counts() {
    let list = list(&[
        ("192.0.2.1/32", Some(10)),
        ("192.0.2.0/24", Some(20)),
        ("192.0.0.0/16", Some(15)),
    ]);
    assert_eq!(until(&list, "192.0.2.1", 0), Some(Some(20)));
    list.publish(&[BanChange::Remove("192.0.2.0/24".parse().unwrap())], at(0));
    assert_eq!(until(&list, "192.0.2.1", 0), Some(Some(15)));
}

#[test]
fn a_change_over_the_base_wins() {
    let network = |host: u32| IpNet::from(IpAddr::V4(Ipv4Addr::from_bits(host)));
    let list = BanList::default();
    let many: Vec<_> = (0..=DELTA_MAX as u32)
        .map(|host| add(network(host), None))
        .collect();
    list.publish(&many, at(0));
    assert!(list.current.load().delta.is_empty(), "they are in the base");
    list.publish(
        &[BanChange::Remove(network(1)), add(network(2), Some(5))],
        at(0),
    );
    assert!(!list.current.load().delta.is_empty());
    assert_eq!(until(&list, "0.0.0.1", 0), None);
    assert_eq!(
        until(&list, "0.0.0.2", 0),
        Some(Some(5)),
        "shorter than in the base"
    );
    assert_eq!(until(&list, "0.0.0.3", 0), Some(None));
}

#[test]
fn a_ban_costs_what_is_said() {
    for (family, bits) in BYTES_PER_BAN.into_iter().zip([32, 128]) {
        let network = |host: u32| match bits {
            32 => IpNet::from(IpAddr::V4(Ipv4Addr::from_bits(host))),
            _ => IpNet::from(IpAddr::V6(Ipv6Addr::from_bits(u128::from(host) << 64))),
        };
        let list = BanList::default();
        let many: Vec<_> = (0..10_000).map(|host| add(network(host), None)).collect();
        list.publish(&many, at(0));
        assert_eq!(list.bytes() / many.len(), family);
    }
}

/// Few bits differ, so that networks meet and cover each other.
fn network() -> impl Strategy<Value = IpNet> {
    let v4 = (0..8_u32, 26..=32_u8)
        .prop_map(|(bits, prefix)| IpNet::new(Ipv4Addr::from_bits(bits << 1).into(), prefix));
    let v6 = (0..8_u128, 58..=128_u8)
        .prop_map(|(bits, prefix)| IpNet::new(Ipv6Addr::from_bits(bits << 63).into(), prefix));
    prop_oneof![v4, v6].prop_map(|network| ban::canonical(network.unwrap()))
}

fn change() -> impl Strategy<Value = BanChange> {
    // The first second of 1970 is the mark of a ban that has been taken back.
    let until = prop::option::of(2..20_u64);
    prop_oneof![
        3 => (network(), until).prop_map(|(network, until)| add(network, until)),
        1 => network().prop_map(BanChange::Remove),
    ]
}

/// The naive list, asked.
fn expected(bans: &HashMap<IpNet, Option<u64>>, ip: IpAddr, now: u64) -> Option<Option<u64>> {
    let covering = bans.iter().filter(|(network, _)| network.contains(&ip));
    let lasting = covering.filter(|(_, until)| until.is_none_or(|until| until > now));
    let longest = lasting.map(|(_, until)| until.unwrap_or(u64::MAX)).max()?;
    Some((longest < u64::MAX).then_some(longest))
}

proptest! {
    #[test]
    fn base_and_delta_agree_with_a_naive_list(
        base in prop::collection::vec(change(), 0..40),
        deltas in prop::collection::vec(prop::collection::vec(change(), 0..10), 0..5),
        now in 0..20_u64,
    ) {
        let list = BanList::default();
        list.publish(&base, at(0));
        // As if the delta had grown past its bound.
        let snapshot = list.current.load_full();
        let lasting = snapshot.delta.iter().filter(|(_, until)| !until.has_passed(at(0)));
        list.current.store(Arc::new(Snapshot {
            base: Arc::new(Networks::new(lasting, list.seed)),
            delta: Networks::default(),
        }));
        for delta in &deltas {
            list.publish(delta, at(0));
        }
        let mut naive = HashMap::new();
        for change in base.iter().chain(deltas.iter().flatten()) {
            match change {
                BanChange::Add(ban) => {
                    naive.insert(ban.network, ban.until.map(Timestamp::unix_seconds));
                }
                BanChange::Remove(network) => {
                    naive.remove(network);
                }
            }
        }
        let v4 = (0..64).map(|bits| IpAddr::V4(Ipv4Addr::from_bits(bits)));
        let v6 = (0..64_u128).map(|bits| IpAddr::V6(Ipv6Addr::from_bits(bits << 62)));
        for ip in v4.chain(v6) {
            let found = list.find(ip, at(now)).map(|hit| hit.until.map(Timestamp::unix_seconds));
            prop_assert_eq!(found, expected(&naive, ip, now), "{}", ip);
        }
    }
}
