//! Out: one read transaction over all tables, a row in memory at a time.

use std::io;
use std::path::Path;

use serde_json::{Value as Json, json};

use super::line::to_json;
use super::{Steps, TransferError, catalogue};
use crate::engine::{self, Connection, Engine};
use crate::error::{EngineError, Error};
use crate::open::StoreOptions;
use crate::schema::Migrations;
use crate::statement::Statement;
use crate::{postgres, sqlite};

/// What a transaction of any length needs on Postgres: to see the rows of all tenants, and time.
pub(super) const UNBOUND: &str = "SET LOCAL palisade.scope = 'system'; \
    SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0";
const BEGIN_POSTGRES: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// The state as one moment had it, while nodes go on serving.
///
/// On SQLite the log cannot be shortened until this is dropped, and grows by what is written
/// meanwhile.
pub struct Snapshot {
    pub(super) connection: Connection,
    engine: Engine,
    steps: Steps,
    tables: Vec<TableRows>,
}

/// How much a table holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableRows {
    pub name: &'static str,
    pub rows: u64,
}

impl Snapshot {
    /// Begins to read the state at `options`, which a node may have open.
    ///
    /// # Errors
    ///
    /// When there is no state, and when it has steps or tables that `capabilities` do not
    /// declare: what cannot be named would be forgotten.
    pub async fn open(
        options: &StoreOptions,
        capabilities: &[Migrations],
    ) -> Result<Self, TransferError> {
        let mut connection = match options {
            StoreOptions::Sqlite { path } => open_sqlite(path).await?,
            StoreOptions::Postgres(options) => postgres::connect(options).await?,
        };
        match connection {
            Connection::Postgres(_) => {
                engine::control(&mut connection, BEGIN_POSTGRES).await?;
                engine::control(&mut connection, UNBOUND).await?;
            }
            _ => engine::control(&mut connection, "BEGIN").await?,
        }
        let snapshot = Self::of(connection, options, capabilities).await?;
        if snapshot.steps.is_empty() {
            return Err(TransferError::Missing(options.place()));
        }
        Ok(snapshot)
    }

    /// The state that a transaction sees; nothing at all, where nothing was ever migrated.
    pub(super) async fn of(
        mut connection: Connection,
        options: &StoreOptions,
        capabilities: &[Migrations],
    ) -> Result<Self, TransferError> {
        let steps = catalogue::steps(&mut connection).await?;
        catalogue::check_known(&steps, capabilities, |capability, found, ours| {
            TransferError::NewerState {
                capability,
                found,
                ours,
            }
        })?;
        let mut there = catalogue::tables(&mut connection).await?;
        let mut tables = Vec::new();
        for table in capabilities.iter().flat_map(|capability| capability.tables) {
            let before = there.len();
            there.retain(|name| name != table.name);
            if there.len() < before {
                let rows = count(&mut connection, table.name).await?;
                tables.push(TableRows {
                    name: table.name,
                    rows,
                });
            }
        }
        match there.pop() {
            Some(unknown) => Err(TransferError::UnknownTable(unknown)),
            None => Ok(Self {
                connection,
                engine: options.engine(),
                steps,
                tables,
            }),
        }
    }

    pub fn engine(&self) -> Engine {
        self.engine
    }

    pub fn steps(&self) -> &Steps {
        &self.steps
    }

    /// Every table there is, parents before the tables that refer to them.
    pub fn tables(&self) -> &[TableRows] {
        &self.tables
    }

    pub fn is_empty(&self) -> bool {
        self.tables.iter().all(|table| table.rows == 0)
    }

    /// Hands out every row of every table, line by line.
    ///
    /// `write` may block: this is for a program that does nothing else.
    pub async fn lines(
        &mut self,
        mut write: impl FnMut(&Json) -> io::Result<()>,
    ) -> Result<(), TransferError> {
        for table in &self.tables {
            table_lines(&mut self.connection, table.name, &mut write).await?;
        }
        Ok(())
    }
}

async fn open_sqlite(path: &Path) -> Result<Connection, TransferError> {
    if !path.exists() {
        return Err(TransferError::Missing(path.display().to_string()));
    }
    Ok(sqlite::connect_to_read(path).await?)
}

async fn count(connection: &mut Connection, table: &'static str) -> Result<u64, TransferError> {
    // A declaration's name needs no quoting.
    let count = format!("SELECT COUNT(*) AS rows FROM {table}");
    let count = Statement::made("the count of a table", 0, |_| count.clone());
    let rows = engine::rows(connection, &count, &[], 1).await?;
    let rows = rows.first().map(|row| row.integer("rows")).transpose()?;
    Ok(rows.and_then(|rows| u64::try_from(rows).ok()).unwrap_or(0))
}

async fn table_lines(
    connection: &mut Connection,
    table: &'static str,
    write: &mut impl FnMut(&Json) -> io::Result<()>,
) -> Result<(), TransferError> {
    let all = Statement::made("the export of a table", 0, |_| {
        format!("SELECT * FROM {table}")
    });
    let mut broken = None;
    let mut is_first = true;
    let done = engine::each_row(connection, &all, &[], async |row| {
        let mut written = Ok(());
        if is_first {
            written = write(&json!({ "table": table, "columns": &*row.columns }));
            is_first = false;
        }
        let values: Vec<Json> = row.values.iter().map(to_json).collect();
        written = written.and_then(|()| write(&Json::Array(values)));
        written.map_err(|cause| {
            broken = Some(cause);
            EngineError::of_closure(Error::stopped("the lines cannot be written"))
        })
    });
    let done = done.await;
    match broken {
        Some(cause) => Err(cause.into()),
        None => Ok(done?),
    }
}
