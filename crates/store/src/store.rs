//! The handle that capabilities hold.

use std::sync::Arc;

use palisade_kernel::Clock;
use tokio::sync::watch;

use crate::engine::Engine;
use crate::error::Error;
use crate::health::{Health, Pulse};
use crate::lane::{self, Lane};
use crate::open::{OpenError, StoreOptions};
use crate::schema::{Migrations, Schema};
use crate::scope::Scope;
use crate::tx::{Shared, Tx};
use crate::work::Job;
use crate::{postgres, sqlite};

pub use crate::lane::WAITING_MAX;

/// Palisade's state. Cheap to clone; all clones are one store.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    engine: Engine,
    reads: Lane,
    writes: Lane,
    pulse: Pulse,
    shared: Arc<Shared>,
    degraded: Vec<String>,
}

/// What opening either engine gives.
pub(crate) struct Opened {
    pub(crate) engine: Engine,
    pub(crate) reads: Lane,
    pub(crate) writes: Lane,
    /// What this deployment does without, in sentences.
    pub(crate) degraded: Vec<String>,
}

impl Store {
    /// Opens the state and brings its schema to that of `capabilities`.
    ///
    /// # Errors
    ///
    /// When the file is in use or the database cannot be reached, when a step of a migration
    /// fails (the old state stands), when the schema is of a newer release that this one cannot
    /// run beside, and when the database would acknowledge what it has not synced.
    pub async fn open(
        options: StoreOptions,
        clock: Arc<dyn Clock>,
        capabilities: &[Migrations],
    ) -> Result<Self, OpenError> {
        let shared = Arc::new(Shared {
            clock,
            schema: Schema::new(capabilities)?,
            statements: Default::default(),
        });
        let pulse = Pulse::new();
        let opened = match &options {
            StoreOptions::Sqlite { path } => sqlite::open(path, &shared, &pulse).await?,
            StoreOptions::Postgres(options) => postgres::open(options, &shared, &pulse).await?,
        };
        for sentence in &opened.degraded {
            tracing::warn!("the store: {sentence}");
        }
        Ok(Self(Arc::new(Inner {
            engine: opened.engine,
            reads: opened.reads,
            writes: opened.writes,
            degraded: opened.degraded,
            pulse,
            shared,
        })))
    }

    /// Runs `closure` in a transaction of its own, whole or not at all, and answers once what it
    /// wrote is synced to disk.
    ///
    /// ```text
    /// store.write(Scope::System, async move |tx: &mut Tx| -> Result<(), BanError> {
    ///     tx.execute(INSERT, &[(&*network).into(), tx.now().into()]).await?;
    ///     Ok(())
    /// }).await?;
    /// ```
    ///
    /// Writes behave as if they ran one after another, on both engines. The closure may run more
    /// than once (Postgres may refuse two that cross and is then asked again), so it does nothing
    /// but work on the transaction. An `Err` of it undoes its writes and comes back as it is. It
    /// may take [`TRANSACTION_TIME_MAX`](crate::TRANSACTION_TIME_MAX) and must not wait for
    /// another write. Where the caller stops waiting, the write may still happen.
    pub async fn write<T, E, F>(&self, scope: impl Into<Scope>, closure: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        run(&self.0.writes, scope.into(), closure).await
    }

    /// Runs `closure` on one consistent view of the state, in which it cannot write.
    pub async fn read<T, E, F>(&self, scope: impl Into<Scope>, closure: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        run(&self.0.reads, scope.into(), closure).await
    }

    /// How the last transactions went; asks nothing.
    pub fn health(&self) -> Health {
        self.0.pulse.health()
    }

    /// The same, each time it changes.
    pub fn watch_health(&self) -> watch::Receiver<Health> {
        self.0.pulse.watch()
    }

    /// Asks the database for a trifle, for a `/readyz` that shall not wait for the next user.
    pub async fn probe(&self) -> Result<(), Error> {
        self.read(Scope::System, async |tx: &mut Tx| {
            tx.one("SELECT 1 AS one", &[]).await
        })
        .await
        .map(|_| ())
    }

    pub fn engine(&self) -> Engine {
        self.0.engine
    }

    /// What this deployment does without and a better one would have, in sentences.
    pub fn degraded(&self) -> &[String] {
        &self.0.degraded
    }

    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.shared.clock
    }

    /// Finishes what waits, then lets go of the files. Later transactions are refused.
    pub async fn close(&self) {
        self.0.reads.close().await;
        self.0.writes.close().await;
    }
}

async fn run<T, E, F>(lane: &Lane, scope: Scope, closure: F) -> Result<T, E>
where
    F: AsyncFn(&mut Tx) -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    let (job, answer) = Job::new(scope, closure);
    lane.send(job)?;
    answer.await.unwrap_or_else(|_| Err(lane::closed().into()))
}
