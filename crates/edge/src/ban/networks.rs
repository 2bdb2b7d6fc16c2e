//! Banned networks, packed: for each prefix length in use one open-addressed table of its own.
//!
//! A lookup masks the address to each of these lengths and probes once, so it costs the number of
//! distinct lengths, not of bans. A table is built whole and never changed. IPv6 networks end at
//! /64, so their upper half is all of them.

use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use palisade_kernel::ban;

use super::until::Until;

/// Networks and the ends of their bans.
#[derive(Default)]
pub(super) struct Networks {
    v4: Family<u32>,
    v6: Family<u64>,
}

/// The tables of one family, without the empty ones.
struct Family<K>(Box<[Table<K>]>);

/// The networks of one prefix length. At least a third of the slots is free.
struct Table<K> {
    prefix: u8,
    slots: Box<[(K, Until)]>,
}

/// Makes the place of a key unforeseeable: nobody can choose addresses that share one.
#[derive(Clone, Copy)]
pub(super) struct Seed(u64, u64);

impl Seed {
    pub(super) fn new() -> Self {
        let state = RandomState::new();
        Self(state.hash_one(0_u8), state.hash_one(1_u8) | 1)
    }

    /// Folded multiplication; the high bits choose among `slots`.
    fn place(self, key: u64, slots: usize) -> usize {
        let product = u128::from(key ^ self.0) * u128::from(self.1);
        let hash = (product as u64) ^ (product >> 64) as u64;
        ((u128::from(hash.wrapping_mul(self.1)) * slots as u128) >> 64) as usize
    }
}

/// The bits that tell networks apart.
trait Key: Copy + Default + Ord + Into<u64> {
    const WIDTH: u8;

    /// Without what lies behind the prefix.
    fn masked(self, prefix: u8) -> Self;
}

impl Key for u32 {
    const WIDTH: u8 = 32;

    fn masked(self, prefix: u8) -> Self {
        let behind = u32::from(Self::WIDTH - prefix.min(Self::WIDTH));
        self & Self::MAX.checked_shl(behind).unwrap_or(0)
    }
}

impl Key for u64 {
    const WIDTH: u8 = ban::IPV6_PREFIX;

    fn masked(self, prefix: u8) -> Self {
        let behind = u32::from(Self::WIDTH - prefix.min(Self::WIDTH));
        self & Self::MAX.checked_shl(behind).unwrap_or(0)
    }
}

/// The first 64 bits.
fn upper(ip: Ipv6Addr) -> u64 {
    (ip.to_bits() >> 64) as u64
}

impl Networks {
    /// `entries` are in canonical form and name each network once.
    pub(super) fn new(entries: impl IntoIterator<Item = (IpNet, Until)>, seed: Seed) -> Self {
        let (mut v4, mut v6) = (Drafts::new(), Drafts::new());
        for (network, until) in entries {
            match network {
                IpNet::V4(network) => {
                    v4.add(network.prefix_len(), network.addr().to_bits(), until);
                }
                IpNet::V6(network) => v6.add(network.prefix_len(), upper(network.addr()), until),
            }
        }
        Self {
            v4: v4.build(seed),
            v6: v6.build(seed),
        }
    }

    /// Tells `visit` every network here that covers `ip`, with the end of its ban.
    pub(super) fn covering(&self, ip: IpAddr, seed: Seed, mut visit: impl FnMut(IpNet, Until)) {
        match ip.to_canonical() {
            IpAddr::V4(ip) => self.v4.covering(ip.to_bits(), seed, |prefix, bits, until| {
                visit(v4_network(prefix, bits), until);
            }),
            IpAddr::V6(ip) => self.v6.covering(upper(ip), seed, |prefix, bits, until| {
                visit(v6_network(prefix, bits), until);
            }),
        }
    }

