//! Starting a node: everything that can fail does so before the first connection is accepted.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;
use palisade_edge::access_log::{AccessLog, LineFormat};
use palisade_edge::tls::{CertificateStore, MinimumVersion, TlsError};
use palisade_edge::upstream::GroupError;
use palisade_edge::{Node, Policy, node};
use palisade_kernel::{Clock, Random};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::watch as signal;

use super::{Gateway, certificates, watch};
use crate::config::proof::OnFailure;
use crate::config::{Loaded, Sources, log};
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
    Upstream(#[from] GroupError),
    #[error(
        "the policy is not published, because a control that is on does not bite:\n{}\n\
         Report it as a bug; until then turn that control off, or set proof.on_failure to \
         \"unproven\" to run without the proof",
        .0.join("\n")
    )]
    Unproven(Vec<String>),
    #[error(transparent)]
    Node(#[from] node::StartError),
    #[error(
        "the {listener} listener cannot use {address}: {cause}. Stop what uses it, or choose \
         another with {listener}.address / --{listener}-port"
    )]
    Listener {
        listener: &'static str,
        address: SocketAddr,
        cause: std::io::Error,
    },
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
        let config = loaded.config;
        let now = clock.now();
        let minimum = wiring::minimum_version(&config);
        let certificates = wiring::certificates(&config, &data)
            .map(|source| CertificateStore::open(source, minimum, now).map(Arc::new))
            .transpose()?;
        let admin_certificates =
            CertificateStore::open(data.development_certificates(), MinimumVersion::Tls12, now)?;
        let policy = Policy::candidate(wiring::policy(&config), None, &clock).await?;
        require_proof(&policy, config.proof.on_failure)?;
        let policy = Arc::new(policy);

        let socket = data.bind_socket()?;
        let admin = bind("admin", config.admin.address).await?;
        let ops = bind("ops", config.ops.address).await?;
        let access_log = access_log(config.log.access, outputs.access_log, outputs.is_terminal)?;
        let listen = wiring::listen(&config, certificates.clone());
        let control = tokio::runtime::Handle::current();
        let node = Node::start(listen, policy.clone(), access_log, &clock, &random, control)?;

        let gateway = Arc::new(Self {
            node,
            sources,
            policy: ArcSwap::new(policy),
            generation: AtomicU64::new(1),
            published_at: Mutex::new(now),
            certificates,
            admin_certificates: Arc::new(admin_certificates),
            clock,
            log_level: outputs.log_level,
            data,
            admin_address: local_address(&admin, config.admin.address),
            ops_address: local_address(&ops, config.ops.address),
            config: Mutex::new(config.clone()),
            started_with: config,
            reload_failures: AtomicU64::new(0),
            last_reload_failed: AtomicBool::new(false),
            draining: AtomicBool::new(false),
            end: signal::Sender::new(false),
            tasks: Mutex::default(),
        });
        gateway.attend(vec![
            tokio::spawn(ops::serve(gateway.clone(), ops, gateway.end.subscribe())),
            tokio::spawn(admin::serve_tls(
                gateway.clone(),
                admin,
                gateway.end.subscribe(),
            )),
            tokio::spawn(admin::serve_socket(
                gateway.clone(),
                socket,
                gateway.end.subscribe(),
            )),
            tokio::spawn(watch::run(
                gateway.clone(),
                loaded_file,
                gateway.end.subscribe(),
            )),
            tokio::spawn(certificates::run(gateway.clone(), gateway.end.subscribe())),
        ]);
        Ok(gateway)
    }

    fn attend(&self, tasks: Vec<tokio::task::JoinHandle<()>>) {
        *self
            .tasks
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = tasks;
    }
}

/// A control that is on and does not bite stops the publication, unless the operator has chosen
/// to run unproven.
pub(super) fn require_proof(policy: &Policy, on_failure: OnFailure) -> Result<(), StartError> {
    let failures: Vec<String> = policy.unproven().iter().map(ToString::to_string).collect();
    match (failures.is_empty(), on_failure) {
        (true, _) => Ok(()),
        (false, OnFailure::Refuse) => Err(StartError::Unproven(failures)),
        (false, OnFailure::Unproven) => {
            for failure in failures {
                tracing::error!(failure, "This node runs unproven: a control does not bite.");
            }
            Ok(())
        }
    }
}

async fn bind(listener: &'static str, address: SocketAddr) -> Result<TcpListener, StartError> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|cause| StartError::Listener {
        listener,
        address,
        cause,
    })
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
