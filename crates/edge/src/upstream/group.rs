//! One configured upstream, as the whole node sees it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use palisade_kernel::Clock;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use super::admission::Admission;
use super::balance::{INSTANCES_MAX, InstanceSet, choose};
use super::breaker::Admit;
use super::health;
use super::instance::{Instance, InstanceSnapshot};
use super::options::Options;
use super::resolve::{Lookup, SystemLookup};
use super::tls::Tls;
use crate::tls::{CertificateError, CertificateFiles};

/// Shared by all workers: the cap, the instances and what is known of them.
pub struct Group {
    options: Options,
    clock: Arc<dyn Clock>,
    lookup: Arc<dyn Lookup>,
    tls: Option<Tls>,
    instances: Vec<Arc<Instance>>,
    admission: Admission,
    pub(crate) retries: AtomicU64,
}

/// Why an upstream cannot be used as configured. Each says what to change.
#[derive(Debug, thiserror::Error)]
pub enum GroupError {
    #[error("no URL is given; name at least one instance, such as http://127.0.0.1:3000")]
    NoInstance,
    #[error("{count} URLs are given; one upstream takes at most {INSTANCES_MAX} instances")]
    TooManyInstances { count: usize },
    #[error("{option} is zero; it must be at least one")]
    Zero { option: &'static str },
    #[error(transparent)]
    File(#[from] CertificateError),
    #[error("{path} holds a certificate that cannot be trusted as an authority: {cause}")]
    Authority { path: PathBuf, cause: rustls::Error },
    #[error("the system has no trusted certificates; install ca-certificates or set ca_file")]
    NoSystemRoots,
    #[error("the client certificate {certificate} does not go with the key {key} ({cause}); give a matching pair", certificate = .files.certificate.display(), key = .files.key.display())]
    ClientCertificate {
        files: CertificateFiles,
        cause: rustls::Error,
    },
    #[error("TLS cannot be set up: {0}")]
    Tls(rustls::Error),
}

impl GroupError {
    /// The file that is to be changed, where it is one.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::File(error) => Some(error.path()),
            Self::Authority { path, .. } => Some(path),
            Self::ClientCertificate { files, .. } => Some(&files.certificate),
            _ => None,
        }
    }
}

/// A group's state and its counters since the start.
#[derive(Clone, Debug)]
pub struct GroupSnapshot {
    pub name: String,
    /// Places taken under the cap; event streams and upgrades hold none.
    pub in_flight: usize,
    pub queued: usize,
    /// Requests turned away by a full queue or after waiting in it.
    pub queue_refusals: u64,
    /// Attempts after the first.
    pub retries: u64,
    /// In the order configured.
    pub instances: Vec<InstanceSnapshot>,
}

impl Group {
    /// Checks `options` and reads the files that they name. Resolves nothing and connects nowhere:
    /// an app that is down makes requests fail, not the node.
    pub fn new(options: Options, clock: Arc<dyn Clock>) -> Result<Self, GroupError> {
        Self::with_lookup(options, clock, Arc::new(SystemLookup))
    }

    pub(crate) fn with_lookup(
        options: Options,
        clock: Arc<dyn Clock>,
        lookup: Arc<dyn Lookup>,
    ) -> Result<Self, GroupError> {
        check(&options)?;
        let instances = options
            .instances
            .iter()
            .map(|target| Arc::new(Instance::new(target.clone(), options.breaker)))
            .collect();
        let needs_tls = options.instances.iter().any(|target| target.is_tls());
        Ok(Self {
            tls: needs_tls.then(|| Tls::new(&options)).transpose()?,
            admission: Admission::new(&options),
            retries: AtomicU64::new(0),
            instances,
            options,
            clock,
            lookup,
        })
    }

    pub const fn options(&self) -> &Options {
        &self.options
    }

    pub fn snapshot(&self) -> GroupSnapshot {
        GroupSnapshot {
            name: self.options.name.clone(),
            in_flight: self.admission.in_flight(),
            queued: self.admission.queued(),
            queue_refusals: self.admission.refused(),
            retries: self.retries.load(Ordering::Relaxed),
            instances: self.instances.iter().map(|one| one.snapshot()).collect(),
        }
    }

