//! The writer: the one connection that changes the file.

use std::mem::ManuallyDrop;
use std::path::Path;
use std::sync::Arc;

use sqlx::ConnectOptions;

use super::checkpoint::{self, Log};
use super::file_lock::{self, FileLock};
use super::group;
use crate::engine::Connection;
use crate::error::{EngineError, Error, Harm};
use crate::health::Pulse;
use crate::lane::Queue;
use crate::migrate;
use crate::open::OpenError;
use crate::tx::{Shared, Tx};
use crate::work::Work;

pub(super) struct Writer {
    tx: Tx,
    log: Log,
    pulse: Pulse,
    lock: FileLock,
}

impl Writer {
    pub(super) async fn open(
        path: &Path,
        shared: &Arc<Shared>,
        pulse: Pulse,
    ) -> Result<Self, OpenError> {
        let lock = FileLock::take(path)?;
        file_lock::keep_private(path)?;
        let failed = |cause: String| OpenError::Sqlite {
            path: path.to_owned(),
            cause,
        };
        let connect = super::writer_options(path).connect().await;
        let mut connection = connect.map_err(|error| failed(error.to_string()))?;
        // A log left from a crash may hold pages that a failed fsync kept from the disk; once all
        // of it is written and synced anew, the past is as durable as it looks.
        let moved = checkpoint::checkpoint(&mut connection).await;
        moved.map_err(|failure| failed(failure.error.to_string()))?;
        migrate::sqlite(&mut connection, shared).await?;
        Ok(Self {
            tx: Tx::on(Connection::SqliteWriter(connection), shared),
            log: Log::beside(path),
            pulse,
            lock,
        })
    }

    /// Runs group after group until the queue is closed or the disk fails.
    pub(super) async fn run(mut self, mut queue: Queue) {
        while let Some(first) = queue.next().await {
            if let Err(failure) = self.write(first, &mut queue).await {
                self.pulse.failed(&failure);
                if failure.harm == Harm::Storage {
                    return self.refuse_all(queue, failure.error).await;
                }
            }
        }
        if let Connection::SqliteWriter(connection) = self.tx.into_connection() {
            super::close(connection).await;
        }
        // Whoever closed the store may open it again at once: first the lock, then the word.
        drop(self.lock);
        drop(queue);
    }

    /// One group, and the log moved where it is due.
    async fn write(&mut self, first: Box<dyn Work>, queue: &mut Queue) -> Result<(), EngineError> {
        group::write(&mut self.tx, first, queue, &self.pulse).await?;
        match self.tx.connection() {
            Connection::SqliteWriter(connection) => self.log.keep_short(connection).await,
            Connection::SqliteReader(_) | Connection::Postgres(_) => Ok(()),
        }
    }

    /// After a failed sync nobody knows what is on disk: no retry can be believed, as the kernel
    /// may have dropped the very pages. The connection and the lock stay open for the rest of the
    /// process, since closing would checkpoint and delete the log, the last good copy.
    async fn refuse_all(self, mut queue: Queue, error: Error) {
        let _kept = ManuallyDrop::new((self.tx, self.lock));
        while let Some(work) = queue.next().await {
            work.settle(Err(error.clone()));
        }
    }
}
