//! A backup goes back into either engine, and whatever breaks off leaves the old or the new whole.

use std::fs;
use std::future::Future;
use std::path::Path;
use std::pin::pin;
use std::task::Poll;

use palisade_kernel::{FixedClock, SeededRandom, TenantId};
use palisade_store::testing::{BEGINNING, Postgres, TestStore, block_on};
use palisade_store::{Error, Migration, Scope, Snapshot, Sql, StoreOptions, Table, Tx};
use proptest::prelude::*;
use serde_json::Value as Json;
use tempfile::TempDir;

use super::*;
use crate::age::Identity;

const NOTES: Migrations = Migrations {
    capability: "notes",
    steps: &[Migration {
        version: 1,
        name: "notes and marks",
        sql: Sql::Portable(
            "CREATE TABLE notes (tenant TEXT NOT NULL, id BIGINT NOT NULL, body BYTEA,
                PRIMARY KEY (tenant, id));
            CREATE TABLE marks (name TEXT PRIMARY KEY, is_on BOOLEAN NOT NULL)",
        ),
        compatible_back_to: 1,
    }],
    tables: &[Table::of_tenants("notes"), Table::shared("marks")],
};
const ADD_NOTE: &str = "INSERT INTO notes (tenant, id, body) VALUES ($tenant, $1, $2)";
const ADD_MARK: &str = "INSERT INTO marks (name, is_on) VALUES ($1, $2)";

/// A place with a folder of its own.
struct Site {
    place: Place,
    _folder: TempDir,
}

impl Site {
    fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = Place {
            data: folder.path().to_owned(),
            store: StoreOptions::in_directory(folder.path()),
        };
        Self {
            place,
            _folder: folder,
        }
    }

    fn on(postgres: &Postgres) -> Self {
        let mut site = Self::on_sqlite();
        site.place.store = StoreOptions::Postgres(postgres.options());
        site
    }

    /// Gives it a state and keys that say `name`.
    async fn fill(&self, name: &'static str) {
        self.fill_with(name, name.as_bytes()).await;
    }

    async fn fill_with(&self, name: &'static str, body: &[u8]) {
        let store = TestStore::open(self.place.store.clone(), &[NOTES]).await;
        let mark = async move |tx: &mut Tx| -> Result<u64, Error> {
            tx.execute(ADD_MARK, &[name.into(), true.into()]).await
        };
        store.write(Scope::System, mark).await.unwrap();
        for tenant in ["north", "south"] {
            let body = body.to_vec();
            let note = async move |tx: &mut Tx| -> Result<u64, Error> {
                tx.execute(ADD_NOTE, &[1i64.into(), (&*body).into()]).await
            };
            let tenant = TenantId::parse(tenant).unwrap();
            store.write(&tenant, note).await.unwrap();
        }
        store.close().await;
        let data = &self.place.data;
        fs::write(data.join("ca.key"), name).unwrap();
        fs::create_dir_all(data.join("keys")).unwrap();
        fs::write(data.join("keys").join(name), name).unwrap();
        fs::write(data.join("lock"), "").unwrap();
    }

    async fn found(&self) -> Found {
        let mut lines = Vec::new();
        if let Ok(mut snapshot) = Snapshot::open(&self.place.store, &[NOTES]).await {
            let each = |line: &Json| {
                lines.push(line.to_string());
                Ok(())
            };
            snapshot.lines(each).await.unwrap();
        }
        let files = files::read_all(&self.place.data).unwrap();
        let files = files.into_iter().map(|file| (file.name, file.bytes));
        Found {
            lines,
            files: files.collect(),
        }
    }

    async fn taken(&self, key: &Opening) -> Vec<u8> {
        let clock = FixedClock::at(BEGINNING);
        let sealing = key.sealing();
        let taken = take::take(&self.place, &[NOTES], &clock, "here", &sealing, Vec::new()).await;
        taken.unwrap().1
    }

    async fn restored(
        &self,
        archive: &[u8],
        key: &Opening,
        replace: bool,
    ) -> Result<Restored, RestoreError> {
        let clock = Arc::new(FixedClock::at(BEGINNING));
        let random = SeededRandom::new(7);
        restore(archive, key, &self.place, &[NOTES], replace, clock, &random).await
    }
}

