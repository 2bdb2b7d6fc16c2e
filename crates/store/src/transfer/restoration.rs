//! In: one write transaction, committed only when its caller has seen the end.

use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::time::Duration;

use palisade_kernel::Clock;
use serde_json::Value as Json;

use super::line::from_json;
use super::snapshot::{Snapshot, UNBOUND};
use super::{Steps, TransferError, catalogue};
use crate::engine::{self, Connection};
use crate::migrate;
use crate::open::StoreOptions;
use crate::schema::{Migrations, Schema};
use crate::sqlite::FileLock;
use crate::statement::Statement;
use crate::store::Store;
use crate::tx::Shared;
use crate::value::Value;
use crate::{postgres, sqlite};

/// Nobody else restores or migrates this schema meanwhile.
const LOCK: &str =
    "SELECT pg_advisory_xact_lock(hashtextextended('palisade.' || current_schema(), 0))";
/// What Postgres shows of other sessions of this login.
const OTHERS: &str = "SELECT COUNT(*) AS others FROM pg_stat_activity
    WHERE datname = current_database() AND usename = session_user
    AND application_name = 'palisade' AND pid <> pg_backend_pid()";
/// How often, and how long apart, others are looked for: a session that was just closed is seen
/// for a moment longer.
const LOOKS_MAX: u32 = 40;
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);
const IS_RESTORED: &str = "the look for a restore";
const MARK: &str = "the mark of a restore";

/// A state that is being put in place of another: until [`commit`](Self::commit) the old one
/// stands, and whatever breaks off leaves it.
pub struct Restoration {
    there: Snapshot,
    shared: Arc<Shared>,
    target: Option<Target>,
    _lock: Option<FileLock>,
}

impl Restoration {
    /// Begins the transaction in which all of it happens.
    ///
    /// # Errors
    ///
    /// When a node has the state open, and when the state is of a newer release.
    pub async fn begin(
        options: &StoreOptions,
        clock: Arc<dyn Clock>,
        capabilities: &[Migrations],
    ) -> Result<Self, TransferError> {
        let (mut connection, lock) = match options {
            StoreOptions::Sqlite { path } => {
                let (connection, lock) = sqlite::connect_to_write(path).await?;
                (connection, Some(lock))
            }
            StoreOptions::Postgres(address) => {
                let mut connection = postgres::connect(address).await?;
                let found = look_around(&mut connection).await;
                postgres::close(connection).await;
                if found? == Found::Nothing {
                    let store = Store::open(options.clone(), Arc::clone(&clock), capabilities);
                    store.await?.close().await;
                }
                (postgres::connect(&address.to_migrate()).await?, None)
            }
        };
        match connection {
            Connection::Postgres(_) => {
                for sql in ["BEGIN", UNBOUND, LOCK] {
                    engine::control(&mut connection, sql).await?;
                }
            }
            _ => engine::control(&mut connection, "BEGIN IMMEDIATE").await?,
        }
        Ok(Self {
            there: Snapshot::of(connection, options, capabilities).await?,
            shared: Arc::new(Shared {
                clock,
                schema: Schema::new(capabilities)?,
                statements: Default::default(),
            }),
            target: None,
            _lock: lock,
        })
    }

    /// The state that is about to be replaced.
    pub fn there(&mut self) -> &mut Snapshot {
        &mut self.there
    }

    /// Empties the tables, and has them as they were at `steps`, where the rows come from.
    pub async fn prepare(&mut self, steps: &Steps) -> Result<(), TransferError> {
        catalogue::check_known(
            steps,
            &self.shared.schema.capabilities,
            |capability, found, ours| TransferError::NewerArchive {
                capability,
                found,
                ours,
            },
        )?;
        let as_they_are = steps == self.there.steps();
        let verb = if as_they_are {
            "DELETE FROM"
        } else {
            "DROP TABLE"
        };
        for table in self.there.tables().to_vec().iter().rev() {
            self.run("the emptying of a table", format!("{verb} {}", table.name))
                .await?;
        }
        if !as_they_are {
            if !self.there.steps().is_empty() {
                let forget = "DELETE FROM palisade_migrations".to_owned();
                self.run("the emptying of the schema", forget).await?;
            }
            migrate::within(&mut self.there.connection, &self.shared, Some(steps)).await?;
        }
        Ok(())
    }

    /// Takes one line of [`Snapshot::lines`]: a table, or a row of the table before it.
    pub async fn line(&mut self, line: &Json) -> Result<(), TransferError> {
        match (line, &self.target) {
            (Json::Array(row), Some(target)) => {
                let values = target.values(row);
                let values = values.ok_or(TransferError::Line("it is no row of its table"))?;
                engine::execute(&mut self.there.connection, &target.insert, &values).await?;
                Ok(())
            }
            (Json::Object(_), _) => {
                let target = Target::read(&mut self.there.connection, line).await?;
                let unknown = "it names what its release did not have";
                self.target = Some(target.ok_or(TransferError::Line(unknown))?);
                Ok(())
            }
            _ => Err(TransferError::Line("it is neither a table nor a row")),
        }
    }

