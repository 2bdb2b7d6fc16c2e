//! Stores for tests, on both engines, for whoever keeps state in one.
//!
//! A test is an ordinary function that takes a [`TestStore`]; [`on_both_engines!`] lists those of
//! a file and makes `<name>::sqlite` and `<name>::postgres` of each.
//!
//! [`on_both_engines!`]: crate::on_both_engines

use std::future::Future;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::Arc;

use futures_util::FutureExt;
use palisade_kernel::{FixedClock, Random, SystemRandom, Timestamp};

use crate::{Engine, Migrations, PostgresOptions, Store, StoreOptions};

mod postgres;
mod statements;

pub use postgres::{Postgres, variable};
pub use statements::check_statements;

/// 2026-11-24T10:40:00Z, when every test begins.
pub const BEGINNING: Timestamp = Timestamp::from_unix_micros(1_795_516_800_000_000);

/// A store of a test's own, its schema in place, its clock in the test's hand.
pub struct TestStore {
    store: Store,
    pub clock: Arc<FixedClock>,
    options: StoreOptions,
    capabilities: Vec<Migrations>,
}

impl TestStore {
    /// Opens `options`, which may hold state already.
    pub async fn open(options: StoreOptions, capabilities: &[Migrations]) -> Self {
        let clock = Arc::new(FixedClock::at(BEGINNING));
        let opened = Store::open(options.clone(), clock.clone(), capabilities).await;
        Self {
            store: opened.expect("the store opens"),
            clock,
            options,
            capabilities: capabilities.to_vec(),
        }
    }

    /// Closes the store and opens it again, as a restart does.
    pub async fn reopened(self) -> Self {
        self.store.close().await;
        let opened =
            Store::open(self.options.clone(), self.clock.clone(), &self.capabilities).await;
        Self {
            store: opened.expect("the store opens again"),
            ..self
        }
    }

    pub fn options(&self) -> &StoreOptions {
        &self.options
    }
}

impl Deref for TestStore {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

/// Makes two tests of each function named: on SQLite, and on the Postgres of `cargo xtask test`.
///
/// ```text
/// palisade_store::on_both_engines!(&[MIGRATIONS] => a_ban_ends, a_ban_outlives_a_restart);
///
/// async fn a_ban_ends(store: TestStore) { … }
/// ```
#[macro_export]
macro_rules! on_both_engines {
    ($capabilities:expr => $($test:ident),+ $(,)?) => {$(
        mod $test {
            use super::*;

            #[test]
            fn sqlite() {
                $crate::testing::run($crate::Engine::Sqlite, $capabilities, $test);
            }

            #[test]
            fn postgres() {
                $crate::testing::run($crate::Engine::Postgres, $capabilities, $test);
            }
        }
    )+};
}

/// Runs one test on one engine, with a database of its own that is gone afterwards.
pub fn run<F>(engine: Engine, capabilities: &[Migrations], test: impl FnOnce(TestStore) -> F)
where
    F: Future<Output = ()>,
{
    match engine {
        Engine::Sqlite => {
            let directory = tempfile::tempdir().expect("a scratch folder");
            let options = StoreOptions::in_directory(directory.path());
            block_on(async { test(TestStore::open(options, capabilities).await).await });
        }
        Engine::Postgres => on_postgres(async |postgres: &Postgres| {
            let options = StoreOptions::Postgres(postgres.options());
            test(TestStore::open(options, capabilities).await).await;
        }),
    }
}

/// Runs a test that is about Postgres itself, in a schema that is gone afterwards.
pub fn on_postgres(test: impl AsyncFnOnce(&Postgres)) {
    block_on(async {
        let postgres = Postgres::prepare().await;
        let ended = AssertUnwindSafe(test(&postgres)).catch_unwind().await;
        postgres.remove().await;
        ended.unwrap_or_else(|panic| resume_unwind(panic));
    });
}

/// Runs a test's future, its I/O and timers.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(future)
}

/// A name that no other test has.
fn unique_name() -> String {
    let mut bytes = [0; 8];
    SystemRandom.fill(&mut bytes);
    format!("test_{:016x}", u64::from_le_bytes(bytes))
}

/// The same options with another login in front.
fn options(runtime: String, migration: String, schema: &str) -> PostgresOptions {
    PostgresOptions {
        url: runtime,
        migration_url: Some(migration),
        schema: schema.to_owned(),
    }
}
