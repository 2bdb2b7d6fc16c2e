//! How a schema comes to be, and what is refused.

use std::sync::Arc;

use palisade_kernel::FixedClock;
use palisade_store::testing::{BEGINNING, TestStore, block_on};
use palisade_store::{
    Error, Migration, MigrationError, Migrations, OpenError, Scope, Sql, Store, StoreOptions,
    Table, Tx,
};

palisade_store::on_both_engines!(&[FIRST] =>
    the_next_release_adds_its_step_and_the_last_one_runs_on,
    a_step_that_breaks_the_last_release_keeps_it_out,
    a_step_that_fails_leaves_the_old_state,
    a_step_with_another_text_is_refused,
    only_the_release_before_a_failed_one_still_runs,
    several_nodes_may_start_at_once,
    the_record_of_steps_is_dated,
);

const fn release(steps: &'static [Migration]) -> Migrations {
    Migrations {
        capability: "letters",
        steps,
        tables: LETTERS_TABLE,
    }
}

const fn step(version: u32, sql: &'static str, compatible_back_to: u32) -> Migration {
    Migration {
        version,
        name: "letters",
        sql: Sql::Portable(sql),
        compatible_back_to,
    }
}

const LETTERS_TABLE: &[Table] = &[Table::shared("letters")];
const LETTERS: Migration = step(1, "CREATE TABLE letters (id BIGINT PRIMARY KEY)", 1);
const FIRST: Migrations = release(&[LETTERS]);
const ADDS: Migrations = release(&[
    LETTERS,
    step(2, "ALTER TABLE letters ADD COLUMN body TEXT", 1),
]);
const BREAKS: Migrations = release(&[LETTERS, step(2, "ALTER TABLE letters RENAME TO post", 2)]);
const FAILS: Migrations = release(&[
    LETTERS,
    step(
        2,
        "INSERT INTO letters (id) VALUES (1); INSERT INTO nowhere (id) VALUES (1)",
        1,
    ),
]);
const CHANGED: Migrations = release(&[step(1, "CREATE TABLE letters (id TEXT PRIMARY KEY)", 1)]);

async fn open(options: &StoreOptions, release: Migrations) -> Result<Store, OpenError> {
    Store::open(
        options.clone(),
        Arc::new(FixedClock::at(BEGINNING)),
        &[release],
    )
    .await
}

async fn closed(store: TestStore) -> StoreOptions {
    store.close().await;
    store.options().clone()
}

async fn count(store: &Store) -> i64 {
    let read = async |tx: &mut Tx| -> Result<i64, Error> {
        tx.one("SELECT COUNT(*) AS number FROM letters", &[])
            .await?
            .integer("number")
    };
    store.read(Scope::System, read).await.unwrap()
}

#[track_caller]
fn refused(opened: Result<Store, OpenError>) -> MigrationError {
    match opened.map(|_| ()) {
        Err(OpenError::Migration(error)) => error,
        other => panic!("{other:?} is no refusal of a migration"),
    }
}

async fn the_next_release_adds_its_step_and_the_last_one_runs_on(store: TestStore) {
    let options = closed(store).await;
    let next = open(&options, ADDS).await.unwrap();
    let add = async |tx: &mut Tx| {
        tx.execute(
            "INSERT INTO letters (id, body) VALUES ($1, $2)",
            &[1i64.into(), "x".into()],
        )
        .await
    };
    next.write(Scope::System, add).await.unwrap();
    next.close().await;
    let last = open(&options, FIRST).await.unwrap();
    assert_eq!(count(&last).await, 1);
}

async fn a_step_that_breaks_the_last_release_keeps_it_out(store: TestStore) {
    let options = closed(store).await;
    open(&options, BREAKS).await.unwrap().close().await;
    let error = refused(open(&options, FIRST).await);
    assert!(
        matches!(
            error,
            MigrationError::TooNew {
                needs: 2,
                ours: 1,
                ..
            }
        ),
        "{error}"
    );
}

async fn a_step_that_fails_leaves_the_old_state(store: TestStore) {
    let options = closed(store).await;
    let error = refused(open(&options, FAILS).await).to_string();
    assert!(
        error.starts_with("step 2 of letters (letters) failed, and the state is as it was"),
        "{error}"
    );
    assert!(error.contains("nowhere"), "{error}");
}

async fn only_the_release_before_a_failed_one_still_runs(store: TestStore) {
    let options = closed(store).await;
    refused(open(&options, FAILS).await);
    let last = open(&options, FIRST).await.unwrap();
    assert_eq!(count(&last).await, 0);
    last.close().await;
    open(&options, ADDS).await.unwrap();
}

async fn a_step_with_another_text_is_refused(store: TestStore) {
    let options = closed(store).await;
    let error = refused(open(&options, CHANGED).await);
    assert!(
        matches!(error, MigrationError::Changed { version: 1, .. }),
        "{error}"
    );
}

async fn several_nodes_may_start_at_once(store: TestStore) {
    let options = closed(store).await;
    // On SQLite there is one node; the others are told who has the file.
    let starts = (0..4).map(|_| open(&options, ADDS));
    let opened = futures_util::future::join_all(starts).await;
    let running = opened.iter().filter(|store| store.is_ok()).count();
    match &options {
        StoreOptions::Postgres(_) => assert_eq!(running, 4),
        StoreOptions::Sqlite { .. } => assert_eq!(running, 1),
    }
    for error in opened.into_iter().filter_map(|store| store.err()) {
        let said = error.to_string();
        assert!(said.contains("is in use by another palisade"), "{said}");
    }
}

#[test]
fn who_holds_the_file_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let options = StoreOptions::in_directory(directory.path());
    block_on(async {
        let _first = open(&options, FIRST).await.unwrap();
        let error = open(&options, FIRST)
            .await
            .map(|_| ())
            .unwrap_err()
            .to_string();
        let own = format!("(process {})", std::process::id());
        assert!(error.contains(&own), "{error}");
    });
}

async fn the_record_of_steps_is_dated(store: TestStore) {
    let read = async |tx: &mut Tx| {
        tx.one("SELECT version, applied_at FROM palisade_migrations", &[])
            .await
    };
    let row = store.read(Scope::System, read).await.unwrap();
    assert_eq!(row.integer("version").unwrap(), 1);
    assert_eq!(row.timestamp("applied_at").unwrap(), BEGINNING);
}

#[test]
fn a_declaration_that_cannot_be_kept_is_refused() {
    const GAP: Migrations = release(&[LETTERS, step(3, "SELECT 1", 1)]);
    const AHEAD: Migrations = release(&[step(1, "SELECT 1", 2)]);
    const QUOTED: Migrations = Migrations {
        tables: &[Table::shared("Letters")],
        ..FIRST
    };
    for (declared, part) in [
        (vec![GAP], "count from 1, without a gap"),
        (vec![AHEAD], "say 1 to 1"),
        (vec![QUOTED], "not named in a-z"),
        (
            vec![
                FIRST,
                Migrations {
                    tables: &[],
                    ..FIRST
                },
            ],
            "declared twice",
        ),
        (
            vec![
                FIRST,
                Migrations {
                    capability: "post",
                    ..FIRST
                },
            ],
            "another capability's",
        ),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let options = StoreOptions::in_directory(directory.path());
        let clock = Arc::new(FixedClock::at(BEGINNING));
        let error = refused(block_on(Store::open(options, clock, &declared))).to_string();
        assert!(error.contains(part), "{error}");
    }
}
