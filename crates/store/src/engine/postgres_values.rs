//! Values to and from Postgres, in its binary format.
//!
//! A statement is prepared without saying the types of its arguments, so that Postgres infers
//! them from the columns and a null fits each. What it infers is then held against the values: a
//! number of eight bytes where four are expected would otherwise be a puzzle of the protocol.

use sqlx::postgres::{PgArguments, PgRow, PgStatement, PgTypeInfo};
use sqlx::{
    Arguments, Either, Executor, PgConnection, Row as _, Statement as _, TypeInfo, ValueRef,
};

use crate::error::EngineError;
use crate::statement::Statement;
use crate::value::Value;

/// The prepared statement, and the arguments encoded for it.
pub(crate) async fn bind(
    connection: &mut PgConnection,
    statement: &Statement,
    values: &[Value],
) -> Result<(PgStatement, PgArguments), EngineError> {
    let prepared = prepare(connection, statement).await?;
    let mut arguments = PgArguments::default();
    for (index, (value, taken)) in values.iter().zip(parameters(&prepared)).enumerate() {
        if !fits(value, taken) {
            let (number, kind) = (index + 1, value.kind());
            let what = format!("${number} is {kind}, and the database takes {taken}");
            return Err(EngineError::misuse(statement.source, what));
        }
        // Encoding text, numbers and bytes into sqlx's own buffer has no way to fail.
        let _ = match value {
            Value::Null => Arguments::add(&mut arguments, None::<i64>),
            Value::Text(text) => Arguments::add(&mut arguments, text),
            Value::Integer(number) => Arguments::add(&mut arguments, number),
            Value::Bool(flag) => Arguments::add(&mut arguments, flag),
            Value::Bytes(bytes) => Arguments::add(&mut arguments, bytes),
        };
    }
    Ok((prepared, arguments))
}

pub(crate) async fn prepare(
    connection: &mut PgConnection,
    statement: &Statement,
) -> Result<PgStatement, EngineError> {
    let prepared = connection.prepare(statement.postgres.clone()).await;
    prepared.map_err(|error| EngineError::postgres(&error, statement.source))
}

/// The types that Postgres inferred for the arguments.
pub(crate) fn parameters(prepared: &PgStatement) -> &[PgTypeInfo] {
    match prepared.parameters() {
        Some(Either::Left(types)) => types,
        _ => &[],
    }
}

/// Whether values of this type come and go as one of our kinds.
#[cfg(feature = "testing")]
pub(crate) fn is_portable(taken: &PgTypeInfo) -> bool {
    matches!(taken.name(), "TEXT" | "VARCHAR" | "INT8" | "BOOL" | "BYTEA")
}

fn fits(value: &Value, taken: &PgTypeInfo) -> bool {
    match value {
        Value::Null => true,
        Value::Text(_) => matches!(taken.name(), "TEXT" | "VARCHAR"),
        Value::Integer(_) => taken.name() == "INT8",
        Value::Bool(_) => taken.name() == "BOOL",
        Value::Bytes(_) => taken.name() == "BYTEA",
    }
}

pub(crate) fn read(row: &PgRow) -> Result<Vec<Value>, String> {
    (0..row.len()).map(|at| value(row, at)).collect()
}

fn value(row: &PgRow, at: usize) -> Result<Value, String> {
    let raw = row.try_get_raw(at).map_err(|error| error.to_string())?;
    if raw.is_null() {
        return Ok(Value::Null);
    }
    let read = match raw.type_info().name() {
        "TEXT" | "VARCHAR" | "NAME" => row.try_get(at).map(Value::Text),
        "INT8" => row.try_get(at).map(Value::Integer),
        "INT4" => row.try_get::<i32, _>(at).map(Value::from),
        "BOOL" => row.try_get(at).map(Value::Bool),
        "BYTEA" => row.try_get(at).map(Value::Bytes),
        kind => return Err(format!("column {at} is {kind}: CAST it to BIGINT or TEXT")),
    };
    read.map_err(|error| error.to_string())
}
