//! The readers: a few connections that cannot write, each transaction one view of the file.

use std::path::Path;
use std::sync::Arc;

use sqlx::SqlitePool;
use sqlx::sqlite::SqlitePoolOptions;

use crate::engine::Connection;
use crate::error::{EngineError, Error};
use crate::lane::{self, Queue};
use crate::tx::{Shared, Tx};
use crate::work::{Attempt, Work, attempt};

/// Readers at a time. Each is a thread and a page cache of 2 MB at most.
const READERS_MAX: u32 = 4;

pub(super) fn pool(path: &Path) -> SqlitePool {
    SqlitePoolOptions::new()
        .max_connections(READERS_MAX)
        // They are as good as on their first day; only the process ends them.
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_lazy_with(super::reader_options(path))
}

pub(super) async fn run(pool: SqlitePool, queue: Queue, shared: Arc<Shared>) {
    lane::concurrently(queue, READERS_MAX, |work| {
        read(work, pool.clone(), Arc::clone(&shared))
    })
    .await;
    pool.close().await;
}

async fn read(mut work: Box<dyn Work>, pool: SqlitePool, shared: Arc<Shared>) {
    let verdict = match pool.acquire().await {
        Ok(connection) => {
            let mut tx = Tx::on(Connection::SqliteReader(connection), &shared);
            in_transaction(&mut *work, &mut tx).await
        }
        Err(error) => Err(EngineError::sqlite(&error, "open").error),
    };
    work.settle(verdict);
}

async fn in_transaction(work: &mut dyn Work, tx: &mut Tx) -> Result<(), Error> {
    tx.serve(work.scope());
    tx.control("BEGIN").await.map_err(|failure| failure.error)?;
    let verdict = match attempt(work, tx).await {
        Attempt::Keep | Attempt::Undo => Ok(()),
        Attempt::Failed(failure) => Err(failure.error),
    };
    // There is nothing to keep; an error here is one of the next reader's BEGIN.
    let _ = tx.control("ROLLBACK").await;
    verdict
}
