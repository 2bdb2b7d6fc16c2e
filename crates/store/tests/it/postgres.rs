//! What is Postgres' own: roles, settings, connections that break.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use palisade_kernel::FixedClock;
use palisade_store::testing::{BEGINNING, Postgres, TestStore, block_on, on_postgres};
use palisade_store::{
    Error, Health, MigrationError, OpenError, PostgresOptions, Scope, Store, StoreOptions, Tx,
    Value, roles,
};

use crate::capability::{ADD_COUNTER, BUMP, COUNT, COUNTER, NOTES};

async fn open(options: PostgresOptions) -> Result<Store, OpenError> {
    let clock = Arc::new(FixedClock::at(BEGINNING));
    Store::open(StoreOptions::Postgres(options), clock, &[NOTES]).await
}

fn runtime_alone(postgres: &Postgres) -> PostgresOptions {
    PostgresOptions {
        migration_url: None,
        ..postgres.options()
    }
}

async fn add(store: &Store, name: &'static str) -> Result<u64, Error> {
    let values: [Value; 4] = [name.into(), 0i64.into(), false.into(), Value::Null];
    store
        .write(Scope::System, async move |tx: &mut Tx| {
            tx.execute(ADD_COUNTER, &values).await
        })
        .await
}

#[test]
fn the_runtime_login_changes_no_schema_and_no_record() {
    on_postgres(async |postgres: &Postgres| {
        let store = open(postgres.options()).await.unwrap();
        for forbidden in [
            "CREATE TABLE mine (id BIGINT)",
            "DROP TABLE notes",
            "ALTER TABLE notes DISABLE ROW LEVEL SECURITY",
            "DROP POLICY palisade_tenant ON notes",
            "DELETE FROM palisade_migrations",
            "TRUNCATE notes",
        ] {
            let run = async move |tx: &mut Tx| tx.execute(forbidden, &[]).await;
            let answer = store.write(Scope::System, run).await;
            assert!(
                matches!(answer, Err(Error::Denied(_))),
                "{forbidden}: {answer:?}"
            );
        }
    });
}

#[test]
fn the_runtime_login_alone_waits_for_somebody_to_migrate() {
    on_postgres(async |postgres: &Postgres| {
        let refused = open(runtime_alone(postgres)).await.map(|_| ());
        assert!(
            matches!(
                refused,
                Err(OpenError::Migration(MigrationError::Pending {
                    version: 1,
                    ..
                }))
            ),
            "{refused:?}"
        );
        open(postgres.options()).await.unwrap();
        open(runtime_alone(postgres)).await.unwrap();
    });
}

#[test]
fn setting_up_twice_changes_the_passwords_and_nothing_else() {
    on_postgres(async |postgres: &Postgres| {
        let store = open(postgres.options()).await.unwrap();
        add(&store, "a").await.unwrap();
        let new = roles::Roles {
            runtime_password: "it's new".to_owned(),
            ..postgres.roles()
        };
        let logins = roles::set_up(&postgres.owner_url, &new).await.unwrap();
        assert!(matches!(
            open(runtime_alone(postgres)).await,
            Err(OpenError::Postgres { .. })
        ));
        let store = open(PostgresOptions {
            url: logins.runtime,
            ..postgres.options()
        })
        .await
        .unwrap();
        assert!(add(&store, "a").await.is_err(), "what was there is there");
    });
}

#[test]
fn one_login_for_all_works_and_says_what_is_missing() {
    on_postgres(async |postgres: &Postgres| {
        let options = PostgresOptions {
            url: postgres.owner_url.clone(),
            migration_url: None,
            schema: format!("{}_single", postgres.schema),
        };
        let store = open(options.clone()).await.unwrap();
        add(&store, "a").await.unwrap();
        let said = store.degraded().join("\n");
        assert!(
            said.contains("row-level security does not bind it"),
            "{said}"
        );
        assert!(said.contains("may change the schema"), "{said}");
        postgres
            .execute(format!("DROP SCHEMA {} CASCADE", options.schema))
            .await;
    });
}

#[test]
fn a_login_that_acknowledges_before_the_sync_is_refused() {
    on_postgres(async |postgres: &Postgres| {
        let role = format!("{}_runtime", postgres.schema);
        postgres
            .execute(format!("ALTER ROLE {role} SET synchronous_commit = off"))
            .await;
        let refused = open(postgres.options()).await.map(|_| ());
        assert!(
            matches!(refused, Err(OpenError::Unsynced { .. })),
            "{refused:?}"
        );
    });
}

