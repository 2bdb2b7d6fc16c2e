//! One closure in one transaction, run again where Postgres asks for that.

use std::sync::Arc;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{Connection as _, PgPool, Postgres};
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::engine::Connection;
use crate::error::{EngineError, Error, Harm};
use crate::health::Pulse;
use crate::scope::Scope;
use crate::tx::{Shared, Tx};
use crate::work::{Attempt, TRANSACTION_TIME_MAX, Work, attempt};

/// Connections for reads, and as many for writes. Managed databases allow some dozens in all.
pub(super) const CONNECTIONS_MAX: u32 = 8;
/// How long a transaction waits for a connection before the database counts as gone.
pub(super) const WAIT_MAX: Duration = Duration::from_secs(5);
/// A statement that outlives its transaction's time would hold the connection for nobody.
pub(super) const STATEMENT_TIME_MAX: Duration = TRANSACTION_TIME_MAX;
/// Attempts of a transaction that others keep crossing.
const ATTEMPTS_MAX: u32 = 10;
/// The first pause between attempts; each next one is twice as long, up to 256 times.
const PAUSE: Duration = Duration::from_millis(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Read,
    Write,
}

impl Kind {
    /// The scope is the last word: a transaction without it sees no tenant's rows.
    const fn begin(self, scope: &Scope) -> &'static str {
        match (self, scope) {
            (Self::Read, Scope::System) => {
                "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL palisade.scope = 'system'"
            }
            (Self::Write, Scope::System) => {
                "BEGIN ISOLATION LEVEL SERIALIZABLE; SET LOCAL palisade.scope = 'system'"
            }
            (Self::Read, Scope::Tenant(_)) => {
                "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL palisade.scope = 'tenant'"
            }
            (Self::Write, Scope::Tenant(_)) => {
                "BEGIN ISOLATION LEVEL SERIALIZABLE; SET LOCAL palisade.scope = 'tenant'"
            }
        }
    }
}

const SET_TENANT: &str = "SELECT set_config('palisade.tenant', $1, TRUE)";

pub(super) async fn run(
    mut work: Box<dyn Work>,
    pool: PgPool,
    shared: Arc<Shared>,
    pulse: Pulse,
    kind: Kind,
    turns: Arc<Turns>,
) {
    let mut attempts = 0;
    let verdict = loop {
        attempts += 1;
        let turn = turns.take(attempts).await;
        let failure = match once(&mut *work, &pool, &shared, kind).await {
            Ok(()) => {
                match kind {
                    Kind::Write => pulse.serving(),
                    Kind::Read => pulse.reached(),
                }
                break Ok(());
            }
            Err(failure) => failure,
        };
        if failure.harm != Harm::Retry {
            pulse.failed(&failure);
            break Err(failure.error);
        }
        if attempts == ATTEMPTS_MAX {
            break Err(contended(failure.error, attempts));
        }
        drop(turn);
        tokio::time::sleep(PAUSE * (1 << (attempts - 1).min(8))).await;
    };
    work.settle(verdict);
}

/// Who may run beside whom on this node. A transaction that was crossed is run again alone, so
/// that ours cannot go on crossing each other; those of other nodes still may.
#[derive(Default)]
pub(super) struct Turns(RwLock<()>);

/// Held while an attempt runs.
enum Turn<'t> {
    Beside(#[expect(dead_code, reason = "held for its lock")] RwLockReadGuard<'t, ()>),
    Alone(#[expect(dead_code, reason = "held for its lock")] RwLockWriteGuard<'t, ()>),
}

impl Turns {
    async fn take(&self, attempt: u32) -> Turn<'_> {
        match attempt {
            1 => Turn::Beside(self.0.read().await),
            _ => Turn::Alone(self.0.write().await),
        }
    }
}

fn contended(error: Error, attempts: u32) -> Error {
    match error {
        Error::Contended { reason, .. } => Error::Contended { attempts, reason },
        other => other,
    }
}

/// One attempt. `Ok` says that the closure's own answer stands.
async fn once(
    work: &mut dyn Work,
    pool: &PgPool,
    shared: &Arc<Shared>,
    kind: Kind,
) -> Result<(), EngineError> {
    let connect = pool.acquire().await;
    let connection = connect.map_err(|error| EngineError::unreachable(&error))?;
    let mut tx = Tx::on(Connection::Postgres(connection), shared);
    let result = in_transaction(work, &mut tx, kind).await;
    let in_doubt = match &result {
        Ok(Ended::Whole) => false,
        // A closure that was broken off may have left half a conversation on the wire.
        Ok(Ended::BrokenOff(_)) => true,
        Err(_) => tx.control("ROLLBACK").await.is_err(),
    };
    if let (true, Connection::Postgres(connection)) = (in_doubt, tx.into_connection()) {
        discard(connection).await;
    }
    match result? {
        Ended::Whole => Ok(()),
        Ended::BrokenOff(failure) => Err(failure),
    }
}

enum Ended {
    Whole,
    BrokenOff(EngineError),
}

async fn in_transaction(
    work: &mut dyn Work,
    tx: &mut Tx,
    kind: Kind,
) -> Result<Ended, EngineError> {
    let scope = work.scope();
    tx.serve(scope.clone());
    tx.control(kind.begin(&scope)).await?;
    if let Scope::Tenant(tenant) = &scope
        && let Connection::Postgres(connection) = tx.connection()
    {
        let set = sqlx::query(SET_TENANT).bind(tenant.as_str());
        let done = set.execute(&mut **connection).await;
        done.map_err(|error| EngineError::postgres(&error, SET_TENANT))?;
    }
    match attempt(work, tx).await {
        Attempt::Keep => tx.control("COMMIT").await?,
        Attempt::Undo => tx.control("ROLLBACK").await?,
        Attempt::Failed(failure)
            if matches!(failure.error, Error::Panicked | Error::TooSlow { .. }) =>
        {
            return Ok(Ended::BrokenOff(failure));
        }
        Attempt::Failed(failure) => return Err(failure),
    }
    Ok(Ended::Whole)
}

async fn discard(connection: PoolConnection<Postgres>) {
    // It may be broken already, and then there is nothing to close.
    let _ = connection.detach().close_hard().await;
}
