//! One core's share of the work: a single-threaded runtime, its own pools, log buffer and counters.

mod answer;
mod connection;
mod counted_body;
mod downstream;
mod entropy;
mod http2_streams;
mod logged_body;
mod panic;
mod turn;
mod unread;

use std::net::SocketAddr;
use std::sync::Arc;

use arc_swap::ArcSwap;
use palisade_kernel::{Clock, Random};
use tokio::net::TcpListener;

use crate::access_log::Pen;
use crate::listen::socket::{self, ACCEPT_PAUSE};
use crate::metrics::{ConnectionError, Shard, add};
use crate::node::{self, Shared};
use crate::policy::Policy;
use crate::state::State;
use crate::upstream::{Pool, Upstream};

/// A policy as one worker uses it: with pools of its own.
pub(crate) struct Published {
    pub(crate) policy: Arc<Policy>,
    pools: Vec<Arc<Pool>>,
    pub(crate) upstreams: Vec<Arc<dyn Upstream>>,
}

impl Published {
    /// Pools of groups that both policies share go over with their connections.
    pub(crate) fn new(policy: Arc<Policy>, running: Option<&Self>) -> Self {
        let pools: Vec<Arc<Pool>> = policy
            .groups
            .iter()
            .map(|group| {
                let mut pools = running.into_iter().flat_map(|running| &running.pools);
                let kept = pools.find(|pool| Arc::ptr_eq(pool.group(), group));
                kept.cloned()
                    .unwrap_or_else(|| Arc::new(Pool::new(group.clone())))
            })
            .collect();
        let upstreams = pools
            .iter()
            .map(|pool| pool.clone() as Arc<dyn Upstream>)
            .collect();
        Self {
            policy,
            pools,
            upstreams,
        }
    }
}

pub(crate) struct Worker {
    pub(crate) current: ArcSwap<Published>,
    state: Arc<State>,
    pub(crate) shard: Shard,
    pen: Option<Pen>,
    clock: Arc<dyn Clock>,
    entropy: entropy::Entropy,
}

/// What a listener is for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Entrance {
    /// The app and our own paths; over TLS when the node has certificates.
    App,
    /// Sends browsers to HTTPS on this port.
    Redirect { https_port: u16 },
}

impl Worker {
    pub(crate) fn new(
        published: Published,
        state: Arc<State>,
        pen: Option<Pen>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self {
            current: ArcSwap::from_pointee(published),
            state,
            shard: Shard::default(),
            pen,
            clock,
            entropy: entropy::Entropy::new(random),
        }
    }

    /// Accepts until the node drains.
    pub(crate) async fn accept(
        self: Arc<Self>,
        shared: Arc<Shared>,
        listener: std::net::TcpListener,
        entrance: Entrance,
    ) {
        let listener = match TcpListener::from_std(listener) {
            Ok(listener) => listener,
            Err(error) => {
                tracing::error!(%error, "A worker cannot use its listening socket.");
                return;
            }
        };
        let mut draining = shared.draining();
        loop {
            let accepted = tokio::select! {
                biased;
                () = node::set(&mut draining) => return,
                accepted = socket::accept(&listener) => accepted,
            };
            match accepted {
                Ok((stream, address)) => self.admit(&shared, stream, address, entrance),
                Err(error) => {
                    self.shard.connection_error(ConnectionError::Accept);
                    tracing::warn!(%error, "A connection could not be accepted; pausing briefly.");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn admit(
        self: &Arc<Self>,
        shared: &Arc<Shared>,
        stream: tokio::net::TcpStream,
        address: SocketAddr,
        entrance: Entrance,
    ) {
        let Some(place) = shared.take_place(self) else {
            // Closing unread costs the least, and a balancer takes it for what it is.
            add(&self.shard.refused, 1);
            return;
        };
        let worker = self.clone();
        let shared = shared.clone();
        tokio::spawn(connection::run(
            worker, shared, stream, address, entrance, place,
        ));
    }
}