#[test]
fn a_tenant_table_that_lost_its_policy_is_refused_until_it_is_migrated_again() {
    on_postgres(async |postgres: &Postgres| {
        open(postgres.options()).await.unwrap();
        let schema = &postgres.schema;
        for loss in ["NO FORCE ROW LEVEL SECURITY", "DISABLE ROW LEVEL SECURITY"] {
            postgres
                .execute(format!("ALTER TABLE {schema}.notes {loss}"))
                .await;
            let refused = open(runtime_alone(postgres)).await.map(|_| ());
            let Err(OpenError::Migration(MigrationError::Unbound { table })) = refused else {
                panic!("{refused:?}");
            };
            assert_eq!(table, "notes");
            open(postgres.options()).await.unwrap();
        }
    });
}

#[test]
fn a_lost_database_is_named_and_found_again() {
    on_postgres(async |postgres: &Postgres| {
        let store = open(postgres.options()).await.unwrap();
        add(&store, "a").await.unwrap();
        let role = format!("{}_runtime", postgres.schema);
        postgres.execute(format!("ALTER ROLE {role} NOLOGIN")).await;
        let end = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{role}'"
        );
        postgres.execute(end).await;
        let lost = add(&store, "b").await;
        assert!(matches!(lost, Err(Error::Gone(_))), "{lost:?}");
        assert!(matches!(store.health(), Health::Gone { .. }));
        postgres.execute(format!("ALTER ROLE {role} LOGIN")).await;
        add(&store, "b").await.unwrap();
        assert_eq!(store.health(), Health::Serving);
    });
}

#[test]
fn a_database_that_is_not_there_is_named_without_its_password() {
    on_postgres(async |postgres: &Postgres| {
        let mut options = postgres.options();
        options.url.push_str("_nowhere");
        let error = open(options).await.map(|_| ()).unwrap_err().to_string();
        assert!(
            error.contains("_nowhere") && !error.contains("only-for-tests"),
            "{error}"
        );
    });
}

#[test]
fn nodes_that_start_at_once_make_a_new_schema_once() {
    const NODES: usize = 6;
    on_postgres(async |postgres: &Postgres| {
        let together = std::sync::Barrier::new(NODES);
        std::thread::scope(|scope| {
            let start = || {
                together.wait();
                block_on(open(postgres.options())).map(|_| ())
            };
            let nodes: Vec<_> = (0..NODES).map(|_| scope.spawn(start)).collect();
            for node in nodes {
                node.join().unwrap().unwrap();
            }
        });
    });
}

/// Two transactions that read before either writes: one of them has to run again.
#[test]
fn writes_that_cross_run_again_until_each_counts() {
    on_postgres(async |postgres: &Postgres| {
        let store = TestStore::open(StoreOptions::Postgres(postgres.options()), &[NOTES]).await;
        add(&store, "a").await.unwrap();
        let runs = Arc::new(AtomicU32::new(0));
        let both = Arc::new(tokio::sync::Barrier::new(2));
        let bump = || {
            let (runs, both) = (Arc::clone(&runs), Arc::clone(&both));
            store.write(
                Scope::System,
                async move |tx: &mut Tx| -> Result<u64, Error> {
                    let value = tx.one(COUNTER, &["a".into()]).await?.integer("value")?;
                    if runs.fetch_add(1, Ordering::SeqCst) < 2 {
                        both.wait().await;
                    }
                    tx.execute(BUMP, &["a".into(), (value + 1).into()]).await
                },
            )
        };
        let (first, second) = tokio::join!(bump(), bump());
        first.unwrap();
        second.unwrap();
        assert_eq!(runs.load(Ordering::SeqCst), 3);
        let read = async |tx: &mut Tx| tx.one(COUNTER, &["a".into()]).await;
        let row = store.read(Scope::System, read).await.unwrap();
        assert_eq!(row.integer("value").unwrap(), 2);
    });
}

/// A transaction that never said its scope sees no tenant's rows, whatever runs it.
#[test]
fn a_connection_without_a_scope_sees_nothing() {
    on_postgres(async |postgres: &Postgres| {
        let store = open(postgres.options()).await.unwrap();
        let note = async |tx: &mut Tx| {
            tx.execute(
                crate::capability::SYSTEM_ADD,
                &["north".into(), 1i64.into(), Value::Null],
            )
            .await
        };
        store.write(Scope::System, note).await.unwrap();
        let forgets = async |tx: &mut Tx| -> Result<i64, Error> {
            // Another closure's scope, taken off as a pooler would leave it.
            tx.one(
                "SELECT set_config('palisade.scope', '', TRUE) AS scope",
                &[],
            )
            .await?;
            tx.one("SELECT COUNT(*) AS number FROM notes", &[])
                .await?
                .integer("number")
        };
        assert_eq!(store.read(Scope::System, forgets).await.unwrap(), 0);
        let counts = async |tx: &mut Tx| tx.one(COUNT, &[]).await;
        store.read(Scope::System, counts).await.unwrap();
    });
}
