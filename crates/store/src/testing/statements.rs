//! Holds a capability's statements against both databases without running them.

use sqlx::{
    Column, ConnectOptions, Executor, PgConnection, SqliteConnection, Statement as _, TypeInfo,
};

use crate::StoreOptions;
use crate::engine::postgres_values;
use crate::statement::Statement;

use super::TestStore;

/// Prepares every statement on the store's engine and collects what is wrong, so that one run
/// shows all of it: a gap in the numbers, a table that is not there, what an engine does not know;
/// on Postgres also arguments and columns whose type is none of ours.
pub async fn check_statements(store: &TestStore, statements: &[&'static str]) {
    let mut mistakes = Vec::new();
    let mut connection = Any::connect(store.options()).await;
    for source in statements {
        let found = match (Statement::parse(source), &mut connection) {
            (Err(error), _) => vec![error.to_string()],
            (Ok(statement), Any::Sqlite(connection)) => on_sqlite(connection, &statement).await,
            (Ok(statement), Any::Postgres(connection)) => on_postgres(connection, &statement).await,
        };
        mistakes.extend(
            found
                .into_iter()
                .map(|what| format!("{what}\n    {source}")),
        );
    }
    assert!(mistakes.is_empty(), "\n{}", mistakes.join("\n"));
}

/// A connection that no statement is run on.
enum Any {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Any {
    async fn connect(options: &StoreOptions) -> Self {
        match options {
            StoreOptions::Sqlite { path } => {
                let connection = crate::sqlite::reader_options(path).connect().await;
                Self::Sqlite(connection.expect("a connection"))
            }
            StoreOptions::Postgres(options) => {
                let address = crate::postgres::address::parse(&options.url, &options.schema);
                let connection = address.expect("a URL").connect().await;
                Self::Postgres(connection.expect("a connection"))
            }
        }
    }
}

async fn on_sqlite(connection: &mut SqliteConnection, statement: &Statement) -> Vec<String> {
    let prepared = connection.prepare(statement.sqlite.clone()).await;
    prepared.err().iter().map(ToString::to_string).collect()
}

async fn on_postgres(connection: &mut PgConnection, statement: &Statement) -> Vec<String> {
    let prepared = match postgres_values::prepare(connection, statement).await {
        Ok(prepared) => prepared,
        Err(failure) => return vec![failure.error.to_string()],
    };
    let foreign = |taken: &sqlx::postgres::PgTypeInfo| !postgres_values::is_portable(taken);
    let arguments = postgres_values::parameters(&prepared).iter().zip(1..);
    let arguments = arguments
        .filter(|(taken, _)| foreign(taken))
        .map(|(taken, number)| format!("${number} is taken as {taken}: CAST it to one of ours"));
    let columns = prepared
        .columns()
        .iter()
        .filter(|column| foreign(column.type_info()));
    let columns = columns.map(|column| {
        let (name, kind) = (column.name(), column.type_info().name());
        format!("the column {name} is {kind}: CAST it to one of ours")
    });
    arguments.chain(columns).collect()
}
