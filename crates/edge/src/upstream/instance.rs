//! One process of the app: where it is, how it fares, and what happened to it.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use super::breaker::{Breaker, BreakerState};
use super::options::BreakerOptions;
use super::resolve::Addresses;
use super::target::{Endpoint, Target};

/// Shared by all workers of the node.
pub(crate) struct Instance {
    pub(crate) target: Target,
    /// None for a Unix socket.
    pub(crate) addresses: Option<Addresses>,
    pub(crate) breaker: Breaker,
    pub(crate) healthy: AtomicBool,
    pub(crate) in_flight: AtomicUsize,
    pub(crate) connects: AtomicU64,
    pub(crate) connect_failures: AtomicU64,
    pub(crate) reuses: AtomicU64,
    pub(crate) timeouts: AtomicU64,
}

/// An instance's state and its counters since the start.
#[derive(Clone, Debug)]
pub struct InstanceSnapshot {
    /// Its URL, as configured.
    pub url: String,
    pub healthy: bool,
    pub breaker: BreakerState,
    /// Requests that it has not finished answering, event streams included.
    pub in_flight: usize,
    pub connects: u64,
    pub connect_failures: u64,
    /// Requests sent over a connection that had served before.
    pub reuses: u64,
    /// Connects, first bytes and body chunks that did not come in time.
    pub timeouts: u64,
}

impl Instance {
    pub(crate) fn new(target: Target, breaker: BreakerOptions) -> Self {
        let addresses = match &target.endpoint {
            Endpoint::Tcp { host, port } => Some(Addresses::new(host, *port)),
            Endpoint::Unix(_) => None,
        };
        Self {
            target,
            addresses,
            breaker: Breaker::new(breaker),
            healthy: AtomicBool::new(true),
            in_flight: AtomicUsize::new(0),
            connects: AtomicU64::new(0),
            connect_failures: AtomicU64::new(0),
            reuses: AtomicU64::new(0),
            timeouts: AtomicU64::new(0),
        }
    }

    pub(crate) fn is_healthy(&self) -> bool {
        self.healthy.load(Ordering::Relaxed)
    }

    pub(crate) fn snapshot(&self) -> InstanceSnapshot {
        InstanceSnapshot {
            url: self.target.label.clone(),
            healthy: self.is_healthy(),
            breaker: self.breaker.state(),
            in_flight: self.in_flight.load(Ordering::Relaxed),
            connects: self.connects.load(Ordering::Relaxed),
            connect_failures: self.connect_failures.load(Ordering::Relaxed),
            reuses: self.reuses.load(Ordering::Relaxed),
            timeouts: self.timeouts.load(Ordering::Relaxed),
        }
    }
}

/// Whom a connection leads to, to find out whether DNS still means that one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
    /// None for a Unix socket.
    pub(crate) address: Option<SocketAddr>,
    /// Of the addresses when they were last seen to contain this one.
    pub(crate) generation: u64,
}

impl Peer {
    /// Whether `instance` still resolves to this peer.
    pub(crate) fn is_current(&mut self, instance: &Instance) -> bool {
        let (Some(address), Some(addresses)) = (self.address, &instance.addresses) else {
            return true;
        };
        let generation = addresses.generation();
        if generation == self.generation {
            return true;
        }
        self.generation = generation;
        addresses.contains(&address)
    }
}
