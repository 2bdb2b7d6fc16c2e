//! Steps on SQLite, whose schema changes are transactional.

use std::sync::Arc;

use sqlx::{AssertSqlSafe, Executor, Row as _, SqliteConnection};

use super::plan::{Applied, MigrationError, checksum};
use super::{APPLIED, RESTORES, TABLE, dialect, missing};
use crate::schema::{Migration, Sql};
use crate::transfer::Steps;
use crate::tx::Shared;

const RECORD: &str = "INSERT INTO palisade_migrations
    (capability, version, name, checksum, compatible_back_to, applied_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

pub(super) async fn migrate(
    connection: &mut SqliteConnection,
    shared: &Arc<Shared>,
) -> Result<(), MigrationError> {
    for (capability, step) in due(connection, shared, None).await? {
        let done = apply(connection, capability, step, shared).await;
        done.map_err(|said| MigrationError::of_step(capability, step, said))?;
        tell(capability, step);
    }
    Ok(())
}

/// The same without transactions of its own.
pub(super) async fn within(
    connection: &mut SqliteConnection,
    shared: &Arc<Shared>,
    until: Option<&Steps>,
) -> Result<(), MigrationError> {
    for (capability, step) in due(connection, shared, until).await? {
        let done = take(connection, capability, step, shared).await;
        done.map_err(|said| MigrationError::of_step(capability, step, said))?;
    }
    Ok(())
}

/// The steps to take, after a look at those that are there.
async fn due(
    connection: &mut SqliteConnection,
    shared: &Arc<Shared>,
    until: Option<&Steps>,
) -> Result<Vec<(&'static str, &'static Migration)>, MigrationError> {
    for table in [TABLE, RESTORES] {
        let table = dialect::for_sqlite(&Sql::Portable(table)).map_err(MigrationError::Database)?;
        connection
            .execute(AssertSqlSafe(table))
            .await
            .map_err(database)?;
    }
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
    missing(&shared.schema, &applied, until)
}

/// The step and its record, both or neither.
async fn apply(
    connection: &mut SqliteConnection,
    capability: &str,
    step: &Migration,
    shared: &Shared,
) -> Result<(), String> {
    let begun = connection.execute("BEGIN IMMEDIATE").await;
    begun.map_err(|error| said(&error))?;
    let mut taken = take(connection, capability, step, shared).await;
    if taken.is_ok() {
        let kept = connection.execute("COMMIT").await;
        taken = kept.map(|_| ()).map_err(|error| said(&error));
    }
    if taken.is_err() {
        // Where SQLite has rolled back by itself this says so, and that is as good.
        let _ = connection.execute("ROLLBACK").await;
    }
    taken
}

async fn take(
    connection: &mut SqliteConnection,
    capability: &str,
    step: &Migration,
    shared: &Shared,
) -> Result<(), String> {
    let sql = dialect::for_sqlite(&step.sql)?;
    let run = sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&mut *connection)
        .await;
    run.map_err(|error| said(&error))?;
    let record = sqlx::query(RECORD)
        .bind(capability)
        .bind(step.version)
        .bind(step.name)
        .bind(checksum(&step.sql))
        .bind(step.compatible_back_to)
        .bind(i64::try_from(shared.clock.now().unix_micros()).unwrap_or(i64::MAX));
    let recorded = record.execute(connection).await;
    recorded.map(|_| ()).map_err(|error| said(&error))
}

fn tell(capability: &'static str, step: &Migration) {
    tracing::info!(
        capability,
        version = step.version,
        "the store's schema took a step: {}",
        step.name
    );
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