    /// Brings the tables on to the steps of this program and makes the new state the state.
    /// [`is_restored`] knows `id` from then on, whatever happens to this process.
    pub async fn commit(mut self, id: &str) -> Result<(), TransferError> {
        migrate::within(&mut self.there.connection, &self.shared, None).await?;
        let forget = "DELETE FROM palisade_restores".to_owned();
        self.run("the end of an older mark", forget).await?;
        let mark = Statement::made(MARK, 2, |mark| {
            format!("INSERT INTO palisade_restores (id, at) VALUES ({mark}1, {mark}2)")
        });
        let values = [id.into(), self.shared.clock.now().into()];
        engine::execute(&mut self.there.connection, &mark, &values).await?;
        if let Err(failure) = engine::control(&mut self.there.connection, "COMMIT").await {
            // To close SQLite's file would move its log, which may be the last good copy.
            let _kept = ManuallyDrop::new(self);
            return Err(failure.into());
        }
        self.close().await;
        Ok(())
    }

    /// Leaves the state as it was.
    pub async fn abandon(mut self) {
        // Where it fails the connection is gone, and the transaction with it.
        let _ = engine::control(&mut self.there.connection, "ROLLBACK").await;
        self.close().await;
    }

    async fn close(self) {
        match self.there.connection {
            Connection::SqliteWriter(connection) => sqlite::close(connection).await,
            other => postgres::close(other).await,
        }
    }

    async fn run(&mut self, what: &'static str, sql: String) -> Result<(), TransferError> {
        let statement = Statement::made(what, 0, |_| sql.clone());
        engine::execute(&mut self.there.connection, &statement, &[]).await?;
        Ok(())
    }
}

/// Whether the state at `options` is the one that was committed under `id`.
pub async fn is_restored(options: &StoreOptions, id: &str) -> Result<bool, TransferError> {
    let mut connection = match options {
        StoreOptions::Sqlite { path } if !path.exists() => return Ok(false),
        StoreOptions::Sqlite { path } => sqlite::connect_to_read(path).await?,
        StoreOptions::Postgres(options) => postgres::connect(options).await?,
    };
    if !catalogue::has(&mut connection, "palisade_restores").await? {
        return Ok(false);
    }
    let look = Statement::made(IS_RESTORED, 1, |mark| {
        format!("SELECT id FROM palisade_restores WHERE id = {mark}1")
    });
    let found = engine::rows(&mut connection, &look, &[id.into()], 1).await?;
    Ok(!found.is_empty())
}

#[derive(PartialEq, Eq)]
enum Found {
    /// Of ours; the database is made ready as at the first start of a node.
    Nothing,
    State,
}

/// Refuses a database that nodes are connected to, as far as it shows them.
async fn look_around(connection: &mut Connection) -> Result<Found, TransferError> {
    for look in 1..=LOOKS_MAX {
        let rows = catalogue::select(connection, OTHERS).await?;
        match rows.first().map(|row| row.integer("others")).transpose()? {
            None | Some(0) => break,
            Some(others) if look == LOOKS_MAX => return Err(TransferError::Connected(others)),
            Some(_) => tokio::time::sleep(BETWEEN_LOOKS).await,
        }
    }
    match catalogue::steps(connection).await?.is_empty() {
        true => Ok(Found::Nothing),
        false => Ok(Found::State),
    }
}

/// Where rows go.
struct Target {
    insert: Statement,
    booleans: Vec<bool>,
}

impl Target {
    /// Reads a table's line; `None` where it names what is not there, or is not for archives.
    async fn read(connection: &mut Connection, line: &Json) -> Result<Option<Self>, TransferError> {
        let there = catalogue::tables(connection).await?;
        let known = |name: &&str| there.iter().any(|table| table == name);
        let Some(table) = line["table"].as_str().filter(known) else {
            return Ok(None);
        };
        let columns: Option<Vec<&str>> = line["columns"]
            .as_array()
            .and_then(|columns| columns.iter().map(|column| column.as_str()).collect());
        let Some(columns) = columns.filter(|names| names.iter().all(|name| is_name(name))) else {
            return Ok(None);
        };
        let insert = Statement::made("the restore of a table", columns.len(), |mark| {
            let marks: Vec<String> = (1..=columns.len()).map(|n| format!("{mark}{n}")).collect();
            format!(
                "INSERT INTO {table} (\"{}\") VALUES ({})",
                columns.join("\", \""),
                marks.join(", ")
            )
        });
        let booleans = engine::booleans(connection, &insert).await?;
        Ok(Some(Self { insert, booleans }))
    }

    fn values(&self, row: &[Json]) -> Option<Vec<Value>> {
        if row.len() != self.booleans.len() {
            return None;
        }
        let pairs = row.iter().zip(&self.booleans);
        pairs
            .map(|(json, wants_bool)| from_json(json, *wants_bool))
            .collect()
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
