//! What a database really has, whatever the code says: its tables, and the steps they are at.

use super::{LEFT_OUT, Steps, TransferError};
use crate::engine::{self, Connection};
use crate::error::EngineError;
use crate::schema::Migrations;
use crate::statement::Statement;
use crate::value::Row;

/// More tables than all capabilities together will have.
const TABLES_MAX: usize = 1_000;

/// SQLite's own tables begin with `sqlite_`.
const SQLITE: &str = "SELECT name FROM sqlite_schema WHERE type = 'table'
    AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
const POSTGRES: &str =
    "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()";
const STEPS: &str =
    "SELECT capability, MAX(version) AS step FROM palisade_migrations GROUP BY capability";

/// Every table of ours that there is, the database's own left out.
pub(super) async fn tables(connection: &mut Connection) -> Result<Vec<String>, EngineError> {
    let mut names = all(connection).await?;
    names.retain(|name| LEFT_OUT.iter().all(|(left_out, _)| left_out != name));
    Ok(names)
}

pub(super) async fn has(connection: &mut Connection, table: &str) -> Result<bool, EngineError> {
    Ok(all(connection).await?.iter().any(|name| name == table))
}

/// The last step of each capability; none where nothing was ever migrated.
pub(super) async fn steps(connection: &mut Connection) -> Result<Steps, EngineError> {
    if !has(connection, "palisade_migrations").await? {
        return Ok(Steps::new());
    }
    let rows = select(connection, STEPS).await?;
    let steps = rows.iter().map(|row| {
        let step = u32::try_from(row.integer("step")?).unwrap_or(u32::MAX);
        Ok((row.text("capability")?.to_owned(), step))
    });
    steps
        .collect::<Result<_, _>>()
        .map_err(EngineError::of_closure)
}

/// Refuses steps that this program does not have; `newer` says whose they are.
pub(super) fn check_known(
    steps: &Steps,
    capabilities: &[Migrations],
    newer: impl Fn(String, u32, u32) -> TransferError,
) -> Result<(), TransferError> {
    for (name, found) in steps {
        let ours = capabilities
            .iter()
            .find(|capability| capability.capability == name)
            .map_or(0, Migrations::step);
        if *found > ours {
            return Err(newer(name.clone(), *found, ours));
        }
    }
    Ok(())
}

async fn all(connection: &mut Connection) -> Result<Vec<String>, EngineError> {
    let tables = match connection {
        Connection::SqliteWriter(_) | Connection::SqliteReader(_) => SQLITE,
        Connection::Postgres(_) => POSTGRES,
    };
    let rows = select(connection, tables).await?;
    let names = rows.iter().map(|row| row.text("name").map(str::to_owned));
    names
        .collect::<Result<_, _>>()
        .map_err(EngineError::of_closure)
}

pub(super) async fn select(
    connection: &mut Connection,
    sql: &'static str,
) -> Result<Vec<Row>, EngineError> {
    let statement = Statement::made(sql, 0, |_| sql.to_owned());
    engine::rows(connection, &statement, &[], TABLES_MAX).await
}