/// All that a place holds.
#[derive(Debug, PartialEq)]
struct Found {
    lines: Vec<String>,
    files: Vec<(String, Vec<u8>)>,
}

fn key() -> Opening {
    Opening::Identities(vec![Identity::generate().unwrap()])
}

async fn check_moved(from: &Site, to: &Site) {
    from.fill("old").await;
    let (key, before) = (key(), from.found().await);
    let restored = to
        .restored(&from.taken(&key).await, &key, false)
        .await
        .unwrap();
    assert_eq!(restored.manifest.rows(), 3);
    assert_eq!(restored.kept, None);
    assert_eq!(to.found().await.files, before.files);
    // SQLite has no booleans, and says 1.
    let plain = |lines: Vec<String>| lines.join("\n").replace(",true]", ",1]");
    assert_eq!(plain(to.found().await.lines), plain(before.lines));
}

#[test]
fn from_sqlite_to_sqlite() {
    block_on(async { check_moved(&Site::on_sqlite(), &Site::on_sqlite()).await });
}

#[test]
fn from_sqlite_to_postgres_and_from_postgres_to_sqlite() {
    block_on(async {
        let postgres = Postgres::prepare().await;
        check_moved(&Site::on_sqlite(), &Site::on(&postgres)).await;
        postgres.remove().await;
        let postgres = Postgres::prepare().await;
        check_moved(&Site::on(&postgres), &Site::on_sqlite()).await;
        postgres.remove().await;
    });
}

#[test]
fn what_is_there_is_kept_as_a_backup_when_it_is_replaced() {
    block_on(async {
        let (from, to, key) = (Site::on_sqlite(), Site::on_sqlite(), key());
        from.fill("new").await;
        to.fill("old").await;
        let (old, new) = (to.found().await, from.found().await);
        let archive = from.taken(&key).await;
        let refused = to.restored(&archive, &key, false).await.unwrap_err();
        assert!(refused.to_string().contains("--replace"), "{refused}");
        assert_eq!(to.found().await, old);

        let restored = to.restored(&archive, &key, true).await.unwrap();
        assert_eq!(to.found().await, new);
        assert!(!to.place.data.join("restore").exists());
        let kept = fs::read(restored.kept.unwrap()).unwrap();
        let back = Site::on_sqlite();
        back.restored(&kept, &key, false).await.unwrap();
        assert_eq!(back.found().await, old);
    });
}

#[test]
fn keys_alone_are_not_replaced_unasked() {
    block_on(async {
        let (from, to, key) = (Site::on_sqlite(), Site::on_sqlite(), key());
        from.fill("new").await;
        fs::write(to.place.data.join("ca.key"), "mine").unwrap();
        let refused = to.restored(&from.taken(&key).await, &key, false).await;
        assert!(
            matches!(refused, Err(RestoreError::Occupied(_))),
            "{refused:?}"
        );
        assert_eq!(fs::read(to.place.data.join("ca.key")).unwrap(), b"mine");
    });
}

/// Polls a future `polls` times and drops it, as a kill does. Answers whether it had ended.
async fn cut<T>(future: impl Future<Output = T>, polls: usize) -> bool {
    let mut future = pin!(future);
    let mut left = polls;
    std::future::poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        future.as_mut().poll(context).map(|_| true)
    })
    .await
}

