//! Brings a database's schema to that of this program, one step and one transaction at a time.

use std::sync::Arc;

use sqlx::{PgConnection, SqliteConnection};

use crate::engine::Connection;
use crate::schema::{Migration, Schema};
use crate::transfer::Steps;
use crate::tx::Shared;

mod dialect;
mod plan;
mod policies;
mod postgres;
mod sqlite;

pub use plan::MigrationError;
pub(crate) use postgres::Outlook;

/// Migrates the file whose lock we hold.
pub(crate) async fn sqlite(
    connection: &mut SqliteConnection,
    shared: &Arc<Shared>,
) -> Result<(), MigrationError> {
    sqlite::migrate(connection, shared).await
}

/// Says what migrating would do, which a login without rights can ask too.
pub(crate) async fn outlook(
    connection: &mut PgConnection,
    shared: &Arc<Shared>,
) -> Result<Outlook, MigrationError> {
    postgres::outlook(connection, shared).await
}

/// Migrates a schema that other nodes may be migrating as well.
pub(crate) async fn postgres(
    connection: &mut PgConnection,
    shared: &Arc<Shared>,
    schema: &str,
) -> Result<(), MigrationError> {
    postgres::migrate(connection, shared, schema).await
}

/// Takes the steps that are missing, up to those of `until` where it says any, within the
/// transaction that is under way.
pub(crate) async fn within(
    connection: &mut Connection,
    shared: &Arc<Shared>,
    until: Option<&Steps>,
) -> Result<(), MigrationError> {
    match connection {
        Connection::SqliteWriter(connection) => sqlite::within(connection, shared, until).await,
        Connection::Postgres(connection) => postgres::within(connection, shared, until).await,
        Connection::SqliteReader(_) => Err(MigrationError::Database(
            "this connection only reads".to_owned(),
        )),
    }
}

/// The steps that are missing of those up to `until`, in the order in which they are taken.
fn missing(
    schema: &Schema,
    applied: &[plan::Applied],
    until: Option<&Steps>,
) -> Result<Vec<(&'static str, &'static Migration)>, MigrationError> {
    let mut missing = Vec::new();
    for capability in &schema.capabilities {
        let last = until.map_or(u32::MAX, |until| {
            until.get(capability.capability).copied().unwrap_or(0)
        });
        let pending = plan::pending(capability, applied)?.iter();
        let due = pending.take_while(|step| step.version <= last);
        missing.extend(due.map(|step| (capability.capability, step)));
    }
    Ok(missing)
}

/// Refuses a database in which a tenant table is not bound by row-level security.
pub(crate) async fn check_policies(
    connection: &mut PgConnection,
    shared: &Arc<Shared>,
) -> Result<(), MigrationError> {
    policies::check(connection, shared.schema.tenant_tables()).await
}

/// Which archive this state came from: one row, or none. A restore that was cut short between the
/// state and the files is told by it.
const RESTORES: &str = "CREATE TABLE IF NOT EXISTS palisade_restores (
    id TEXT PRIMARY KEY,
    at BIGINT NOT NULL
)";

/// What was applied, by whom it may still be read, and whether it is what this program has.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS palisade_migrations (
    capability TEXT NOT NULL,
    version BIGINT NOT NULL,
    name TEXT NOT NULL,
    checksum TEXT NOT NULL,
    compatible_back_to BIGINT NOT NULL,
    applied_at BIGINT NOT NULL,
    PRIMARY KEY (capability, version)
)";

const APPLIED: &str = "SELECT capability, version, name, checksum, compatible_back_to
    FROM palisade_migrations ORDER BY capability, version";
