//! The data plane as a whole: its workers, its sockets, the policy they follow, and its end.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::num::{NonZeroU16, NonZeroUsize};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use palisade_kernel::{Clock, Random};
use thiserror::Error;
use tokio::sync::{Notify, oneshot, watch};

use crate::access_log::AccessLog;
use crate::listen::socket::{self, BindError, Setting};
use crate::metrics::{self, Exposition, Shard, add};
use crate::policy::Policy;
use crate::state::State;
use crate::tls::CertificateStore;
use crate::upstream::Group;
use crate::worker::{Entrance, Published, Worker};

/// How the node listens. Fixed for its life: a change needs a restart.
#[derive(Clone)]
pub struct ListenOptions {
    pub address: SocketAddr,
    /// Plain HTTP that only sends browsers to HTTPS.
    pub redirect_address: Option<SocketAddr>,
    /// Where it sends them, if not to the port that `address` is bound to.
    pub redirect_port: Option<NonZeroU16>,
    /// `None` for plain HTTP behind a platform or balancer that ends TLS.
    pub certificates: Option<Arc<CertificateStore>>,
    /// Every connection begins with a PROXY protocol header from a trusted proxy.
    pub proxy_protocol: bool,
    /// Open at once, on all workers; those beyond are closed unread.
    pub connections_max: usize,
    /// For reading a request head, and for waiting between two requests.
    pub header_timeout: Duration,
    pub handshake_timeout: Duration,
    /// How long a client may keep the app waiting for its body: at once, or in total where bytes
    /// do not earn the time back.
    pub body_timeout: Duration,
    /// How long a client may take nothing of an answer that waits for it.
    pub write_timeout: Duration,
    pub workers: NonZeroUsize,
}

