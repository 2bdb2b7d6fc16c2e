//! A schema and three roles of a test's own, in the Postgres that `cargo xtask test` starts.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::{options, unique_name};
use crate::PostgresOptions;
use crate::roles::{self, Roles};

/// Where the tests' Postgres is: a login that may do everything.
const URL: &str = "PALISADE_TEST_POSTGRES_URL";
/// The logins live as long as one test, in a database that does not outlive the run.
const PASSWORD: &str = "only-for-tests";

/// A schema of its own, with its roles.
pub struct Postgres {
    pub owner_url: String,
    pub schema: String,
}

impl Postgres {
    /// Makes the schema and the roles, as `roles::set_up` does for everybody.
    pub async fn prepare() -> Self {
        let postgres = Self {
            owner_url: variable(URL),
            schema: unique_name(),
        };
        let made = roles::set_up(&postgres.owner_url, &postgres.roles()).await;
        made.expect("roles and schema are made");
        postgres
    }

    pub fn roles(&self) -> Roles {
        Roles {
            schema: self.schema.clone(),
            prefix: self.schema.clone(),
            migration_password: PASSWORD.to_owned(),
            runtime_password: PASSWORD.to_owned(),
        }
    }

    /// As a good deployment has it: a runtime login, and a migration login beside it.
    pub fn options(&self) -> PostgresOptions {
        options(
            self.url_of("runtime"),
            self.url_of("migration"),
            &self.schema,
        )
    }

    /// The URL of one of the roles.
    pub fn url_of(&self, part: &str) -> String {
        let (_, place) = self.owner_url.split_once('@').expect("the URL has a login");
        format!("postgres://{}_{part}:{PASSWORD}@{place}", self.schema)
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
