//! Row-level security on Postgres: one policy, the same on every tenant table.
//!
//! FORCE binds the owner of the table too (postgresql.org/docs/15/ddl-rowsecurity.html). Superusers
//! and roles with BYPASSRLS are bound by nothing, which `postgres::open` says where it is so. The
//! settings are read in sub-selects, so that they are read once per statement, not per row.

use sqlx::{AssertSqlSafe, PgConnection, Row as _};

use super::plan::MigrationError;

const UNBOUND: &str = "SELECT name FROM unnest($1::text[]) AS name
    LEFT JOIN pg_class ON pg_class.oid = to_regclass(name)
    WHERE (pg_class.oid IS NOT NULL OR $2)
    AND NOT (COALESCE(relrowsecurity AND relforcerowsecurity, FALSE)
        AND EXISTS (SELECT 1 FROM pg_policy WHERE polrelid = pg_class.oid AND polname = 'palisade_tenant'))";

/// Binds every tenant table that is there by now and is not bound.
pub(super) async fn bind(
    connection: &mut PgConnection,
    tables: &[&'static str],
) -> Result<(), sqlx::Error> {
    for table in unbound(connection, tables, false).await? {
        let rows = "(SELECT current_setting('palisade.scope', TRUE)) = 'system'
            OR tenant = (SELECT current_setting('palisade.tenant', TRUE))";
        let sql = format!(
            "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
            DROP POLICY IF EXISTS palisade_tenant ON {table};
            CREATE POLICY palisade_tenant ON {table} USING ({rows}) WITH CHECK ({rows})"
        );
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Refuses where a tenant table is missing or not bound.
pub(super) async fn check(
    connection: &mut PgConnection,
    tables: &[&'static str],
) -> Result<(), MigrationError> {
    let unbound = unbound(connection, tables, true).await;
    match unbound
        .map_err(|error| MigrationError::Database(error.to_string()))?
        .pop()
    {
        Some(table) => Err(MigrationError::Unbound { table }),
        None => Ok(()),
    }
}

async fn unbound(
    connection: &mut PgConnection,
    tables: &[&'static str],
    or_missing: bool,
) -> Result<Vec<String>, sqlx::Error> {
    let query = sqlx::query(UNBOUND).bind(tables).bind(or_missing);
    let rows = query.fetch_all(connection).await?;
    rows.iter().map(|row| row.try_get(0)).collect()
}
