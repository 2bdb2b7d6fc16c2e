//! Steps on Postgres, where several nodes may start together.
//!
//! Every step takes an advisory lock for its own transaction and looks again what was applied:
//! whoever comes second finds the step done. The lock ends with the transaction, so it works
//! through a transaction pooler as well.

use std::sync::Arc;

use sqlx::{AssertSqlSafe, Executor, PgConnection, Row as _};

use super::plan::{Applied, MigrationError, checksum};
use super::{APPLIED, RESTORES, TABLE, dialect, missing, policies};
use crate::schema::Migration;
use crate::transfer::Steps;
use crate::tx::Shared;

const LOCK: &str = "SELECT pg_advisory_xact_lock(hashtextextended('palisade.' || $1, 0))";
const RECORD: &str = "INSERT INTO palisade_migrations
    (capability, version, name, checksum, compatible_back_to, applied_at)
    VALUES ($1, $2, $3, $4, $5, $6)";
/// The record is for reading: who may write the tables may not write that.
const RECORD_GRANTEES: &str = "SELECT DISTINCT format('REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON
    palisade_migrations FROM %s', CASE grantee WHEN 'PUBLIC' THEN 'PUBLIC' ELSE quote_ident(grantee) END)
    FROM information_schema.role_table_grants WHERE table_schema = current_schema()
    AND table_name = 'palisade_migrations' AND grantee <> grantor AND privilege_type <> 'SELECT'";

/// What migrating would do.
pub(crate) enum Outlook {
    /// All steps are there.
    Done,
    /// This one is the first that is missing.
    Pending(MigrationError),
}

pub(super) async fn outlook(
    connection: &mut PgConnection,
    shared: &Arc<Shared>,
) -> Result<Outlook, MigrationError> {
    let applied = applied(connection).await.map_err(database)?;
    Ok(match next(shared, &applied)? {
        None => Outlook::Done,
        Some((capability, step)) => Outlook::Pending(MigrationError::Pending {
            capability,
            version: step.version,
            name: step.name,
        }),
    })
}

pub(super) async fn migrate(
    connection: &mut PgConnection,
    shared: &Arc<Shared>,
    schema: &str,
) -> Result<(), MigrationError> {
    while one_step(connection, shared, schema).await? {}
    Ok(())
}

/// Takes the steps within the transaction that is under way, which sees all tenants and holds the
/// lock.
pub(super) async fn within(
    connection: &mut PgConnection,
    shared: &Arc<Shared>,
    until: Option<&Steps>,
) -> Result<(), MigrationError> {
    let applied = applied(connection).await.map_err(database)?;
    let steps = missing(&shared.schema, &applied, until)?;
    if steps.is_empty() {
        // A login that may not change the schema need not.
        return Ok(());
    }
    tables(connection).await.map_err(database)?;
    for (capability, step) in steps {
        let done = apply(connection, capability, step, shared).await;
        done.map_err(|said| MigrationError::of_step(capability, step, said))?;
    }
    let bound = policies::bind(connection, shared.schema.tenant_tables()).await;
    bound.map_err(database)
}

/// Makes the tables of the database itself.
async fn tables(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    connection.execute(TABLE).await?;
    connection.execute(RESTORES).await?;
    for row in connection.fetch_all(RECORD_GRANTEES).await? {
        let revoke: String = row.try_get(0)?;
        connection.execute(AssertSqlSafe(revoke)).await?;
    }
    Ok(())
}

/// Applies the first step that is missing. Answers whether there was one.
async fn one_step(
    connection: &mut PgConnection,
    shared: &Arc<Shared>,
    schema: &str,
) -> Result<bool, MigrationError> {
    let taken = async {
        connection
            .execute("BEGIN; SET LOCAL palisade.scope = 'system'")
            .await?;
        sqlx::query(LOCK)
            .bind(schema)
            .execute(&mut *connection)
            .await?;
        tables(connection).await?;
        applied(connection).await
    };
    let result = match taken.await {
        Ok(applied) => step_and_policies(connection, shared, &applied).await,
        Err(error) => Err(database(error)),
    };
    let end = if result.is_ok() { "COMMIT" } else { "ROLLBACK" };
    let ended = connection.execute(end).await;
    let did = result?;
    ended.map_err(database)?;
    Ok(did)
}

async fn step_and_policies(
    connection: &mut PgConnection,
    shared: &Arc<Shared>,
    applied: &[Applied],
) -> Result<bool, MigrationError> {
    let next = next(shared, applied)?;
    if let Some((capability, step)) = next {
        let done = apply(connection, capability, step, shared).await;
        done.map_err(|said| MigrationError::of_step(capability, step, said))?;
        tracing::info!(
            capability,
            version = step.version,
            "the store's schema took a step: {}",
            step.name
        );
    }
    let bound = policies::bind(connection, shared.schema.tenant_tables()).await;
    bound.map_err(database)?;
    Ok(next.is_some())
}

async fn apply(
    connection: &mut PgConnection,
    capability: &str,
    step: &Migration,
    shared: &Shared,
) -> Result<(), String> {
    let sql = dialect::for_postgres(&step.sql)?;
    let run = sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&mut *connection)
        .await;
    run.map_err(|error| said(&error))?;
    let record = sqlx::query(RECORD)
        .bind(capability)
        .bind(i64::from(step.version))
        .bind(step.name)
        .bind(checksum(&step.sql))
        .bind(i64::from(step.compatible_back_to))
        .bind(i64::try_from(shared.clock.now().unix_micros()).unwrap_or(i64::MAX));
    let recorded = record.execute(connection).await;
    recorded.map(|_| ()).map_err(|error| said(&error))
}

fn next(
    shared: &Shared,
    applied: &[Applied],
) -> Result<Option<(&'static str, &'static Migration)>, MigrationError> {
    Ok(missing(&shared.schema, applied, None)?.first().copied())
}

/// What was applied; nothing, where there is no record yet.
async fn applied(connection: &mut PgConnection) -> Result<Vec<Applied>, sqlx::Error> {
    let known = "SELECT to_regclass('palisade_migrations') IS NOT NULL";
    if !connection.fetch_one(known).await?.try_get::<bool, _>(0)? {
        return Ok(Vec::new());
    }
    let rows = connection.fetch_all(APPLIED).await?;
    let number = |row: &sqlx::postgres::PgRow, at: usize| -> Result<u32, sqlx::Error> {
        let number: i64 = row.try_get(at)?;
        u32::try_from(number).map_err(|error| sqlx::Error::Decode(error.into()))
    };
    rows.iter()
        .map(|row| {
            Ok(Applied {
                capability: row.try_get(0)?,
                version: number(row, 1)?,
                name: row.try_get(2)?,
                checksum: row.try_get(3)?,
                compatible_back_to: number(row, 4)?,
            })
        })
        .collect()
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