    /// What is said of exactly this network, in canonical form.
    pub(super) fn get(&self, network: IpNet, seed: Seed) -> Option<Until> {
        match network {
            IpNet::V4(network) => {
                let bits = network.addr().to_bits();
                self.v4.table(network.prefix_len())?.get(bits, seed)
            }
            IpNet::V6(network) => {
                let bits = upper(network.addr());
                self.v6.table(network.prefix_len())?.get(bits, seed)
            }
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (IpNet, Until)> {
        let v4 = self.v4.entries();
        let v4 = v4.map(|(prefix, bits, until)| (v4_network(prefix, bits), until));
        let v6 = self.v6.entries();
        v4.chain(v6.map(|(prefix, bits, until)| (v6_network(prefix, bits), until)))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.v4.0.is_empty() && self.v6.0.is_empty()
    }

    /// Memory that the tables take.
    pub(super) fn bytes(&self) -> usize {
        let v4 = self.v4.0.iter().map(|table| size_of_val(&*table.slots));
        let v6 = self.v6.0.iter().map(|table| size_of_val(&*table.slots));
        v4.sum::<usize>() + v6.sum::<usize>()
    }
}

/// Prefixes come from networks, so they are never too long.
fn v4_network(prefix: u8, bits: u32) -> IpNet {
    let address = IpAddr::V4(Ipv4Addr::from_bits(bits));
    IpNet::new(address, prefix).unwrap_or(address.into())
}

fn v6_network(prefix: u8, bits: u64) -> IpNet {
    let address = IpAddr::V6(Ipv6Addr::from_bits(u128::from(bits) << 64));
    IpNet::new(address, prefix).unwrap_or(address.into())
}

/// Networks on their way into tables, by prefix length.
struct Drafts<K>(Vec<Vec<(K, Until)>>);

impl<K: Key> Drafts<K> {
    fn new() -> Self {
        Self((0..=K::WIDTH).map(|_| Vec::new()).collect())
    }

    fn add(&mut self, prefix: u8, bits: K, until: Until) {
        if let Some(draft) = self.0.get_mut(usize::from(prefix)) {
            draft.push((bits, until));
        }
    }

    fn build(self, seed: Seed) -> Family<K> {
        let drafts = (0..=K::WIDTH).zip(&self.0);
        let used = drafts.filter(|(_, entries)| !entries.is_empty());
        Family(
            used.map(|(prefix, entries)| Table::new(prefix, entries, seed))
                .collect(),
        )
    }
}

impl<K> Default for Family<K> {
    fn default() -> Self {
        Self(Box::default())
    }
}

impl<K: Key> Family<K> {
    fn covering(&self, address: K, seed: Seed, mut visit: impl FnMut(u8, K, Until)) {
        for table in &self.0 {
            let bits = address.masked(table.prefix);
            if let Some(until) = table.get(bits, seed) {
                visit(table.prefix, bits, until);
            }
        }
    }

    fn table(&self, prefix: u8) -> Option<&Table<K>> {
        self.0.iter().find(|table| table.prefix == prefix)
    }

    fn entries(&self) -> impl Iterator<Item = (u8, K, Until)> {
        self.0.iter().flat_map(|table| {
            let taken = table.slots.iter().filter(|(_, until)| !until.is_none());
            taken.map(|(bits, until)| (table.prefix, *bits, *until))
        })
    }
}

impl<K: Key> Table<K> {
    fn new(prefix: u8, entries: &[(K, Until)], seed: Seed) -> Self {
        let slots = entries.len() + entries.len() / 2 + 1;
        let free = (K::default(), Until::NONE);
        let mut table = Self {
            prefix,
            slots: vec![free; slots].into(),
        };
        for (bits, until) in entries {
            table.insert(*bits, *until, seed);
        }
        table
    }

    fn insert(&mut self, bits: K, until: Until, seed: Seed) {
        let first = seed.place(bits.into(), self.slots.len());
        let (before, from_first) = self.slots.split_at_mut(first);
        let mut probes = from_first.iter_mut().chain(before);
        if let Some(slot) = probes.find(|(key, until)| until.is_none() || *key == bits) {
            *slot = (bits, until);
        }
    }

    fn get(&self, bits: K, seed: Seed) -> Option<Until> {
        let first = seed.place(bits.into(), self.slots.len());
        let (before, from_first) = self.slots.split_at_checked(first)?;
        for (key, until) in from_first.iter().chain(before) {
            if until.is_none() {
                return None;
            }
            if *key == bits {
                return Some(*until);
            }
        }
        None
    }
}
