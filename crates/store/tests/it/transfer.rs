//! The whole state, out of one engine and into either.

use std::sync::Arc;

use palisade_kernel::{FixedClock, TenantId};
use palisade_store::testing::{BEGINNING, Postgres, TestStore, block_on};
use palisade_store::{
    Error, Migration, Migrations, Restoration, Scope, Snapshot, Sql, Steps, StoreOptions, Table,
    TransferError, Tx, Value, is_restored,
};
use serde_json::Value as Json;

use crate::capability::{ADD_COUNTER, ADD_NOTE, COUNTER, MARK, NOTES, SYSTEM_NOTES};

palisade_store::on_both_engines!(&[NOTES] =>
    the_state_goes_into_sqlite,
    the_state_goes_into_postgres,
    a_snapshot_is_one_moment_and_holds_nobody_up,
    what_is_there_stands_until_the_commit,
    a_restore_is_known_by_its_id_once_it_is_committed,
    the_rows_of_an_older_release_take_the_steps_since,
    a_state_of_a_newer_release_is_neither_taken_nor_replaced,
    a_table_that_nobody_declared_is_not_forgotten,
    lines_that_do_not_fit_are_refused,
);

async fn fill(store: &TestStore) {
    let shared = async |tx: &mut Tx| -> Result<(), Error> {
        let values = ["a".into(), i64::MAX.into(), true.into(), b"\0\xff".into()];
        tx.execute(ADD_COUNTER, &values).await?;
        tx.execute(
            ADD_COUNTER,
            &["b".into(), 0i64.into(), false.into(), Value::Null],
        )
        .await?;
        tx.execute(MARK, &["a".into(), 7i64.into()]).await?;
        Ok(())
    };
    store.write(Scope::System, shared).await.unwrap();
    for tenant in ["north", "south"] {
        let note = async |tx: &mut Tx| tx.execute(ADD_NOTE, &[1i64.into(), "ä\n\"".into()]).await;
        store
            .write(&TenantId::parse(tenant).unwrap(), note)
            .await
            .unwrap();
    }
}

/// What a snapshot hands out.
struct Taken {
    steps: Steps,
    lines: Vec<Json>,
}

async fn taken(options: &StoreOptions) -> Taken {
    let mut snapshot = Snapshot::open(options, &[NOTES]).await.unwrap();
    let mut lines = Vec::new();
    let each = |line: &Json| {
        lines.push(line.clone());
        Ok(())
    };
    snapshot.lines(each).await.unwrap();
    Taken {
        steps: snapshot.steps().clone(),
        lines,
    }
}

async fn restoration(options: &StoreOptions, capabilities: &[Migrations]) -> Restoration {
    let clock = Arc::new(FixedClock::at(BEGINNING));
    Restoration::begin(options, clock, capabilities)
        .await
        .unwrap()
}

async fn restore(options: &StoreOptions, capabilities: &[Migrations], taken: &Taken) {
    let mut restoration = restoration(options, capabilities).await;
    restoration.prepare(&taken.steps).await.unwrap();
    for line in &taken.lines {
        restoration.line(line).await.unwrap();
    }
    restoration.commit("an id").await.unwrap();
}

async fn check_restored(options: StoreOptions) {
    let store = TestStore::open(options, &[NOTES]).await;
    let read = async |tx: &mut Tx| -> Result<_, Error> {
        let counter = tx.one(COUNTER, &["a".into()]).await?;
        Ok((counter, tx.rows(SYSTEM_NOTES, &[]).await?))
    };
    let (counter, notes) = store.read(Scope::System, read).await.unwrap();
    assert_eq!(counter.integer("value").unwrap(), i64::MAX);
    assert!(counter.bool("flagged").unwrap());
    assert_eq!(counter.bytes("stamp").unwrap(), b"\0\xff");
    assert_eq!(notes.len(), 2);
    assert_eq!(notes[1].text("tenant").unwrap(), "south");
    assert_eq!(notes[1].text("body").unwrap(), "ä\n\"");
    store.close().await;
}

async fn the_state_goes_into_sqlite(store: TestStore) {
    fill(&store).await;
    let directory = tempfile::tempdir().unwrap();
    let target = StoreOptions::in_directory(directory.path());
    restore(&target, &[NOTES], &taken(store.options()).await).await;
    check_restored(target).await;
}

