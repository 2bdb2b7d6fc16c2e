//! Moves the write-ahead log into the database file, with every error seen.
//!
//! SQLite's automatic checkpoint drops its errors (`sqlite3WalDefaultHook` returns OK whatever
//! happened). After a failed fsync Linux marks the pages clean (wiki.postgresql.org/wiki/
//! Fsync_Errors), so the next automatic checkpoint would find nothing to sync, succeed, and
//! overwrite the log that still had the data. Hence it is off, and this runs between groups.

use std::path::{Path, PathBuf};

use sqlx::{Row as _, SqliteConnection};

use crate::error::EngineError;

/// When the log is this long, it is moved. SQLite's own default is 1,000 pages of 4 KiB.
pub(super) const LOG_BYTES: u64 = 4 * 1024 * 1024;

const CHECKPOINT: &str = "PRAGMA wal_checkpoint(TRUNCATE)";

/// The log beside a database, and when it is due.
pub(super) struct Log {
    path: PathBuf,
    due_bytes: u64,
}

impl Log {
    pub(super) fn beside(database: &Path) -> Self {
        let mut path = database.as_os_str().to_owned();
        path.push("-wal");
        Self {
            path: path.into(),
            due_bytes: LOG_BYTES,
        }
    }

    /// Moves the log if it is long. Where readers still need it, all that they do not need is
    /// moved, and the rest when the log has grown by as much again.
    pub(super) async fn keep_short(
        &mut self,
        connection: &mut SqliteConnection,
    ) -> Result<(), EngineError> {
        let length = std::fs::metadata(&self.path).map_or(0, |log| log.len());
        if length < self.due_bytes {
            return Ok(());
        }
        let whole = checkpoint(connection).await?;
        self.due_bytes = if whole { LOG_BYTES } else { length + LOG_BYTES };
        Ok(())
    }
}

/// Moves what can be moved. Answers whether that was everything, the log being empty now.
pub(super) async fn checkpoint(connection: &mut SqliteConnection) -> Result<bool, EngineError> {
    let failed = |error| EngineError::sqlite(&error, CHECKPOINT);
    let row = sqlx::query(CHECKPOINT)
        .fetch_one(connection)
        .await
        .map_err(failed)?;
    let busy: i64 = row.try_get_unchecked(0).map_err(failed)?;
    Ok(busy == 0)
}