    /// Health checks and name resolution, until `shutdown` resolves or this future is dropped.
    /// Belongs on the control plane's runtime, once per group.
    pub async fn run_background(self: Arc<Self>, shutdown: impl Future<Output = ()>) {
        let mut tasks = JoinSet::new();
        if let Some(options) = &self.options.health {
            for instance in &self.instances {
                let instance = Arc::clone(instance);
                tasks.spawn(health::watch(Arc::clone(&self), instance, options.clone()));
            }
        }
        tasks.spawn(Arc::clone(&self).refresh_names());
        shutdown.await;
        tasks.shutdown().await;
    }

    async fn refresh_names(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(self.options.dns_refresh);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            for addresses in self
                .instances
                .iter()
                .filter_map(|one| one.addresses.as_ref())
            {
                addresses.refresh(&*self.lookup).await;
            }
        }
    }

    /// The instance to ask next, and whether as its breaker's probe. None when every breaker is
    /// open. Instances in `tried` come last, those in `unreached` not at all.
    ///
    /// Health checks only order the instances: where all fail them, the breakers alone decide,
    /// since a breaker has seen requests fail and a check may merely ask the wrong path.
    pub(crate) fn choose(
        &self,
        tried: InstanceSet,
        unreached: InstanceSet,
        random: u64,
        now: Duration,
    ) -> Option<(usize, bool)> {
        let mut usable = self.admitting(now).without(unreached);
        let mut healthy = usable.without(self.unhealthy());
        loop {
            let preferences = [
                healthy.without(tried),
                healthy,
                usable.without(tried),
                usable,
            ];
            let candidates = preferences.into_iter().find(|set| !set.is_empty())?;
            let load = |index: usize| {
                let instance = self.instances.get(index);
                instance.map_or(usize::MAX, |one| one.in_flight.load(Ordering::Relaxed))
            };
            let index = choose(candidates, random, load)?;
            match self.instances.get(index)?.breaker.admit(now) {
                Admit::Pass => return Some((index, false)),
                Admit::Probe => return Some((index, true)),
                // Another worker took the probe meanwhile.
                Admit::Refuse => {
                    let mut refusing = InstanceSet::EMPTY;
                    refusing.insert(index);
                    usable = usable.without(refusing);
                    healthy = healthy.without(refusing);
                }
            }
        }
    }

    /// The instances whose breakers let a request through.
    pub(crate) fn admitting(&self, now: Duration) -> InstanceSet {
        self.which(|instance| instance.breaker.would_admit(now))
    }

    fn unhealthy(&self) -> InstanceSet {
        self.which(|instance| !instance.is_healthy())
    }

    fn which(&self, holds: impl Fn(&Instance) -> bool) -> InstanceSet {
        let mut set = InstanceSet::EMPTY;
        for (index, instance) in self.instances.iter().enumerate() {
            if holds(instance) {
                set.insert(index);
            }
        }
        set
    }

    pub(crate) fn instances(&self) -> &[Arc<Instance>] {
        &self.instances
    }

    pub(crate) const fn admission(&self) -> &Admission {
        &self.admission
    }

    pub(crate) fn lookup(&self) -> &dyn Lookup {
        &*self.lookup
    }

    pub(crate) const fn tls(&self) -> Option<&Tls> {
        self.tls.as_ref()
    }

    pub(crate) fn now(&self) -> Duration {
        self.clock.monotonic()
    }
}

/// What types cannot say about options.
fn check(options: &Options) -> Result<(), GroupError> {
    let count = options.instances.len();
    if count == 0 {
        return Err(GroupError::NoInstance);
    }
    if count > INSTANCES_MAX {
        return Err(GroupError::TooManyInstances { count });
    }
    let mut positive = vec![
        ("in_flight_max", options.in_flight_max > 0),
        ("breaker.failures", options.breaker.failures > 0),
        ("dns_refresh", !options.dns_refresh.is_zero()),
    ];
    if let Some(health) = &options.health {
        positive.extend([
            ("health.interval", !health.interval.is_zero()),
            ("health.healthy_after", health.healthy_after > 0),
            ("health.unhealthy_after", health.unhealthy_after > 0),
        ]);
    }
    match positive.into_iter().find(|(_, holds)| !holds) {
        Some((option, _)) => Err(GroupError::Zero { option }),
        None => Ok(()),
    }
}