async fn the_state_goes_into_postgres(store: TestStore) {
    fill(&store).await;
    let taken = taken(store.options()).await;
    let postgres = Postgres::prepare().await;
    let target = StoreOptions::Postgres(postgres.options());
    restore(&target, &[NOTES], &taken).await;
    check_restored(target).await;
    postgres.remove().await;
}

async fn a_snapshot_is_one_moment_and_holds_nobody_up(store: TestStore) {
    fill(&store).await;
    let mut snapshot = Snapshot::open(store.options(), &[NOTES]).await.unwrap();
    let late = ["c".into(), 0i64.into(), false.into(), Value::Null];
    let add = async move |tx: &mut Tx| tx.execute(ADD_COUNTER, &late).await;
    store.write(Scope::System, add).await.unwrap();
    let counted: Vec<_> = snapshot.tables().iter().map(|t| (t.name, t.rows)).collect();
    assert_eq!(counted, [("notes", 2), ("counters", 2), ("marks", 1)]);
    let mut rows = 0;
    let count = |line: &Json| {
        rows += u32::from(line.is_array());
        Ok(())
    };
    snapshot.lines(count).await.unwrap();
    assert_eq!(rows, 5);
}

async fn what_is_there_stands_until_the_commit(store: TestStore) {
    fill(&store).await;
    let (options, there) = (store.options().clone(), taken(store.options()).await);
    store.close().await;
    let mut restoration = restoration(&options, &[NOTES]).await;
    assert!(!restoration.there().is_empty());
    restoration.prepare(&there.steps).await.unwrap();
    restoration.abandon().await;
    assert_eq!(taken(&options).await.lines, there.lines);

    let nothing = Taken {
        lines: Vec::new(),
        ..there
    };
    restore(&options, &[NOTES], &nothing).await;
    assert!(taken(&options).await.lines.is_empty());
}

async fn a_restore_is_known_by_its_id_once_it_is_committed(store: TestStore) {
    let options = store.options().clone();
    let steps = taken(&options).await.steps;
    store.close().await;
    assert!(!is_restored(&options, "one").await.unwrap());
    for (id, other) in [("one", "two"), ("two", "one")] {
        let mut restoration = restoration(&options, &[NOTES]).await;
        restoration.prepare(&steps).await.unwrap();
        restoration.commit(id).await.unwrap();
        assert!(is_restored(&options, id).await.unwrap());
        assert!(!is_restored(&options, other).await.unwrap());
    }
}

/// The capability of a release that came later: a column more, made of another, and a table less.
const LATER: Migrations = Migrations {
    steps: &[
        NOTES.steps[0],
        Migration {
            version: 2,
            name: "titles, and no marks",
            sql: Sql::Portable(
                "ALTER TABLE notes ADD COLUMN title TEXT;
                UPDATE notes SET title = tenant || '/' || body;
                DROP TABLE marks",
            ),
            compatible_back_to: 2,
        },
    ],
    tables: &[Table::of_tenants("notes"), Table::shared("counters")],
    ..NOTES
};

async fn the_rows_of_an_older_release_take_the_steps_since(store: TestStore) {
    fill(&store).await;
    let (options, older) = (store.options().clone(), taken(store.options()).await);
    store.close().await;
    let later = TestStore::open(options.clone(), &[LATER]).await;
    later.close().await;
    restore(&options, &[LATER], &older).await;
    let store = TestStore::open(options, &[LATER]).await;
    let read = async |tx: &mut Tx| {
        let titles = "SELECT title FROM notes ORDER BY title";
        tx.rows(titles, &[]).await
    };
    let notes = store.read(Scope::System, read).await.unwrap();
    assert_eq!(notes[0].text("title").unwrap(), "north/ä\n\"");
}

