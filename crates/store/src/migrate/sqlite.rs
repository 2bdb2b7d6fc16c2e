//! Steps on SQLite, whose schema changes are transactional.

use std::sync::Arc;

use sqlx::{AssertSqlSafe, Executor, Row as _, SqliteConnection};

use super::plan::{Applied, MigrationError, checksum, pending};
use super::{APPLIED, TABLE, dialect};
use crate::schema::{Migration, Sql};
use crate::tx::Shared;

const RECORD: &str = "INSERT INTO palisade_migrations
    (capability, version, name, checksum, compatible_back_to, applied_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

pub(super) async fn migrate(
    connection: &mut SqliteConnection,
    shared: &Arc<Shared>,
) -> Result<(), MigrationError> {
    let table = dialect::for_sqlite(&Sql::Portable(TABLE)).map_err(MigrationError::Database)?;
    connection
        .execute(AssertSqlSafe(table))
        .await
        .map_err(database)?;
    let rows = connection.fetch_all(APPLIED).await.map_err(database)?;
    let applied: Result<Vec<Applied>, sqlx::Error> = rows
        .iter()
        .map(|row| {
            Ok(Applied {
                capability: row.try_get(0)?,
                version: row.try_get(1)?,
                name: row.try_get(2)?,
                checksum: row.try_get(3)?,
                compatible_back_to: row.try_get(4)?,
            })
        })
        .collect();
    let applied = applied.map_err(database)?;
    for capability in &shared.schema.capabilities {
        for step in pending(capability, &applied)? {
            let done = apply(connection, capability.capability, step, shared).await;
            done.map_err(|said| MigrationError::Step {
                capability: capability.capability,
                version: step.version,
                name: step.name,
                said,
            })?;
            tracing::info!(
                capability = capability.capability,
                version = step.version,
                "the store's schema took a step: {}",
                step.name
            );
        }
    }
    Ok(())
}

/// The step and its record, both or neither.
async fn apply(
    connection: &mut SqliteConnection,
    capability: &str,
    step: &Migration,
    shared: &Shared,
) -> Result<(), String> {
    let sql = dialect::for_sqlite(&step.sql)?;
    let work = async {
        connection.execute("BEGIN IMMEDIATE").await?;
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut *connection)
            .await?;
        sqlx::query(RECORD)
            .bind(capability)
            .bind(step.version)
            .bind(step.name)
            .bind(checksum(&step.sql))
            .bind(step.compatible_back_to)
            .bind(i64::try_from(shared.clock.now().unix_micros()).unwrap_or(i64::MAX))
            .execute(&mut *connection)
            .await?;
        connection.execute("COMMIT").await
    };
    if let Err(error) = work.await {
        // Where SQLite has rolled back by itself this says so, and that is as good.
        let _ = connection.execute("ROLLBACK").await;
        return Err(said(&error));
    }
    Ok(())
}

fn database(error: sqlx::Error) -> MigrationError {
    MigrationError::Database(said(&error))
}

fn said(error: &sqlx::Error) -> String {
    match error.as_database_error() {
        Some(database) => database.message().to_owned(),
        None => error.to_string(),
    }
}
