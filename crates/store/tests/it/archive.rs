//! The whole state, out of one engine and into either.

use std::sync::Arc;

use palisade_kernel::{FixedClock, TenantId};
use palisade_store::testing::{BEGINNING, Postgres, TestStore, block_on, on_postgres};
use palisade_store::{
    ArchiveError, Contents, Error, Migration, Migrations, Scope, Sql, StoreOptions, Tx, Value,
    restore,
};

use crate::capability::{ADD_COUNTER, ADD_NOTE, COUNTER, MARK, NOTES, SYSTEM_NOTES};

palisade_store::on_both_engines!(&[NOTES] =>
    an_archive_restores_into_sqlite,
    an_archive_restores_into_postgres,
    an_export_is_one_moment_and_holds_nobody_up,
    a_state_with_rows_is_not_restored_over,
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

async fn exported(store: &TestStore) -> Vec<u8> {
    let mut archive = Vec::new();
    store.export(&mut archive).await.unwrap();
    archive
}

async fn restored(options: &StoreOptions, archive: &[u8]) -> Result<Contents, ArchiveError> {
    let clock = Arc::new(FixedClock::at(BEGINNING));
    restore(options.clone(), clock, &[NOTES], archive).await
}

async fn check_restored(options: StoreOptions, archive: &[u8]) {
    let contents = restored(&options, archive).await.unwrap();
    assert_eq!(contents, Contents { tables: 3, rows: 5 });
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
}

async fn an_archive_restores_into_sqlite(store: TestStore) {
    fill(&store).await;
    let directory = tempfile::tempdir().unwrap();
    let target = StoreOptions::in_directory(directory.path());
    check_restored(target, &exported(&store).await).await;
}

async fn an_archive_restores_into_postgres(store: TestStore) {
    fill(&store).await;
    let archive = exported(&store).await;
    let target = Postgres::prepare().await;
    check_restored(StoreOptions::Postgres(target.options()), &archive).await;
    target.remove().await;
}

async fn an_export_is_one_moment_and_holds_nobody_up(store: TestStore) {
    fill(&store).await;
    // So small a pipe that the export waits in its middle until somebody reads.
    let (mut near, far) = tokio::io::duplex(64);
    let write = async {
        let mut archive = vec![0; 8];
        tokio::io::AsyncReadExt::read_exact(&mut near, &mut archive)
            .await
            .unwrap();
        let late = ["c".into(), 0i64.into(), false.into(), Value::Null];
        let add = async move |tx: &mut Tx| tx.execute(ADD_COUNTER, &late).await;
        store.write(Scope::System, add).await.unwrap();
        tokio::io::AsyncReadExt::read_to_end(&mut near, &mut archive)
            .await
            .unwrap();
        archive
    };
    let (contents, archive) = tokio::join!(store.export(far), write);
    assert_eq!(contents.unwrap(), Contents { tables: 3, rows: 5 });
    assert!(
        String::from_utf8(archive)
            .unwrap()
            .ends_with("{\"end\":5}\n")
    );
}

async fn a_state_with_rows_is_not_restored_over(store: TestStore) {
    fill(&store).await;
    let archive = exported(&store).await;
    let options = store.options().clone();
    store.close().await;
    let refused = restored(&options, &archive).await;
    assert!(
        matches!(refused, Err(ArchiveError::NotEmpty { table: "notes" })),
        "{refused:?}"
    );
}

/// What was cut, changed or written by another release restores nothing.
#[test]
fn an_archive_that_is_not_whole_restores_nothing() {
    block_on(async {
        let (source, target) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let store = TestStore::open(StoreOptions::in_directory(source.path()), &[NOTES]).await;
        fill(&store).await;
        let whole = String::from_utf8(exported(&store).await).unwrap();
        let lines: Vec<&str> = whole.lines().collect();
        let without = |left_out: usize| {
            let kept = lines
                .iter()
                .enumerate()
                .filter(|(index, _)| *index != left_out);
            kept.map(|(_, line)| format!("{line}\n"))
                .collect::<String>()
        };
        let options = StoreOptions::in_directory(target.path());
        for (archive, part) in [
            (String::new(), "line 1 of the archive"),
            (without(0), "no head of an archive"),
            (without(2), "rows are missing"),
            (without(lines.len() - 1), "ends before the archive does"),
            (
                whole.replace("\"notes\":1", "\"notes\":2"),
                "has step 2 of notes",
            ),
            (
                whole.replace("\"palisade_state\":1", "\"palisade_state\":2"),
                "no head",
            ),
            (
                whole.replace("\"counters\"", "\"palisade_migrations\""),
                "no table of this release",
            ),
            (
                whole.replace("\"value\"", "\"value) --\""),
                "no table of this release",
            ),
            (whole.replace("[\"a\",7]", "[\"a\"]"), "no row of its table"),
            (
                whole.replace("[\"a\",7]", "[\"a\",7.5]"),
                "no row of its table",
            ),
        ] {
            let error = restored(&options, archive.as_bytes())
                .await
                .unwrap_err()
                .to_string();
            assert!(error.contains(part), "{error}");
        }
        restored(&options, whole.as_bytes()).await.unwrap();
    });
}

#[test]
fn an_archive_of_nothing_restores_nothing_and_is_fine() {
    const EMPTY: Migrations = Migrations {
        capability: "empty",
        steps: &[Migration {
            version: 1,
            name: "nothing",
            sql: Sql::Portable("SELECT 1"),
            compatible_back_to: 1,
        }],
        tables: &[],
    };
    on_postgres(async |postgres: &Postgres| {
        let store = TestStore::open(StoreOptions::Postgres(postgres.options()), &[EMPTY]).await;
        let archive = exported(&store).await;
        let directory = tempfile::tempdir().unwrap();
        let options = StoreOptions::in_directory(directory.path());
        let clock = Arc::new(FixedClock::at(BEGINNING));
        let contents = restore(options, clock, &[EMPTY], &*archive).await.unwrap();
        assert_eq!(contents, Contents::default());
    });
}
