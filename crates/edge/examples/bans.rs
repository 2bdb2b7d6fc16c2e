//! What a list of bans costs: memory for each, a lookup, and a publication beside it.
#![expect(clippy::print_stdout, reason = "a report for people")]
#![expect(clippy::disallowed_methods, reason = "it measures time")]

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Instant;

use ipnet::IpNet;
use palisade_edge::ban::{BanList, DELTA_MAX};
use palisade_kernel::{Ban, BanChange, BanSource, Timestamp};

const LOOKUPS: u32 = 1_000_000;
const NOW: Timestamp = Timestamp::from_unix_micros(0);

fn main() {
    for bans in [10, 10_000, 1_000_000] {
        measure(bans);
    }
}

fn measure(bans: u32) {
    let list = BanList::default();
    let all: Vec<_> = (0..bans).map(ban).collect();
    let started = Instant::now();
    list.publish(&all, NOW);
    let base = started.elapsed();
    let started = Instant::now();
    for number in 0..LOOKUPS {
        // Half of the addresses are IPv6; few are banned.
        black_box(list.find(address(number.wrapping_mul(0x9e37_79b9)), NOW));
    }
    let lookup = started.elapsed() / LOOKUPS;
    let few: Vec<_> = (0..DELTA_MAX as u32 / 4).map(ban).collect();
    let started = Instant::now();
    list.publish(&few, NOW);
    let delta = started.elapsed();
    println!(
        "{bans:>9} bans: {:>5.1} bytes each, {lookup:?} a lookup, {base:?} for a base, {delta:?} \
         for a delta of {}",
        list.bytes() as f64 / all.len() as f64,
        few.len(),
    );
}

/// One in sixteen is a network, of eight different lengths.
fn ban(number: u32) -> BanChange {
    let address = address(number.wrapping_mul(0x85eb_ca6b));
    let prefix = match (number % 16, address) {
        (0, IpAddr::V4(_)) => 24 + (number / 16 % 8) as u8,
        (0, IpAddr::V6(_)) => 56 + (number / 16 % 8) as u8,
        (_, IpAddr::V4(_)) => 32,
        (_, IpAddr::V6(_)) => 64,
    };
    BanChange::Add(Ban {
        network: IpNet::new_assert(address, prefix),
        until: None,
        since: NOW,
        reason: String::new(),
        source: BanSource::Operator,
        strikes: 1,
    })
}

fn address(number: u32) -> IpAddr {
    match number.is_multiple_of(2) {
        true => Ipv4Addr::from_bits(number).into(),
        false => Ipv6Addr::from_bits(u128::from(number) << 64).into(),
    }
}
