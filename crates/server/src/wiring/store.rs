//! Where the state is kept.

use std::path::Path;

use palisade_store::{PostgresOptions, StoreOptions};

use crate::config::store::Store;

pub(crate) fn options(store: &Store, data: &Path) -> StoreOptions {
    match &store.url {
        None => StoreOptions::in_directory(data),
        Some(url) => StoreOptions::Postgres(PostgresOptions {
            url: url.clone(),
            migration_url: store.migration_url.clone(),
            schema: store.schema.clone(),
        }),
    }
}
