//! Postgres: one database for any number of nodes.
//!
//! Writes run SERIALIZABLE and reads REPEATABLE READ, so that a closure means the same here as
//! on SQLite, where writes follow one another (postgresql.org/docs/15/transaction-iso.html).

use std::sync::Arc;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection as _, PgConnection, PgPool};

use crate::engine::{Connection, Engine};
use crate::health::Pulse;
use crate::lane::{self, Lane};
use crate::migrate::{self, Outlook};
use crate::open::{OpenError, PostgresOptions};
use crate::store::Opened;
use crate::tx::Shared;

pub(crate) mod address;
mod login;
pub mod roles;
mod transaction;

use transaction::{CONNECTIONS_MAX, Kind, WAIT_MAX};

/// Checks the login, migrates where that is due and allowed, and starts the thread.
pub(crate) async fn open(
    options: &PostgresOptions,
    shared: &Arc<Shared>,
    pulse: &Pulse,
) -> Result<Opened, OpenError> {
    let runtime = address::parse(&options.url, &options.schema)?;
    let place = address::place(&runtime);
    let failed = |error: sqlx::Error| OpenError::Postgres {
        place: place.clone(),
        cause: error.to_string(),
    };
    let mut connection = runtime.connect().await.map_err(failed)?;
    let login = login::examine(&mut connection, &options.schema)
        .await
        .map_err(failed)?;
    if !login.is_synchronous {
        return Err(OpenError::Unsynced { place });
    }
    prepare_schema(&mut connection, options, &login, shared).await?;
    migrate::check_policies(&mut connection, shared).await?;
    let _ = connection.close().await;
    let (reads, writes) = start(runtime, shared, pulse).await?;
    Ok(Opened {
        engine: Engine::Postgres,
        reads,
        writes,
        degraded: login.degraded(),
    })
}

/// Migrates with the migration login where one is given, with the runtime login where that may
/// (a small team with one role), and else accepts only a schema that has every step.
async fn prepare_schema(
    connection: &mut PgConnection,
    options: &PostgresOptions,
    login: &login::Login,
    shared: &Arc<Shared>,
) -> Result<(), OpenError> {
    let schema = &options.schema;
    if let Some(url) = &options.migration_url {
        let address = address::parse(url, schema)?;
        let failed = |error: sqlx::Error| OpenError::Postgres {
            place: address::place(&address),
            cause: error.to_string(),
        };
        let mut migration = address.connect().await.map_err(failed)?;
        migrate::postgres(&mut migration, shared, schema).await?;
        let _ = migration.close().await;
        return Ok(());
    }
    if login.may_change_schema {
        login::make_schema(connection, schema).await?;
        return Ok(migrate::postgres(connection, shared, schema).await?);
    }
    match migrate::outlook(connection, shared).await? {
        Outlook::Done => Ok(()),
        Outlook::Pending(error) => Err(error.into()),
    }
}

/// A connection of its own for work that may take long.
pub(crate) async fn connect(options: &PostgresOptions) -> Result<Connection, OpenError> {
    let address = address::parse(&options.url, &options.schema)?;
    let place = address::place(&address);
    let connection = pool(address, Kind::Write).acquire().await;
    let connection = connection.map_err(|error| OpenError::Postgres {
        place,
        cause: error.to_string(),
    })?;
    Ok(Connection::Postgres(connection))
}

/// Ends such a connection at once, so that the server soon forgets it.
pub(crate) async fn close(connection: Connection) {
    if let Connection::Postgres(connection) = connection {
        // Where it is broken already there is nothing to close.
        let _ = connection.detach().close().await;
    }
}

/// Host, port and database, without a password; the URL's form is looked at when it is used.
pub(crate) fn place(options: &PostgresOptions) -> String {
    let address = address::parse(&options.url, &options.schema);
    address.map_or_else(
        |error| error.to_string(),
        |address| address::place(&address),
    )
}

/// A thread for reads and one for writes, each with connections of its own, so that neither can
/// take all places from the other.
async fn start(
    address: PgConnectOptions,
    shared: &Arc<Shared>,
    pulse: &Pulse,
) -> Result<(Lane, Lane), OpenError> {
    let lane = async |name: &str, kind: Kind| {
        let (address, shared, pulse) = (address.clone(), Arc::clone(shared), pulse.clone());
        let lane = Lane::start(name, async move |queue, started| {
            let pool = pool(address, kind);
            let turns = Arc::default();
            started.say(Ok::<_, OpenError>(()));
            lane::concurrently(queue, CONNECTIONS_MAX, |work| {
                let (shared, turns) = (Arc::clone(&shared), Arc::clone(&turns));
                transaction::run(work, pool.clone(), shared, pulse.clone(), kind, turns)
            })
            .await;
            pool.close().await;
        });
        lane.await.map(|(lane, ())| lane)
    };
    Ok((
        lane("store-read", Kind::Read).await?,
        lane("store-write", Kind::Write).await?,
    ))
}

fn pool(address: PgConnectOptions, kind: Kind) -> PgPool {
    PgPoolOptions::new()
        .max_connections(CONNECTIONS_MAX)
        .acquire_timeout(WAIT_MAX)
        .after_connect(move |connection, _| Box::pin(login::still_synchronous(connection, kind)))
        .connect_lazy_with(address)
}
