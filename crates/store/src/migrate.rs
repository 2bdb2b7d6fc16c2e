//! Brings a database's schema to that of this program, one step and one transaction at a time.

use std::sync::Arc;

use sqlx::{PgConnection, SqliteConnection};

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

/// Refuses a database in which a tenant table is not bound by row-level security.
pub(crate) async fn check_policies(
    connection: &mut PgConnection,
    shared: &Arc<Shared>,
) -> Result<(), MigrationError> {
    policies::check(connection, shared.schema.tenant_tables()).await
}

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
