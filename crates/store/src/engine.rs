//! Statements on either engine: the one place that branches.

use futures_util::TryStreamExt;
use sqlx::pool::PoolConnection;
use sqlx::{Postgres, Sqlite, SqliteConnection, Statement as _};

use crate::error::EngineError;
use crate::statement::Statement;
use crate::value::{Row, Value};

pub(crate) mod postgres_values;
mod sqlite_values;

/// A connection that a transaction holds.
pub(crate) enum Connection {
    /// The one that writes.
    SqliteWriter(SqliteConnection),
    SqliteReader(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

/// Which database keeps the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "Postgres",
        }
    }
}

/// Runs a statement of the store's own, such as BEGIN, which is not prepared.
pub(crate) async fn control(
    connection: &mut Connection,
    sql: &'static str,
) -> Result<(), EngineError> {
    let sqlite = |error| EngineError::sqlite(&error, sql);
    match connection {
        Connection::SqliteWriter(connection) => {
            sqlx::raw_sql(sql)
                .execute(connection)
                .await
                .map_err(sqlite)?;
        }
        Connection::SqliteReader(connection) => {
            sqlx::raw_sql(sql)
                .execute(&mut **connection)
                .await
                .map_err(sqlite)?;
        }
        Connection::Postgres(connection) => {
            let done = sqlx::raw_sql(sql).execute(&mut **connection).await;
            done.map_err(|error| EngineError::postgres(&error, sql))?;
        }
    }
    Ok(())
}

/// Runs a statement and counts the rows it touched.
pub(crate) async fn execute(
    connection: &mut Connection,
    statement: &Statement,
    values: &[Value],
) -> Result<u64, EngineError> {
    match connection {
        Connection::SqliteWriter(connection) => sqlite_execute(connection, statement, values).await,
        Connection::SqliteReader(connection) => sqlite_execute(connection, statement, values).await,
        Connection::Postgres(connection) => {
            let (prepared, arguments) =
                postgres_values::bind(connection, statement, values).await?;
            let done = prepared
                .query_with(arguments)
                .execute(&mut **connection)
                .await;
            let failed = |error| EngineError::postgres(&error, statement.source);
            Ok(done.map_err(failed)?.rows_affected())
        }
    }
}

/// Up to `most` rows; more are an error.
pub(crate) async fn rows(
    connection: &mut Connection,
    statement: &Statement,
    values: &[Value],
    most: usize,
) -> Result<Vec<Row>, EngineError> {
    match connection {
        Connection::SqliteWriter(connection) => {
            sqlite_rows(connection, statement, values, most).await
        }
        Connection::SqliteReader(connection) => {
            sqlite_rows(connection, statement, values, most).await
        }
        Connection::Postgres(connection) => {
            let (prepared, arguments) =
                postgres_values::bind(connection, statement, values).await?;
            let failed = |error| EngineError::postgres(&error, statement.source);
            let query = prepared.query_with(arguments);
            let mut stream = query.fetch(&mut **connection);
            let mut rows = Rows::new(statement, most);
            while let Some(row) = stream.try_next().await.map_err(failed)? {
                rows.push(&row, postgres_values::read(&row))?;
            }
            Ok(rows.rows)
        }
    }
}

async fn sqlite_execute(
    connection: &mut SqliteConnection,
    statement: &Statement,
    values: &[Value],
) -> Result<u64, EngineError> {
    let query = sqlx::query_with(statement.sqlite.clone(), sqlite_values::arguments(values));
    let failed = |error| EngineError::sqlite(&error, statement.source);
    Ok(query
        .execute(connection)
        .await
        .map_err(failed)?
        .rows_affected())
}

async fn sqlite_rows(
    connection: &mut SqliteConnection,
    statement: &Statement,
    values: &[Value],
    most: usize,
) -> Result<Vec<Row>, EngineError> {
    let query = sqlx::query_with(statement.sqlite.clone(), sqlite_values::arguments(values));
    let failed = |error| EngineError::sqlite(&error, statement.source);
    let mut stream = query.fetch(connection);
    let mut rows = Rows::new(statement, most);
    while let Some(row) = stream.try_next().await.map_err(failed)? {
        rows.push(&row, sqlite_values::read(&row))?;
    }
    Ok(rows.rows)
}

/// Rows as they come, which share the names of their columns.
struct Rows<'s> {
    statement: &'s Statement,
    most: usize,
    rows: Vec<Row>,
}

impl<'s> Rows<'s> {
    fn new(statement: &'s Statement, most: usize) -> Self {
        Self {
            statement,
            most,
            rows: Vec::new(),
        }
    }

    fn push<R: sqlx::Row>(
        &mut self,
        row: &R,
        values: Result<Vec<Value>, String>,
    ) -> Result<(), EngineError> {
        use sqlx::Column;
        let misuse = |what| EngineError::misuse(self.statement.source, what);
        if self.rows.len() == self.most {
            return Err(misuse(format!(
                "more than {} rows came: read by pages",
                self.most
            )));
        }
        let columns = match self.rows.first() {
            Some(first) => first.columns.clone(),
            None => row
                .columns()
                .iter()
                .map(|column| column.name().to_owned())
                .collect(),
        };
        let values = values.map_err(misuse)?;
        self.rows.push(Row { columns, values });
        Ok(())
    }
}
