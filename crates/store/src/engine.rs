//! Statements on either engine: the one place that branches.

use std::sync::Arc;

use futures_util::TryStreamExt;
use sqlx::pool::PoolConnection;
use sqlx::{
    Column as _, PgConnection, Postgres, Sqlite, SqliteConnection, Statement as _, TypeInfo as _,
};

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
    let mut rows = Vec::new();
    each_row(connection, statement, values, async |row| {
        if rows.len() == most {
            let what = format!("more than {most} rows came: read by pages");
            return Err(EngineError::misuse(statement.source, what));
        }
        rows.push(row);
        Ok(())
    })
    .await?;
    Ok(rows)
}

/// Which arguments of a statement have to be booleans; SQLite takes its 0 and 1 for any.
pub(crate) async fn booleans(
    connection: &mut Connection,
    statement: &Statement,
) -> Result<Vec<bool>, EngineError> {
    let Connection::Postgres(connection) = connection else {
        return Ok(vec![false; statement.arguments]);
    };
    let prepared = postgres_values::prepare(connection, statement).await?;
    let types = postgres_values::parameters(&prepared).iter();
    Ok(types.map(|taken| taken.name() == "BOOL").collect())
}

/// Hands over one row after the other; the next is read when the last was taken.
pub(crate) async fn each_row(
    connection: &mut Connection,
    statement: &Statement,
    values: &[Value],
    take: impl AsyncFnMut(Row) -> Result<(), EngineError>,
) -> Result<(), EngineError> {
    match connection {
        Connection::SqliteWriter(connection) => {
            sqlite_each_row(connection, statement, values, take).await
        }
        Connection::SqliteReader(connection) => {
            sqlite_each_row(connection, statement, values, take).await
        }
        Connection::Postgres(connection) => {
            postgres_each_row(connection, statement, values, take).await
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

async fn sqlite_each_row(
    connection: &mut SqliteConnection,
    statement: &Statement,
    values: &[Value],
    mut take: impl AsyncFnMut(Row) -> Result<(), EngineError>,
) -> Result<(), EngineError> {
    let query = sqlx::query_with(statement.sqlite.clone(), sqlite_values::arguments(values));
    let failed = |error| EngineError::sqlite(&error, statement.source);
    let mut stream = query.fetch(connection);
    let mut columns = None;
    while let Some(row) = stream.try_next().await.map_err(failed)? {
        let values = sqlite_values::read(&row);
        take(named(&row, values, &mut columns, statement)?).await?;
    }
    Ok(())
}

async fn postgres_each_row(
    connection: &mut PgConnection,
    statement: &Statement,
    values: &[Value],
    mut take: impl AsyncFnMut(Row) -> Result<(), EngineError>,
) -> Result<(), EngineError> {
    let (prepared, arguments) = postgres_values::bind(connection, statement, values).await?;
    let failed = |error| EngineError::postgres(&error, statement.source);
    let mut stream = prepared.query_with(arguments).fetch(connection);
    let mut columns = None;
    while let Some(row) = stream.try_next().await.map_err(failed)? {
        let values = postgres_values::read(&row);
        take(named(&row, values, &mut columns, statement)?).await?;
    }
    Ok(())
}

/// The rows of an answer share the names of their columns.
fn named<R: sqlx::Row>(
    row: &R,
    values: Result<Vec<Value>, String>,
    columns: &mut Option<Arc<[String]>>,
    statement: &Statement,
) -> Result<Row, EngineError> {
    let names = || {
        row.columns()
            .iter()
            .map(|column| column.name().to_owned())
            .collect()
    };
    Ok(Row {
        columns: Arc::clone(columns.get_or_insert_with(names)),
        values: values.map_err(|what| EngineError::misuse(statement.source, what))?,
    })
}