#[derive(Debug, Error)]
pub enum StartError {
    #[error(transparent)]
    Bind(#[from] BindError),
    #[error("cannot start a worker thread: {0}")]
    Thread(#[from] io::Error),
}

/// What all workers share.
pub(crate) struct Shared {
    pub(crate) listen: ListenOptions,
    open: AtomicUsize,
    /// Told when the last connection closes.
    idle: Notify,
    draining: watch::Sender<bool>,
    stopped: watch::Sender<bool>,
}

/// One of the [`ListenOptions::connections_max`] connections. Dropping it gives it back.
pub(crate) struct Place {
    shared: Arc<Shared>,
    worker: Arc<Worker>,
}

/// How long an output may take for what is left of the access log when the node ends.
const LAST_LINES_MAX: Duration = Duration::from_secs(5);

/// A running data plane.
pub struct Node {
    shared: Arc<Shared>,
    workers: Vec<Arc<Worker>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    access_log: Option<Arc<AccessLog>>,
    address: SocketAddr,
    redirect_address: Option<SocketAddr>,
    control: tokio::runtime::Handle,
    /// Health checks and name resolution of each group in use; dropping a sender ends them.
    background: Mutex<Vec<(Arc<Group>, oneshot::Sender<()>)>>,
}

impl Node {
    /// Opens the sockets and starts the workers. `control` runs health checks and the like.
    pub fn start(
        listen: ListenOptions,
        policy: Arc<Policy>,
        state: &Arc<State>,
        access_log: Option<AccessLog>,
        clock: &Arc<dyn Clock>,
        random: &Arc<dyn Random>,
        control: tokio::runtime::Handle,
    ) -> Result<Self, StartError> {
        let sockets = Sockets::open(&listen)?;
        let (address, redirect_address) = (sockets.address, sockets.redirect_address);
        let shared = Arc::new(Shared {
            listen,
            open: AtomicUsize::new(0),
            idle: Notify::new(),
            draining: watch::Sender::new(false),
            stopped: watch::Sender::new(false),
        });
        let (mut workers, mut threads) = (Vec::new(), Vec::new());
        for (index, listeners) in sockets.per_worker.into_iter().enumerate() {
            let published = Published::new(policy.clone(), None);
            let pen = access_log.as_ref().map(AccessLog::pen);
            let worker = Arc::new(Worker::new(
                published,
                state.clone(),
                pen,
                clock.clone(),
                random.clone(),
            ));
            threads.push(spawn(index, worker.clone(), shared.clone(), listeners)?);
            workers.push(worker);
        }
        let node = Self {
            shared,
            workers,
            threads: Mutex::new(threads),
            access_log: access_log.map(Arc::new),
            address,
            redirect_address,
            control,
            background: Mutex::default(),
        };
        node.attend(&policy);
        Ok(node)
    }

    /// Puts `policy` in place on every worker. Requests under way end under the old one.
    pub fn publish(&self, policy: &Arc<Policy>) {
        for worker in &self.workers {
            let running = worker.current.load();
            worker
                .current
                .store(Arc::new(Published::new(policy.clone(), Some(&running))));
        }
        self.attend(policy);
    }

    /// Where the app answers: the configured address, with the port that was chosen for port 0.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn redirect_address(&self) -> Option<SocketAddr> {
        self.redirect_address
    }

    pub fn render_metrics(&self, out: &mut Exposition, policy: &Policy) {
        let shards = self.workers.iter().map(|worker| &worker.shard as &Shard);
        let dropped = self.access_log.as_ref().map_or(0, |log| log.dropped());
        metrics::render(out, shards, &policy.upstream_names, dropped);
    }

    /// Accepts no more, lets requests under way end within `deadline`, then stops. Tunnels have
    /// no end of their own: they flow on while a request is waited for, and are closed after the
    /// last one.
    ///
    /// Returns how many connections had to be cut.
    pub async fn drain(&self, deadline: Duration) -> usize {
        self.shared.draining.send_replace(true);
        let idle = self.shared.idle();
        let cut = match tokio::time::timeout(deadline, idle).await {
            Ok(()) => 0,
            Err(_) => {
                if let Some(log) = &self.access_log {
                    log.begin_cutting();
                }
                self.shared.open.load(Ordering::Acquire)
            }
        };
        self.shared.stopped.send_replace(true);
        let threads = std::mem::take(&mut *lock(&self.threads));
        let joined = tokio::task::spawn_blocking(move || {
            threads
                .into_iter()
                .filter_map(|thread| thread.join().err())
                .count()
        });
        if let Ok(panicked @ 1..) = joined.await {
            tracing::error!(panicked, "Workers ended in a bug.");
        }
        if let Some(log) = self.access_log.clone() {
            // An output that takes nothing holds its thread up for good, and the end must not be.
            let stopped = tokio::task::spawn_blocking(move || log.stop());
            if tokio::time::timeout(LAST_LINES_MAX, stopped).await.is_err() {
                tracing::warn!("The access log's output takes nothing: its last lines are lost.");
            }
        }
        cut
    }

    /// Starts what new groups need and ends what nobody uses any more.
    fn attend(&self, policy: &Policy) {
        let mut background = lock(&self.background);
        let used = |group: &Arc<Group>| policy.groups.iter().any(|used| Arc::ptr_eq(used, group));
        background.retain(|(group, _)| used(group));
        for group in &policy.groups {
            if background
                .iter()
                .all(|(known, _)| !Arc::ptr_eq(known, group))
            {
                let (end, ended) = oneshot::channel::<()>();
                let run = group.clone().run_background(async {
                    // An error says that the sender is gone, which is the signal.
                    let _ = ended.await;
                });
                self.control.spawn(run);
                background.push((group.clone(), end));
            }
        }
    }
}

/// Listening sockets, opened before any thread starts, so that a port in use stops the start.
struct Sockets {
    address: SocketAddr,
    redirect_address: Option<SocketAddr>,
    per_worker: Vec<Vec<(TcpListener, Entrance)>>,
}

impl Sockets {
    fn open(listen: &ListenOptions) -> Result<Self, StartError> {
        let app = socket::bind(listen.address, Setting::APP, listen.workers)?;
        let address = local_address(&app)?;
        let mut per_worker: Vec<_> = app
            .into_iter()
            .map(|listener| vec![(listener, Entrance::App)])
            .collect();
        let mut redirect_address = None;
        if let Some(wanted) = listen.redirect_address {
            let redirect = socket::bind(wanted, Setting::REDIRECT, listen.workers)?;
            redirect_address = Some(local_address(&redirect)?);
            let entrance = Entrance::Redirect {
                https_port: listen.redirect_port.map_or(address.port(), NonZeroU16::get),
            };
            for (listeners, listener) in per_worker.iter_mut().zip(redirect) {
                listeners.push((listener, entrance));
            }
        }
        Ok(Self {
            address,
            redirect_address,
            per_worker,
        })
    }
}

fn local_address(listeners: &[TcpListener]) -> Result<SocketAddr, StartError> {
    let first = listeners
        .first()
        .ok_or_else(|| io::Error::other("no socket was opened"))?;
    Ok(first.local_addr()?)
}

fn spawn(
    index: usize,
    worker: Arc<Worker>,
    shared: Arc<Shared>,
    listeners: Vec<(TcpListener, Entrance)>,
) -> Result<JoinHandle<()>, StartError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let thread = std::thread::Builder::new()
        .name(format!("worker-{index}"))
        .spawn(move || {
            let mut stopped = shared.stopped.subscribe();
            runtime.block_on(async {
                for (listener, entrance) in listeners {
                    tokio::spawn(worker.clone().accept(shared.clone(), listener, entrance));
                }
                set(&mut stopped).await;
            });
        })?;
    Ok(thread)
}

impl Shared {
    pub(crate) fn draining(&self) -> watch::Receiver<bool> {
        self.draining.subscribe()
    }

    /// `None` when every place is taken.
    pub(crate) fn take_place(self: &Arc<Self>, worker: &Arc<Worker>) -> Option<Arc<Place>> {
        let max = self.listen.connections_max;
        let free = |open: usize| (open < max).then_some(open + 1);
        self.open
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, free)
            .ok()?;
        add(&worker.shard.accepted, 1);
        Some(Arc::new(Place {
            shared: self.clone(),
            worker: worker.clone(),
        }))
    }

    async fn idle(&self) {
        loop {
            let told = self.idle.notified();
            tokio::pin!(told);
            told.as_mut().enable();
            if self.open.load(Ordering::Acquire) == 0 {
                return;
            }
            told.await;
        }
    }
}

impl Place {
    /// Resolves when the node begins to drain.
    pub(crate) async fn draining(&self) {
        set(&mut self.shared.draining()).await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        add(&self.worker.shard.closed, 1);
        if self.shared.open.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.shared.idle.notify_waiters();
        }
    }
}

/// Waits until a signal is given, or until the node that could give it is gone.
pub(crate) async fn set(signal: &mut watch::Receiver<bool>) {
    // The guard of the value must not be held while the caller goes on.
    let _ = signal.wait_for(|set| *set).await.is_ok();
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
