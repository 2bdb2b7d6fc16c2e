//! The transaction: the one type that knows which engine it is on and whom it serves.

use std::sync::Arc;

use palisade_kernel::{Clock, TenantId, Timestamp};

use crate::engine::{self, Connection};
use crate::error::{EngineError, Error};
use crate::schema::Schema;
use crate::scope::Scope;
use crate::statement::{Statement, Statements};
use crate::value::{Row, Value};

/// Rows that one answer may hold. Whoever may have more reads them by pages.
pub const ROWS_MAX: usize = 10_000;

/// What all transactions of a store share.
pub(crate) struct Shared {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) schema: Schema,
    pub(crate) statements: Statements,
}

/// A transaction under way, handed to the closures of [`Store::read`] and [`Store::write`].
///
/// Statements are literals in the subset of SQL that SQLite and Postgres share, with `$1 … $n`,
/// and `$tenant` for the tenant of the scope. A statement that failed spoils the transaction, as
/// Postgres has it: later ones are refused and the closure's writes are undone, whatever it
/// answers. Where a row may be there already, say `ON CONFLICT DO NOTHING`.
///
/// [`Store::read`]: crate::Store::read
/// [`Store::write`]: crate::Store::write
pub struct Tx {
    connection: Connection,
    scope: Scope,
    shared: Arc<Shared>,
    now: Timestamp,
    spoiled: Option<EngineError>,
}

impl Tx {
    pub(crate) fn on(connection: Connection, shared: &Arc<Shared>) -> Self {
        Self {
            connection,
            scope: Scope::System,
            now: shared.clock.now(),
            shared: Arc::clone(shared),
            spoiled: None,
        }
    }

    /// Forgets the last closure and stands ready for one of `scope`.
    pub(crate) fn serve(&mut self, scope: Scope) {
        self.scope = scope;
        self.now = self.shared.clock.now();
        self.spoiled = None;
    }

    /// Runs a statement of the store's own, such as BEGIN.
    pub(crate) async fn control(&mut self, sql: &'static str) -> Result<(), EngineError> {
        engine::control(&mut self.connection, sql).await
    }

    /// The time of this transaction: the same however often it is asked for.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    pub fn tenant(&self) -> Option<&TenantId> {
        match &self.scope {
            Scope::Tenant(tenant) => Some(tenant),
            Scope::System => None,
        }
    }

    /// Runs a statement and says how many rows it touched.
    pub async fn execute(&mut self, sql: &'static str, arguments: &[Value]) -> Result<u64, Error> {
        let (statement, values) = self.ready(sql, arguments)?;
        let done = engine::execute(&mut self.connection, &statement, &values).await;
        self.note(done)
    }

    /// All rows of an answer; more than [`ROWS_MAX`] are an error.
    pub async fn rows(
        &mut self,
        sql: &'static str,
        arguments: &[Value],
    ) -> Result<Vec<Row>, Error> {
        let (statement, values) = self.ready(sql, arguments)?;
        let rows = engine::rows(&mut self.connection, &statement, &values, ROWS_MAX).await;
        self.note(rows)
    }

    /// The row, where there is one; several are an error.
    pub async fn row(
        &mut self,
        sql: &'static str,
        arguments: &[Value],
    ) -> Result<Option<Row>, Error> {
        let mut rows = self.rows(sql, arguments).await?;
        match rows.len() {
            0 | 1 => Ok(rows.pop()),
            count => Err(Error::misuse(
                sql,
                format!("one row was expected and {count} came"),
            )),
        }
    }

    /// The one row of a statement that always has one, such as a count.
    pub async fn one(&mut self, sql: &'static str, arguments: &[Value]) -> Result<Row, Error> {
        let row = self.row(sql, arguments).await?;
        row.ok_or_else(|| Error::misuse(sql, "one row was expected and none came"))
    }

    /// The statement, and its arguments with the tenant after them where it takes one.
    fn ready(
        &self,
        sql: &'static str,
        arguments: &[Value],
    ) -> Result<(Arc<Statement>, Vec<Value>), Error> {
        if let Some(spoiled) = &self.spoiled {
            return Err(spoiled.error.clone());
        }
        let statement = self.shared.statements.get(sql)?;
        if statement.arguments != arguments.len() {
            let (takes, got) = (statement.arguments, arguments.len());
            return Err(Error::misuse(
                sql,
                format!("it takes {takes} arguments and got {got}"),
            ));
        }
        let mut values = arguments.to_vec();
        match &self.scope {
            Scope::System if statement.takes_tenant => {
                let what = "it says $tenant, and the scope is System: there is none";
                return Err(Error::misuse(sql, what));
            }
            Scope::System => {}
            Scope::Tenant(tenant) => {
                self.shared.schema.keeps_to_its_tenant(&statement)?;
                if statement.takes_tenant {
                    values.push(tenant.into());
                }
            }
        }
        Ok((statement, values))
    }

    fn note<T>(&mut self, done: Result<T, EngineError>) -> Result<T, Error> {
        done.map_err(|failure| {
            let error = failure.error.clone();
            self.spoiled.get_or_insert(failure);
            error
        })
    }

    /// The first failure of a statement, whatever the closure made of it.
    pub(crate) fn take_spoiled(&mut self) -> Option<EngineError> {
        self.spoiled.take()
    }

    pub(crate) fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    pub(crate) fn into_connection(self) -> Connection {
        self.connection
    }
}
