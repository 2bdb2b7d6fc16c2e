//! Palisade's own state: SQLite in the data directory, or Postgres, behind one transaction type.
//!
//! A capability declares [`Migrations`], writes its statements as literals, and hands closures to
//! [`Store::read`] and [`Store::write`]. Which engine it is, who the tenant is, when a write is
//! safe on disk and what a failing disk means is decided here and nowhere else.

mod engine;
mod error;
mod health;
mod lane;
mod migrate;
mod open;
mod postgres;
mod schema;
mod scope;
mod sqlite;
mod statement;
mod store;
#[cfg(feature = "testing")]
pub mod testing;
mod transfer;
mod tx;
mod value;
mod work;

pub use engine::Engine;
pub use error::Error;
pub use health::Health;
pub use migrate::MigrationError;
pub use open::{OpenError, PostgresOptions, StoreOptions};
pub use postgres::roles;
pub use schema::{Migration, Migrations, Sql, Table};
pub use scope::Scope;
pub use store::{Store, WAITING_MAX};
pub use transfer::{LEFT_OUT, Restoration, Snapshot, Steps, TableRows, TransferError, is_restored};
pub use tx::{ROWS_MAX, Tx};
pub use value::{Row, Value};
pub use work::TRANSACTION_TIME_MAX;

/// The lock, even if a thread panicked while it held it: what we keep under locks is whole at
/// every moment.
fn lock<T: ?Sized>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