async fn a_state_of_a_newer_release_is_neither_taken_nor_replaced(store: TestStore) {
    let options = store.options().clone();
    store.close().await;
    TestStore::open(options.clone(), &[LATER])
        .await
        .close()
        .await;
    let clock = Arc::new(FixedClock::at(BEGINNING));
    let refusals = [
        Snapshot::open(&options, &[NOTES]).await.err().unwrap(),
        Restoration::begin(&options, clock, &[NOTES])
            .await
            .err()
            .unwrap(),
    ];
    for refusal in refusals {
        assert!(
            matches!(
                refusal,
                TransferError::NewerState {
                    found: 2,
                    ours: 1,
                    ..
                }
            ),
            "{refusal}"
        );
    }
    let mut restoration = restoration(&options, &[LATER]).await;
    let newer = Steps::from([("notes".to_owned(), 3)]);
    let refused = restoration.prepare(&newer).await.unwrap_err();
    assert!(
        matches!(
            refused,
            TransferError::NewerArchive {
                found: 3,
                ours: 2,
                ..
            }
        ),
        "{refused}"
    );
    restoration.abandon().await;
}

async fn a_table_that_nobody_declared_is_not_forgotten(store: TestStore) {
    const FORGETFUL: Migrations = Migrations {
        tables: &[Table::of_tenants("notes"), Table::shared("counters")],
        ..NOTES
    };
    let refused = Snapshot::open(store.options(), &[FORGETFUL]).await;
    assert!(
        matches!(refused, Err(TransferError::UnknownTable(ref table)) if table == "marks"),
        "{:?}",
        refused.err()
    );
}

async fn lines_that_do_not_fit_are_refused(store: TestStore) {
    fill(&store).await;
    let (options, there) = (store.options().clone(), taken(store.options()).await);
    store.close().await;
    let head = r#"{"table":"marks","columns":["name","at"]}"#;
    for (lines, part) in [
        (&["[1]"][..], "neither a table nor a row"),
        (&["7"], "neither a table nor a row"),
        (
            &[r#"{"table":"palisade_migrations","columns":["name"]}"#],
            "did not have",
        ),
        (
            &[r#"{"table":"palisade_restores","columns":["id"]}"#],
            "did not have",
        ),
        (
            &[r#"{"table":"marks; --","columns":["name"]}"#],
            "did not have",
        ),
        (
            &[r#"{"table":"marks","columns":["name\") --"]}"#],
            "did not have",
        ),
        (&[r#"{"table":"marks"}"#], "did not have"),
        (&[head, r#"["a"]"#], "no row of its table"),
        (&[head, r#"["a",7.5]"#], "no row of its table"),
        (&[head, r#"["a",{"hex":"0"}]"#], "no row of its table"),
        (&[head, r#"["nobody",7]"#], "the schema refuses"),
    ] {
        let mut restoration = restoration(&options, &[NOTES]).await;
        restoration.prepare(&there.steps).await.unwrap();
        let mut refused = None;
        for line in lines {
            let line: Json = serde_json::from_str(line).unwrap();
            refused = restoration.line(&line).await.err();
        }
        restoration.abandon().await;
        let refused = refused.expect("it is refused").to_string();
        assert!(refused.contains(part), "{lines:?}: {refused}");
    }
    assert_eq!(taken(&options).await.lines, there.lines);
}

#[test]
fn a_place_without_a_state_is_told() {
    block_on(async {
        let directory = tempfile::tempdir().unwrap();
        let options = StoreOptions::in_directory(directory.path());
        let refused = Snapshot::open(&options, &[NOTES]).await.err().unwrap();
        assert!(refused.to_string().contains("--data-dir"), "{refused}");
        assert!(!is_restored(&options, "one").await.unwrap());
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
    });
}

/// As a node under way has it.
#[test]
fn a_state_that_is_open_is_not_replaced() {
    block_on(async {
        let directory = tempfile::tempdir().unwrap();
        let postgres = Postgres::prepare().await;
        for options in [
            StoreOptions::in_directory(directory.path()),
            StoreOptions::Postgres(postgres.options()),
        ] {
            let store = TestStore::open(options.clone(), &[NOTES]).await;
            fill(&store).await;
            let clock = Arc::new(FixedClock::at(BEGINNING));
            let refused = Restoration::begin(&options, clock, &[NOTES]).await.err();
            let refused = refused.expect("it is refused").to_string();
            assert!(refused.contains("stop"), "{refused}");
            store.close().await;
        }
        postgres.remove().await;
    });
}