#[test]
fn a_restore_that_is_cut_anywhere_leaves_the_old_or_the_new_whole() {
    block_on(async {
        let (from, key) = (Site::on_sqlite(), key());
        from.fill("new").await;
        let (new, archive) = (from.found().await, from.taken(&key).await);
        let mut was_old = 0;
        for polls in 1.. {
            let to = Site::on_sqlite();
            to.fill("old").await;
            let old = to.found().await;
            let ended = cut(to.restored(&archive, &key, true), polls).await;
            until_it_has_let_go(&to).await;
            let settled = settle(&to.place).await.unwrap();
            let found = to.found().await;
            if ended {
                assert_eq!((settled, &found), (None, &new));
                break;
            }
            assert!(found == old || found == new, "after {polls}: {found:?}");
            was_old += usize::from(found == old);
        }
        assert!(was_old > 5, "it was cut {was_old} times before its end");
    });
}

/// A kill ends SQLite's thread too; one that was only dropped ends its statement first.
async fn until_it_has_let_go(to: &Site) {
    loop {
        let clock = Arc::new(FixedClock::at(BEGINNING));
        if let Ok(next) = Restoration::begin(&to.place.store, clock, &[NOTES]).await {
            return next.abandon().await;
        }
    }
}

/// Between the commit and the last file, at each file.
#[test]
fn a_restore_that_is_cut_after_the_commit_is_finished_at_the_next_start() {
    block_on(async {
        let (from, key) = (Site::on_sqlite(), key());
        from.fill("new").await;
        let (new, archive) = (from.found().await, from.taken(&key).await);
        for in_place in [&[][..], &["ca.key"], &["ca.key", "keys/new"]] {
            let to = Site::on_sqlite();
            to.fill("old").await;
            committed(&to, &archive, &key).await;
            for name in in_place {
                let staged = to.place.data.join("restore/files").join(name);
                fs::rename(staged, to.place.data.join(name)).unwrap();
            }
            let clock = FixedClock::at(BEGINNING);
            let sealing = key.sealing();
            let half = take::take(&to.place, &[NOTES], &clock, "here", &sealing, Vec::new()).await;
            assert!(matches!(half, Err(BackupError::RestoreUnfinished(_))));

            assert_eq!(settle(&to.place).await.unwrap(), Some(Settled::Finished));
            assert_eq!(to.found().await, new);
            assert_eq!(settle(&to.place).await.unwrap(), None);
        }
    });
}

/// As far as a restore gets before it puts files in place.
async fn committed(to: &Site, archive: &[u8], key: &Opening) {
    let clock = Arc::new(FixedClock::at(BEGINNING));
    let mut reader = Reader::open(archive, key).unwrap();
    let begun = Restoration::begin(&to.place.store, clock, &[NOTES]).await;
    let mut restoration = begun.unwrap();
    restoration.prepare(&reader.manifest().steps).await.unwrap();
    let mut stage = Stage::make(&to.place.data).unwrap();
    while let Some(entry) = reader.next().unwrap() {
        match entry {
            Entry::Line(line) => restoration.line(&line).await.unwrap(),
            Entry::File(file) => stage.add(&file).unwrap(),
        }
    }
    let present = files::names(&to.place.data).unwrap();
    stage.ready("an id", present).unwrap();
    restoration.commit("an id").await.unwrap();
}

fn all_names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn what_is_cut_or_changed_restores_nothing(
        at in any::<prop::sample::Index>(), bit in 0..8u8, cut: bool
    ) {
        block_on(async {
            let (site, key) = (Site::on_sqlite(), key());
            // Several of age's chunks, so that rows are on their way when the fault is met.
            site.fill_with("old", &[7; 100_000]).await;
            let mut archive = site.taken(&key).await;
            match cut {
                true => archive.truncate(at.index(archive.len())),
                false => { let at = at.index(archive.len()); archive[at] ^= 1 << bit; }
            }
            let (old, names) = (site.found().await, all_names(&site.place.data));
            site.restored(&archive, &key, true).await.unwrap_err();
            assert_eq!(site.found().await, old);
            let mut after = all_names(&site.place.data);
            after.retain(|name| !name.ends_with(".age") && !name.starts_with("palisade.db"));
            let mut before = names;
            before.retain(|name| !name.starts_with("palisade.db"));
            assert_eq!(after, before);
        });
    }
}
