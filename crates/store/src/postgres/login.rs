//! What the login may do, and what is missing for it to be a good one.

use sqlx::{AssertSqlSafe, Executor, PgConnection, Row as _};

use super::transaction::{Kind, STATEMENT_TIME_MAX};
use crate::migrate::MigrationError;

const EXAMINE: &str = "SELECT
    current_setting('synchronous_commit') <> 'off',
    current_setting('fsync') = 'on',
    rolsuper OR rolbypassrls,
    CASE WHEN to_regnamespace($1) IS NULL
        THEN has_database_privilege(current_database(), 'CREATE')
        ELSE has_schema_privilege($1, 'CREATE') END
    FROM pg_roles WHERE rolname = current_user";

pub(super) struct Login {
    pub(super) is_synchronous: bool,
    is_synced: bool,
    passes_policies: bool,
    pub(super) may_change_schema: bool,
}

pub(super) async fn examine(
    connection: &mut PgConnection,
    schema: &str,
) -> Result<Login, sqlx::Error> {
    let row = sqlx::query(EXAMINE)
        .bind(schema)
        .fetch_one(connection)
        .await?;
    Ok(Login {
        is_synchronous: row.try_get(0)?,
        is_synced: row.try_get(1)?,
        passes_policies: row.try_get(2)?,
        may_change_schema: row.try_get(3)?,
    })
}

impl Login {
    /// What this login or server does without, in sentences.
    pub(super) fn degraded(&self) -> Vec<String> {
        let sentences = [
            (
                self.passes_policies,
                "the login is a superuser or has BYPASSRLS, so row-level security does not bind \
                 it: tenants are kept apart by the statements alone. Use a runtime login",
            ),
            (
                self.may_change_schema,
                "the login may change the schema, and so may whoever gets hold of it. Use \
                 separate runtime and migration logins",
            ),
            (
                !self.is_synced,
                "the server runs with fsync = off: a loss of power can destroy what was \
                 acknowledged",
            ),
        ];
        let applies = sentences.into_iter().filter(|(applies, _)| *applies);
        applies.map(|(_, sentence)| sentence.to_owned()).collect()
    }
}

/// With one role, its schema is made at the first start.
pub(super) async fn make_schema(
    connection: &mut PgConnection,
    schema: &str,
) -> Result<(), MigrationError> {
    // The name was checked to need no quoting.
    let sql = format!("CREATE SCHEMA IF NOT EXISTS {schema}");
    let made = connection.execute(AssertSqlSafe(sql)).await;
    match made {
        Ok(_) => Ok(()),
        // Another node made it between the look and the act.
        Err(error)
            if error
                .as_database_error()
                .is_some_and(|e| e.is_unique_violation()) =>
        {
            Ok(())
        }
        Err(error) => Err(MigrationError::Database(error.to_string())),
    }
}

/// For each new connection: the setting may have changed since the start.
pub(super) async fn still_synchronous(
    connection: &mut PgConnection,
    kind: Kind,
) -> Result<(), sqlx::Error> {
    let limit = format!("SET statement_timeout = {}", STATEMENT_TIME_MAX.as_millis());
    connection.execute(AssertSqlSafe(limit)).await?;
    let row = connection.fetch_one("SHOW synchronous_commit").await?;
    let setting: String = row.try_get(0)?;
    if kind == Kind::Write && setting == "off" {
        let what = "synchronous_commit was turned off, and Palisade acknowledges only what is \
                    synced: set it to on";
        return Err(sqlx::Error::Configuration(what.into()));
    }
    Ok(())
}
