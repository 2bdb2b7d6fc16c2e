//! Values to and from SQLite.

use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments, Row as _, TypeInfo, ValueRef};

use crate::value::Value;

pub(crate) fn arguments(values: &[Value]) -> SqliteArguments {
    let mut arguments = SqliteArguments::default();
    for value in values {
        // Encoding text, numbers and bytes into SQLite's own buffer has no way to fail.
        let _ = match value {
            Value::Null => Arguments::add(&mut arguments, None::<i64>),
            Value::Text(text) => Arguments::add(&mut arguments, text.clone()),
            Value::Integer(number) => Arguments::add(&mut arguments, *number),
            Value::Bool(flag) => Arguments::add(&mut arguments, i64::from(*flag)),
            Value::Bytes(bytes) => Arguments::add(&mut arguments, bytes.clone()),
        };
    }
    arguments
}

/// The row's values by the kind that each one has; a column of a STRICT table has only one.
pub(crate) fn read(row: &SqliteRow) -> Result<Vec<Value>, String> {
    (0..row.len()).map(|at| value(row, at)).collect()
}

fn value(row: &SqliteRow, at: usize) -> Result<Value, String> {
    let raw = row.try_get_raw(at).map_err(|error| error.to_string())?;
    if raw.is_null() {
        return Ok(Value::Null);
    }
    let kind = raw.type_info().name().to_owned();
    drop(raw);
    let read = match kind.as_str() {
        "TEXT" => row.try_get_unchecked(at).map(Value::Text),
        "INTEGER" | "BOOLEAN" => row.try_get_unchecked(at).map(Value::Integer),
        "BLOB" => row.try_get_unchecked(at).map(Value::Bytes),
        _ => return Err(format!("column {at} is {kind}: CAST it to BIGINT or TEXT")),
    };
    read.map_err(|error| error.to_string())
}
