//! What can go wrong with a transaction, in the words of both engines at once.

use std::borrow::Cow;

/// Why a read or a write did not happen. Unless a variant says otherwise, nothing was written.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// A unique key is taken: most callers turn this into an answer of their own.
    #[error("this exists already: {0}")]
    Conflict(String),
    /// Another rule of the schema: a foreign key, a check, a column that must not be null.
    #[error("the schema refuses this: {0}")]
    Constraint(String),
    /// Row-level security, or a right that the role does not have.
    #[error("the database refuses this to Palisade's role: {0}")]
    Denied(String),
    /// The queue is full; answer 503 and let the client come again.
    #[error("the store is overloaded: {waiting} transactions wait already; try again shortly")]
    Overloaded { waiting: usize },
    /// No more writes until a restart; reads still work.
    #[error("the store stopped: {reason}. Check the disk, then restart Palisade")]
    Stopped { reason: String },
    #[error("the disk is full, and nothing of this was written: free space and try again ({0})")]
    DiskFull(String),
    /// It comes back by itself. A write whose COMMIT was under way may have happened.
    #[error(
        "the database is gone: {0}. Palisade goes on trying; check that it runs and is reached"
    )]
    Gone(String),
    /// Others changed the same rows, again and again.
    #[error("given up after {attempts} attempts, as others change the same rows: {reason}")]
    Contended { attempts: u32, reason: String },
    #[error("a transaction may take {seconds} s, and this one was not done by then")]
    TooSlow { seconds: u64 },
    #[error("a transaction panicked and was rolled back; this is a mistake in Palisade")]
    Panicked,
    /// The database does not accept the statement, or the statement does not fit its use.
    #[error("{what}, in: {statement}")]
    Statement { statement: String, what: String },
    #[error("column {column}: {what}")]
    Column { column: String, what: String },
}

impl Error {
    pub(crate) fn misuse(statement: &str, what: impl Into<String>) -> Self {
        Self::Statement {
            statement: statement.to_owned(),
            what: what.into(),
        }
    }

    pub(crate) fn column(column: &str, what: impl Into<String>) -> Self {
        Self::Column {
            column: column.to_owned(),
            what: what.into(),
        }
    }

    pub(crate) fn stopped(reason: impl Into<String>) -> Self {
        Self::Stopped {
            reason: reason.into(),
        }
    }
}

/// An error of an engine, sorted by what it asks of us.
#[derive(Clone, Debug)]
pub(crate) struct EngineError {
    pub(crate) error: Error,
    pub(crate) harm: Harm,
}

/// How far an engine's error reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Harm {
    /// This transaction alone.
    Transaction,
    /// This transaction, and running it again may well succeed.
    Retry,
    /// No transaction can write for now.
    DiskFull,
    /// The connection is of no further use.
    Connection,
    /// What is on disk can no longer be trusted to be what was written.
    Storage,
}

impl EngineError {
    /// A statement that does not fit its use harms its own transaction only.
    pub(crate) fn misuse(statement: &str, what: String) -> Self {
        Self {
            error: Error::misuse(statement, what),
            harm: Harm::Transaction,
        }
    }

    /// What a closure did to itself.
    pub(crate) fn of_closure(error: Error) -> Self {
        Self {
            error,
            harm: Harm::Transaction,
        }
    }

    /// Whether it is more than an error of this one transaction.
    pub(crate) fn reaches_further(&self) -> bool {
        self.harm != Harm::Transaction
    }

    pub(crate) fn sqlite(error: &sqlx::Error, statement: &str) -> Self {
        let Some(database) = error.as_database_error() else {
            return Self::other(error, statement).within_the_process();
        };
        let message = database.message().to_owned();
        let code: i32 = code(database).parse().unwrap_or(0);
        let (harm, error) = match (code & 0xff, code) {
            (FULL, _) | (_, IOERR_SHMSIZE) => (Harm::DiskFull, Error::DiskFull(message)),
            (IOERR | CORRUPT | NOTADB, _) => (
                Harm::Storage,
                Error::stopped(format!("SQLite reports \"{message}\" (code {code})")),
            ),
            _ => (Harm::Transaction, constraint(database, statement)),
        };
        Self { error, harm }
    }

    pub(crate) fn postgres(error: &sqlx::Error, statement: &str) -> Self {
        let Some(database) = error.as_database_error() else {
            return Self::other(error, statement);
        };
        let message = database.message().to_owned();
        let code = code(database);
        let (harm, error) = match (code.get(..2).unwrap_or(""), &*code) {
            // serialization_failure, deadlock_detected
            (_, "40001" | "40P01") => (
                Harm::Retry,
                Error::Contended {
                    attempts: 1,
                    reason: message,
                },
            ),
            (_, "53100") => (Harm::DiskFull, Error::DiskFull(message)),
            // Connection exceptions; out of connections; the server shuts down or starts.
            ("08", _) | (_, "53300" | "57P01" | "57P02" | "57P03") => {
                (Harm::Connection, Error::Gone(message))
            }
            (_, "42501") => (Harm::Transaction, Error::Denied(message)),
            _ => (Harm::Transaction, constraint(database, statement)),
        };
        Self { error, harm }
    }

    /// No connection was to be had, for whatever reason: the network, the login, the limits.
    pub(crate) fn unreachable(error: &sqlx::Error) -> Self {
        Self {
            error: Error::Gone(error.to_string()),
            harm: Harm::Connection,
        }
    }

    /// There is no network to SQLite: a connection that is lost is a broken one.
    fn within_the_process(self) -> Self {
        match self.harm {
            Harm::Connection => Self {
                error: Error::stopped(self.error.to_string()),
                harm: Harm::Storage,
            },
            _ => self,
        }
    }

    /// Not from the database itself: the way to it, or what came over it.
    fn other(error: &sqlx::Error, statement: &str) -> Self {
        let lost = matches!(
            error,
            sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::Protocol(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed
        );
        if lost {
            return Self {
                error: Error::Gone(error.to_string()),
                harm: Harm::Connection,
            };
        }
        Self {
            error: Error::misuse(statement, error.to_string()),
            harm: Harm::Transaction,
        }
    }
}

/// SQLite's primary result codes (sqlite.org/rescode.html).
const IOERR: i32 = 10;
const CORRUPT: i32 = 11;
const FULL: i32 = 13;
const NOTADB: i32 = 26;
/// The shared-memory file could not grow, which on a full disk comes before anything else.
const IOERR_SHMSIZE: i32 = IOERR | (19 << 8);

fn code(database: &dyn sqlx::error::DatabaseError) -> Cow<'_, str> {
    database.code().unwrap_or_default()
}

fn constraint(database: &dyn sqlx::error::DatabaseError, statement: &str) -> Error {
    use sqlx::error::ErrorKind;
    let message = database.message().to_owned();
    match database.kind() {
        ErrorKind::UniqueViolation => Error::Conflict(message),
        ErrorKind::ForeignKeyViolation
        | ErrorKind::NotNullViolation
        | ErrorKind::CheckViolation => Error::Constraint(message),
        _ => Error::misuse(statement, message),
    }
}
