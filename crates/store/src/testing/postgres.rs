//! A schema and three roles of a test's own, in the Postgres that `cargo xtask test` starts.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::{options, unique_name};
use crate::PostgresOptions;
use crate::roles::{self, Logins, Roles};

/// Where the tests' Postgres is: a login that may do everything.
const URL: &str = "PALISADE_TEST_POSTGRES_URL";
/// The logins live as long as one test, in a database that does not outlive the run.
const PASSWORD: &str = "only-for-tests";

/// A schema of its own, with its roles.
pub struct Postgres {
    pub owner_url: String,
    pub schema: String,
    pub logins: Logins,
}

impl Postgres {
    /// Makes the schema and the roles, as `roles::set_up` does for everybody.
    pub async fn prepare() -> Self {
        let (owner_url, schema) = (variable(URL), unique_name());
        let made = roles::set_up(&owner_url, &roles_of(&schema)).await;
        Self {
            logins: made.expect("roles and schema are made"),
            owner_url,
            schema,
        }
    }

    pub fn roles(&self) -> Roles {
        roles_of(&self.schema)
    }

    /// As a good deployment has it: a runtime login, and a migration login beside it.
    pub fn options(&self) -> PostgresOptions {
        let Logins { runtime, migration } = &self.logins;
        options(runtime.clone(), migration.clone(), &self.schema)
    }

    /// Runs statements as the owner of the cluster.
    pub async fn execute(&self, sql: String) {
        let mut connection = PgConnection::connect(&self.owner_url)
            .await
            .expect("a connection");
        let done = sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut connection)
            .await;
        done.expect("the statements run");
    }

    /// Removes what was made.
    pub async fn remove(self) {
        let schema = &self.schema;
        let mut connection = PgConnection::connect(&self.owner_url)
            .await
            .expect("a connection");
        let drop = format!("DROP SCHEMA IF EXISTS {schema} CASCADE");
        connection
            .execute(AssertSqlSafe(drop))
            .await
            .expect("the schema goes");
        for part in ["runtime", "migration", "owner"] {
            let drop = format!("DROP OWNED BY {schema}_{part}; DROP ROLE {schema}_{part}");
            let done = sqlx::raw_sql(AssertSqlSafe(drop))
                .execute(&mut connection)
                .await;
            done.expect("the role goes");
        }
    }
}

fn roles_of(schema: &str) -> Roles {
    Roles {
        schema: schema.to_owned(),
        prefix: schema.to_owned(),
        migration_password: PASSWORD.to_owned(),
        runtime_password: PASSWORD.to_owned(),
    }
}

/// A variable that `cargo xtask test` sets; a test fails where it is missing.
#[expect(
    clippy::disallowed_methods,
    reason = "the variables are how servers are handed to tests"
)]
#[track_caller]
pub fn variable(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set: run the tests by `cargo xtask test`"))
}
