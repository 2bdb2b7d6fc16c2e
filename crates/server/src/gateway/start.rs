//! Starting a node: everything that can fail does so before the first connection is accepted.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;
use palisade_backup::{Place, RestoreError, Settled};
use palisade_edge::access_log::{AccessLog, LineFormat};
use palisade_edge::listen::socket::{BindError, Setting};
use palisade_edge::rate_limit::Limiter;
use palisade_edge::signal::Receiver;
use palisade_edge::tls::{CertificateStore, MinimumVersion, TlsError};
use palisade_edge::{Node, Policy, State, node};
use palisade_kernel::{Clock, Random};
use palisade_operate::{Decrees, Operate};
use palisade_store::{OpenError, Store, StoreOptions};
use thiserror::Error;
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::watch as signal;

use super::{Gateway, arming, bans, candidate, certificates, signals, store, watch};
use crate::config::{Loaded, Mistakes, Sources, log};
use crate::data_directory::{DataDirectory, DataDirectoryError};
use crate::logging::LogLevel;
use crate::{admin, ops, wiring};

/// Where a node writes to.
pub struct Outputs {
    pub access_log: Box<dyn Write + Send>,
    /// Whether a person is reading it.
    pub is_terminal: bool,
    pub log_level: LogLevel,
}

#[derive(Debug, Error)]
pub enum StartError {
    #[error(transparent)]
    DataDirectory(#[from] DataDirectoryError),
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
    #[error(transparent)]
    Node(#[from] node::StartError),
    #[error(transparent)]
    Listener(#[from] BindError),
    #[error(transparent)]
    Store(#[from] OpenError),
    #[error(transparent)]
    Restore(#[from] RestoreError),
    #[error("what operators have decreed cannot be read: {0}")]
    Decrees(#[from] palisade_store::Error),
    #[error("the access log cannot be started: {0}")]
    AccessLog(std::io::Error),
}

impl Gateway {
    /// Proves the policy, opens every socket and starts answering.
    pub async fn start(
        sources: Sources,
        loaded: Loaded,
        data: DataDirectory,
        outputs: Outputs,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Arc<Self>, StartError> {
        let loaded_file = watch::fingerprint_of(loaded.file_text().as_bytes());
        let options = wiring::store_options(&loaded.config.store, data.path());
        settle_restore(&data, &options).await?;
        let store = Store::open(options, clock.clone(), wiring::CAPABILITIES).await?;
        let decrees = Decrees::load(&store).await?;
        let policy = candidate::first(&loaded, &decrees.modes, &clock).await?;
        warn_of_unproven(&policy);
        let policy = Arc::new(policy);
        let config = loaded.config;
        let now = clock.now();
        let certificates = wiring::certificates(&config, &data)
            .map(|source| {
                CertificateStore::open(source, config.tls.minimum_version, now).map(Arc::new)
            })
            .transpose()?;
        let admin_certificates =
            CertificateStore::open(data.development_certificates(), MinimumVersion::Tls12, now)?;

        let development_ca = wiring::uses_development_ca(&config).then(|| data.ca_certificate());
        let socket = data.bind_socket()?;
        let admin = bind(ADMIN, config.admin.address).await?;
        let ops = bind(OPS, config.ops.address).await?;
        let access_log = access_log(config.log.access, outputs.access_log, outputs.is_terminal)?;
        let listen = wiring::listen(&config, certificates.clone());
        let control = tokio::runtime::Handle::current();
        let keys_max = config.edge.rate_limit.keys_max;
        let (state, signals) = State::new(Limiter::new(keys_max, random.as_ref()));
        let state = Arc::new(state);
        let (bans, publisher) =
            bans::Bans::new(wiring::ban_rules(&config), wiring::breach_rules(&config));
        // Before the first connection: who was banned stays out.
        let restore = |page| bans.restore(page, now);
        palisade_operate::bans::load(&store, config.edge.ban.remember, restore).await?;
        bans.put_in_force(&state);
        state.maintenance.set(decrees.maintenance);
        state
            .flags
            .set(&wiring::flag_states(&config, &decrees.flags));
        let node = Node::start(
            listen,
            policy.clone(),
            &state,
            access_log,
            &clock,
            &random,
            control,
        )?;

        let gateway = Arc::new(Self {
            node,
            sources,
            policy: ArcSwap::new(policy),
            state,
            bans,
            generation: signal::Sender::new(1),
            published_at: Mutex::new(now),
            certificates,
            development_ca,
            admin_certificates: Arc::new(admin_certificates),
            clock,
            log_level: outputs.log_level,
            data,
            store,
            modes: Mutex::new(decrees.modes),
            flags: Mutex::new(decrees.flags),
            admin_address: local_address(&admin, config.admin.address),
            ops_address: local_address(&ops, config.ops.address),
            config: Mutex::new(config.clone()),
            started_with: config,
            reloading: tokio::sync::Mutex::default(),
            reload_failures: AtomicU64::new(0),
            last_reload_failed: AtomicBool::new(false),
            draining: AtomicBool::new(false),
            end: signal::Sender::new(false),
            tasks: Mutex::default(),
        });
        let operate = Operate::new(gateway.store.clone(), gateway.clone(), random.clone());
        gateway.attend(Attended {
            operate,
            random,
            ops,
            admin,
            socket,
            loaded_file,
            signals,
            publisher,
        });
        Ok(gateway)
    }

    /// Starts whatever runs beside the data plane, until the node ends.
    fn attend(self: &Arc<Self>, it: Attended) {
        let (gateway, end) = (|| self.clone(), || self.end.subscribe());
        let (hosts, waiting) = arming::channel();
        let policies = self.generation.subscribe();
        let tasks = vec![
            tokio::spawn(ops::serve(gateway(), it.ops, end())),
            tokio::spawn(admin::serve_tls(
                gateway(),
                it.operate.clone(),
                it.admin,
                end(),
            )),
            tokio::spawn(admin::serve_socket(
                gateway(),
                it.operate.clone(),
                it.socket,
                end(),
            )),
            tokio::spawn(watch::run(gateway(), it.loaded_file, end())),
            tokio::spawn(signals::run(gateway(), it.signals, hosts, end())),
            tokio::spawn(arming::run(gateway(), it.random, waiting, policies, end())),
            tokio::spawn(bans::publish::run(gateway(), it.publisher, end())),
            tokio::spawn(bans::keep::run(gateway(), it.operate, end())),
            tokio::spawn(certificates::run(gateway(), end())),
            tokio::spawn(store::run(gateway(), end())),
        ];
        *self
            .tasks
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = tasks;
    }
}

/// Before any key is read: a restore that was cut short is ended first.
async fn settle_restore(data: &DataDirectory, store: &StoreOptions) -> Result<(), RestoreError> {
    let place = Place {
        data: data.path().to_owned(),
        store: store.clone(),
    };
    match palisade_backup::settle(&place).await? {
        None => {}
        Some(Settled::Finished) => {
            tracing::warn!("A restore had been cut short after its commit: its keys are in place.");
        }
        Some(Settled::Discarded) => {
            tracing::warn!("A restore had been cut short: all is as it was before. Run it again.");
        }
    }
    Ok(())
}

/// What the tasks of a node attend to.
struct Attended {
    operate: Operate,
    random: Arc<dyn Random>,
    ops: TcpListener,
    admin: TcpListener,
    socket: UnixListener,
    loaded_file: u64,
    signals: Receiver,
    publisher: bans::publish::Publisher,
}

/// Where they do not stop the publication, because the operator has chosen to run unproven.
pub(super) fn warn_of_unproven(policy: &Policy) {
    for failure in policy.unproven() {
        tracing::error!(%failure, "This node runs unproven: a control does not bite.");
    }
    for failure in policy.unproven_flags() {
        tracing::error!(%failure, "This node runs unproven: a flag does not bite.");
    }
}

const ADMIN: Setting = Setting {
    key: "admin.address",
    flag: "--admin-port",
};

const OPS: Setting = Setting {
    key: "ops.address",
    flag: "--ops-port",
};

async fn bind(setting: Setting, address: SocketAddr) -> Result<TcpListener, BindError> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|cause| BindError::explain(address, setting, cause))
}

fn local_address(listener: &TcpListener, configured: SocketAddr) -> SocketAddr {
    listener.local_addr().unwrap_or(configured)
}

fn access_log(
    form: log::AccessLog,
    output: Box<dyn Write + Send>,
    is_terminal: bool,
) -> Result<Option<AccessLog>, StartError> {
    let form = match form {
        log::AccessLog::Off => return Ok(None),
        log::AccessLog::Human => LineFormat::Human,
        log::AccessLog::Json => LineFormat::Json,
        log::AccessLog::Auto if is_terminal => LineFormat::Human,
        log::AccessLog::Auto => LineFormat::Json,
    };
    AccessLog::start(form, output)
        .map(Some)
        .map_err(StartError::AccessLog)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_taken_port_is_told_by_the_setting_of_its_listener() {
        let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = other.local_addr().unwrap();
        for (setting, name) in [
            (ADMIN, "admin.address / --admin-port"),
            (OPS, "ops.address / --ops-port"),
        ] {
            let message = bind(setting, address).await.unwrap_err().to_string();
            assert!(
                message.contains(name) && message.contains("in use"),
                "{message}"
            );
        }
    }
}
