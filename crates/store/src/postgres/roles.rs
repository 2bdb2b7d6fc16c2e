//! The three roles: who owns the tables, who changes them, who serves.
//!
//! The owner cannot log in. The migration login acts as the owner. The runtime login reads and
//! writes rows, makes and drops nothing, and is bound by row-level security: it owns no table and
//! has no BYPASSRLS.

use sqlx::{AssertSqlSafe, ConnectOptions, Connection as _, Executor, PgConnection, Row as _};
use url::Url;

use super::address;
use crate::open::OpenError;

/// How to name what is made.
#[derive(Clone)]
pub struct Roles {
    /// Of our tables; a-z, 0-9 and _.
    pub schema: String,
    /// What the names of the roles begin with: `<prefix>_owner`, `_migration`, `_runtime`.
    pub prefix: String,
    pub migration_password: String,
    pub runtime_password: String,
}

impl Roles {
    fn name(&self, part: &str) -> String {
        format!("{}_{part}", self.prefix)
    }

    /// The URLs of the logins, in the database of `owner_url`.
    fn logins(&self, owner_url: &str) -> Result<Logins, OpenError> {
        let url_of = |part: &str, password: &str| {
            let mut url = Url::parse(owner_url).map_err(|_| OpenError::Url)?;
            let named = url.set_username(&self.name(part));
            named.map_err(|()| OpenError::Url)?;
            url.set_password(Some(password))
                .map_err(|()| OpenError::Url)?;
            Ok::<_, OpenError>(url.into())
        };
        Ok(Logins {
            runtime: url_of("runtime", &self.runtime_password)?,
            migration: url_of("migration", &self.migration_password)?,
        })
    }
}

/// The URLs of the two that can log in. They hold passwords.
pub struct Logins {
    /// For `store.url`.
    pub runtime: String,
    /// For `store.migration_url`.
    pub migration: String,
}

/// Makes the roles and the schema, or sets them right where they are there: a second run changes
/// the passwords. `owner_url` is a login that may make roles and schemas in the database.
///
/// # Errors
///
/// When the login lacks a right; then nothing is changed. A managed database without CREATEROLE
/// can be used with its one login instead, and [`Store::degraded`](crate::Store::degraded) says
/// what is missing then.
pub async fn set_up(owner_url: &str, roles: &Roles) -> Result<Logins, OpenError> {
    let logins = roles.logins(owner_url)?;
    let options = address::parse(owner_url, &roles.schema)?;
    let failed = |error: sqlx::Error| OpenError::Postgres {
        place: address::place(&options),
        cause: error.to_string(),
    };
    if !address::is_schema_name(&roles.name("migration")) {
        let what = format!("{:?} cannot begin the names of roles", roles.prefix);
        return Err(failed(sqlx::Error::Configuration(what.into())));
    }
    let mut connection = options.connect().await.map_err(failed)?;
    let done = set_up_in_transaction(&mut connection, roles).await;
    let end = if done.is_ok() { "COMMIT" } else { "ROLLBACK" };
    let ended = connection.execute(end).await;
    done.map_err(failed)?;
    ended.map_err(failed)?;
    let _ = connection.close().await;
    Ok(logins)
}

async fn set_up_in_transaction(
    connection: &mut PgConnection,
    roles: &Roles,
) -> Result<(), sqlx::Error> {
    connection.execute("BEGIN").await?;
    let (owner, migration, runtime) = (
        roles.name("owner"),
        roles.name("migration"),
        roles.name("runtime"),
    );
    role(connection, &owner, "NOLOGIN", None).await?;
    role(
        connection,
        &migration,
        "LOGIN NOINHERIT",
        Some(&roles.migration_password),
    )
    .await?;
    role(
        connection,
        &runtime,
        "LOGIN NOINHERIT",
        Some(&roles.runtime_password),
    )
    .await?;
    let schema = &roles.schema;
    // The names were checked to need no quoting.
    let grants = format!(
        "GRANT {owner} TO {migration};
        GRANT {owner} TO CURRENT_USER;
        CREATE SCHEMA IF NOT EXISTS {schema} AUTHORIZATION {owner};
        SET LOCAL ROLE {owner};
        REVOKE ALL ON SCHEMA {schema} FROM PUBLIC;
        GRANT USAGE ON SCHEMA {schema} TO {runtime};
        ALTER DEFAULT PRIVILEGES IN SCHEMA {schema}
            GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {runtime};
        ALTER DEFAULT PRIVILEGES IN SCHEMA {schema}
            GRANT USAGE ON SEQUENCES TO {runtime};
        RESET ROLE"
    );
    sqlx::raw_sql(AssertSqlSafe(grants))
        .execute(&mut *connection)
        .await?;
    // Whatever the migration login does, it does as the owner.
    let act_as =
        "SELECT format('ALTER ROLE %I IN DATABASE %I SET role TO %I', $1, current_database(), $2)";
    let row = sqlx::query(act_as)
        .bind(&migration)
        .bind(&owner)
        .fetch_one(&mut *connection)
        .await?;
    let sql: String = row.try_get(0)?;
    connection.execute(AssertSqlSafe(sql)).await?;
    Ok(())
}

async fn role(
    connection: &mut PgConnection,
    name: &str,
    can: &str,
    password: Option<&str>,
) -> Result<(), sqlx::Error> {
    let exists = "SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = $1)";
    let row = sqlx::query(exists)
        .bind(name)
        .fetch_one(&mut *connection)
        .await?;
    let verb = if row.try_get(0)? { "ALTER" } else { "CREATE" };
    let mut sql = format!("{verb} ROLE {name} NOCREATEDB NOCREATEROLE {can}");
    if let Some(password) = password {
        let quote = "SELECT quote_literal($1)";
        let row = sqlx::query(quote)
            .bind(password)
            .fetch_one(&mut *connection)
            .await?;
        sql.push_str(" PASSWORD ");
        sql.push_str(row.try_get(0)?);
    }
    connection.execute(AssertSqlSafe(sql)).await?;
    Ok(())
}
