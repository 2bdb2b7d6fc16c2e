//! A running node: data plane, policy in force, admin and ops listeners, and what keeps them
//! fresh. `serve`, `demo` and the tests start the same thing.

mod arming;
mod bans;
pub(crate) mod candidate;
mod certificates;
mod decrees;
mod doubts;
mod metrics;
mod reload;
mod signals;
mod start;
mod store;
mod watch;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use palisade_edge::tls::CertificateStore;
use palisade_edge::{Node, Policy, State};
use palisade_kernel::{Clock, Timestamp};
use palisade_operate::{Flags, Modes};
use palisade_store::Store;
use tokio::sync::watch as signal;
use tokio::task::JoinHandle;

pub use bans::{BANS_MAX, BanError};
pub(crate) use metrics::reference as metrics_reference;
pub use reload::Reloaded;
pub use start::{Outputs, StartError};

use crate::config::listen::{Listen, TrustedProxy};
use crate::config::{Config, Sources};
use crate::data_directory::DataDirectory;
use crate::logging::LogLevel;

/// See the module.
pub struct Gateway {
    node: Node,
    sources: Sources,
    config: Mutex<Config>,
    /// What sockets, files and threads were set up by; a reload does not change it.
    started_with: Config,
    policy: ArcSwap<Policy>,
    /// What requests are judged by beside the policy, and what outlives it.
    state: Arc<State>,
    bans: bans::Bans,
    /// Counts publications; the first policy is 1.
    generation: signal::Sender<u64>,
    published_at: Mutex<Timestamp>,
    certificates: Option<Arc<CertificateStore>>,
    development_ca: Option<PathBuf>,
    admin_certificates: Arc<CertificateStore>,
    clock: Arc<dyn Clock>,
    log_level: LogLevel,
    data: DataDirectory,
    store: Store,
    /// Modes that operators have decreed, in place of the configured ones.
    modes: Mutex<Modes>,
    /// Flags that operators have set, in place of the configured states; of some the configuration
    /// in force knows nothing. Locked after `config`.
    flags: Mutex<Flags>,
    admin_address: SocketAddr,
    ops_address: SocketAddr,
    /// Held by the reload under way.
    reloading: tokio::sync::Mutex<()>,
    reload_failures: AtomicU64,
    last_reload_failed: AtomicBool,
    draining: AtomicBool,
    /// Ends the listeners and watchers of this node.
    end: signal::Sender<bool>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl Gateway {
    /// The public listener.
    pub fn address(&self) -> SocketAddr {
        self.node.address()
    }

    pub fn redirect_address(&self) -> Option<SocketAddr> {
        self.node.redirect_address()
    }

    pub fn admin_address(&self) -> SocketAddr {
        self.admin_address
    }

    pub fn ops_address(&self) -> SocketAddr {
        self.ops_address
    }

    pub fn data(&self) -> &DataDirectory {
        &self.data
    }

    pub fn policy(&self) -> Arc<Policy> {
        self.policy.load_full()
    }

    /// What requests are judged by beside the policy: where operators act.
    pub fn state(&self) -> &State {
        &self.state
    }

    fn says_proxies_are_complete(&self) -> bool {
        let config = self.config.lock().unwrap_or_else(PoisonError::into_inner);
        config.edge.client_ip.trusted_proxies_complete
    }

    /// `listen.trusted_proxies` as it is in force.
    pub(crate) fn trusted_proxies(&self) -> Vec<TrustedProxy> {
        let config = self.config.lock().unwrap_or_else(PoisonError::into_inner);
        config.listen.trusted_proxies.clone()
    }

    /// Palisade's own state.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Whether the public listener speaks TLS.
    pub fn is_tls(&self) -> bool {
        self.certificates.is_some()
    }

    /// The certificate of the development CA, when the public listener uses it.
    pub fn development_ca(&self) -> Option<&Path> {
        self.development_ca.as_deref()
    }

    pub(crate) fn admin_certificates(&self) -> Arc<CertificateStore> {
        self.admin_certificates.clone()
    }

    pub(crate) fn has_last_reload_failed(&self) -> bool {
        self.last_reload_failed.load(Ordering::Acquire)
    }

    pub(crate) fn generation(&self) -> u64 {
        *self.generation.borrow()
    }

    pub(crate) fn published_at(&self) -> Timestamp {
        *self
            .published_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Why this node should get no traffic now; empty when it should.
    pub fn unready(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        if self.draining.load(Ordering::Acquire) {
            reasons.push("it is shutting down".to_owned());
        }
        reasons
    }

    /// Ends in order: unready at once, and no more than that for `listen.drain_delay`; then no new
    /// connections, requests under way finish within `listen.drain`; then the listeners of our own.
    pub async fn stop(&self) {
        self.draining.store(true, Ordering::Release);
        let Listen {
            drain_delay, drain, ..
        } = self.listen_now();
        tokio::time::sleep(drain_delay).await;
        let cut = self.node.drain(drain).await;
        if cut > 0 {
            tracing::warn!(
                cut,
                "Some connections did not end within listen.drain and were cut."
            );
        }
        self.end.send_replace(true);
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for task in tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "A part of the gateway ended in a bug.");
            }
        }
        self.store.close().await;
    }

    fn listen_now(&self) -> Listen {
        let config = self.config.lock().unwrap_or_else(PoisonError::into_inner);
        config.listen.clone()
    }
}

/// Does `work`, which may be left off at any point, until it is done or the node ends.
async fn until_end(end: &mut signal::Receiver<bool>, work: impl Future<Output = ()>) {
    tokio::select! {
        biased;
        ended = end.wait_for(|end| *end) => drop(ended),
        () = work => {}
    }
}
