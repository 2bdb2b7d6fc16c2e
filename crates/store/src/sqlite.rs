//! SQLite: one file, one writer, a few readers.
//!
//! Write-ahead log and `synchronous=FULL`: a COMMIT returns after its log was synced
//! (sqlite.org/pragma.html#pragma_synchronous), so what it acknowledges survives a loss of power.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection as _, SqliteConnection};

use crate::engine::{Connection, Engine};
use crate::error::EngineError;
use crate::health::Pulse;
use crate::lane::Lane;
use crate::open::OpenError;
use crate::store::Opened;
use crate::tx::Shared;

mod checkpoint;
mod file_lock;
mod group;
mod reader;
mod writer;

pub(crate) use file_lock::FileLock;
use writer::Writer;

/// How long a reader waits while the log is restarted or recovered; seldom, and then shortly.
const READER_BUSY_TIME_MAX: Duration = Duration::from_secs(2);
/// Nobody else writes. What the writer may meet is readers, when it would restart the log, and
/// for them it does not keep everybody waiting.
const WRITER_BUSY_TIME_MAX: Duration = Duration::from_millis(20);

/// Opens the file, which may be new, migrates it, and starts the two threads.
pub(crate) async fn open(
    path: &Path,
    shared: &Arc<Shared>,
    pulse: &Pulse,
) -> Result<Opened, OpenError> {
    let (for_writer, for_pulse) = (Arc::clone(shared), pulse.clone());
    let file = path.to_owned();
    let (writes, ()) = Lane::start(
        "store-write",
        async move |queue, started| match Writer::open(&file, &for_writer, for_pulse).await {
            Ok(writer) => {
                started.say(Ok(()));
                writer.run(queue).await;
            }
            Err(error) => started.say(Err(error)),
        },
    )
    .await?;
    let (for_readers, file) = (Arc::clone(shared), path.to_owned());
    let (reads, ()) = Lane::start("store-read", async move |queue, started| {
        started.say(Ok::<_, OpenError>(()));
        reader::run(reader::pool(&file), queue, for_readers).await;
    })
    .await?;
    Ok(Opened {
        engine: Engine::Sqlite,
        reads,
        writes,
        degraded: Vec::new(),
    })
}

/// A connection of its own for a read that may take long.
pub(crate) async fn connect_to_read(path: &Path) -> Result<Connection, EngineError> {
    let connection = reader::pool(path).acquire().await;
    let failed = |error| EngineError::sqlite(&error, "open");
    Ok(Connection::SqliteReader(connection.map_err(failed)?))
}

/// The one connection that may write, while no store has the file open.
pub(crate) async fn connect_to_write(path: &Path) -> Result<(Connection, FileLock), OpenError> {
    let lock = FileLock::take(path)?;
    file_lock::keep_private(path)?;
    let failed = |cause: String| OpenError::Sqlite {
        path: path.to_owned(),
        cause,
    };
    let connection = writer_options(path).connect().await;
    let mut connection = connection.map_err(|error| failed(error.to_string()))?;
    // As a store does at its start: `Writer::open` says why.
    let moved = checkpoint::checkpoint(&mut connection).await;
    moved.map_err(|failure| failed(failure.error.to_string()))?;
    Ok((Connection::SqliteWriter(connection), lock))
}

pub(crate) async fn close(connection: SqliteConnection) {
    if let Err(error) = connection.close().await {
        tracing::warn!(%error, "the state's file did not close cleanly; its log will be used");
    }
}

fn writer_options(path: &Path) -> SqliteConnectOptions {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        // Its errors would be swallowed: `checkpoint` says why we do it ourselves.
        .pragma("wal_autocheckpoint", "0")
        .busy_timeout(WRITER_BUSY_TIME_MAX);
    common(options)
}

pub(crate) fn reader_options(path: &Path) -> SqliteConnectOptions {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .busy_timeout(READER_BUSY_TIME_MAX);
    common(options)
}

fn common(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .foreign_keys(true)
        // A schema that was tampered with runs no functions with side effects.
        .pragma("trusted_schema", "OFF")
        .disable_statement_logging()
}
