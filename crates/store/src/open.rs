//! Where the state is kept, and why it may not open.

use std::path::{Path, PathBuf};

use crate::engine::Engine;
use crate::migrate::MigrationError;
use crate::postgres::{self, address};

/// Where the state is kept.
#[derive(Clone, Debug)]
pub enum StoreOptions {
    /// One file, with its write-ahead log beside it; for one node.
    Sqlite {
        path: PathBuf,
    },
    Postgres(PostgresOptions),
}

/// Where a Postgres keeps the state.
#[derive(Clone)]
pub struct PostgresOptions {
    /// The login that serves, of the form `postgres://user:password@host/database`. Where the
    /// host is another machine and `sslmode` is not said, its certificate is verified.
    pub url: String,
    /// The login that changes the schema, when it is another one. Without it the runtime login is
    /// asked whether it may; where it may not, an open database must have its schema already.
    pub migration_url: Option<String>,
    /// The schema of our tables, so that they can stand in a database beside others.
    pub schema: String,
}

impl PostgresOptions {
    /// What the schema is called, unless said otherwise.
    pub const SCHEMA: &str = "palisade";

    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            migration_url: None,
            schema: Self::SCHEMA.to_owned(),
        }
    }

    /// The same with the login that changes the schema.
    pub(crate) fn to_migrate(&self) -> Self {
        let url = self.migration_url.as_ref().unwrap_or(&self.url);
        Self {
            url: url.clone(),
            ..self.clone()
        }
    }

    /// Whether a text says that it is the URL of a Postgres.
    pub fn is_url(text: &str) -> bool {
        text.starts_with("postgres://") || text.starts_with("postgresql://")
    }

    /// Whether a text can name the schema: it needs no quoting, and Postgres' bound on names is
    /// 63 bytes.
    pub fn is_schema(text: &str) -> bool {
        address::is_schema_name(text)
    }
}

/// Names no password.
impl std::fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresOptions")
            .field("schema", &self.schema)
            .finish_non_exhaustive()
    }
}

impl StoreOptions {
    /// The name of the file in the data directory.
    const FILE: &str = "palisade.db";

    /// The default: a file in the data directory.
    pub fn in_directory(data: &Path) -> Self {
        Self::Sqlite {
            path: data.join(Self::FILE),
        }
    }

    pub fn engine(&self) -> Engine {
        match self {
            Self::Sqlite { .. } => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }

    /// Where it is, in words that name no password.
    pub fn place(&self) -> String {
        match self {
            Self::Sqlite { path } => path.display().to_string(),
            Self::Postgres(options) => postgres::place(options),
        }
    }
}

/// Why the state cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(
        "the store's URL is not of the form postgres://user:password@host/database: correct it, \
         or leave it out to keep the state in the data directory"
    )]
    Url,
    #[error("{path} is in use by another palisade{holder}: stop it, or choose another --data-dir")]
    InUse { path: PathBuf, holder: String },
    #[error("{path} cannot be used: {cause}")]
    File {
        path: PathBuf,
        cause: std::io::Error,
    },
    #[error("{path} cannot be opened as Palisade's state: {cause}")]
    Sqlite { path: PathBuf, cause: String },
    #[error("the database at {place} cannot be used: {cause}")]
    Postgres { place: String, cause: String },
    #[error(
        "the database at {place} acknowledges what it has not written: synchronous_commit is \
         off. Set it to on for the role or the database (ALTER ROLE … SET synchronous_commit = \
         on)"
    )]
    Unsynced { place: String },
    #[error("a thread of the store cannot start: {0}")]
    Thread(#[from] std::io::Error),
    #[error(transparent)]
    Migration(#[from] MigrationError),
}
