//! What goes into a statement and what comes out: five kinds of value on both engines.

use std::fmt;
use std::sync::Arc;

use palisade_kernel::{TenantId, Timestamp};

use crate::error::Error;

/// One argument, or one column of a row.
///
/// Migrations declare columns as `TEXT`, `BIGINT`, `BOOLEAN` or `BYTEA`; a [`Timestamp`] is a
/// `BIGINT` of microseconds since 1970, UTC.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    Null,
    Text(String),
    Integer(i64),
    Bool(bool),
    Bytes(Vec<u8>),
}

impl Value {
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Text(_) => "text",
            Self::Integer(_) => "an integer",
            Self::Bool(_) => "a boolean",
            Self::Bytes(_) => "bytes",
        }
    }
}

/// Says the kind alone: what is stored may be a secret, and this ends in logs.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", self.kind())
    }
}

macro_rules! value_from {
    ($($from:ty, $it:ident => $value:expr;)*) => {$(
        impl From<$from> for Value {
            fn from($it: $from) -> Self { $value }
        }
    )*};
}

value_from! {
    &str, text => Self::Text(text.to_owned());
    String, text => Self::Text(text);
    &String, text => Self::Text(text.clone());
    &TenantId, id => Self::Text(id.as_str().to_owned());
    i64, number => Self::Integer(number);
    i32, number => Self::Integer(number.into());
    u32, number => Self::Integer(number.into());
    bool, flag => Self::Bool(flag);
    &[u8], bytes => Self::Bytes(bytes.to_owned());
    Vec<u8>, bytes => Self::Bytes(bytes);
    // The year 294,246 is far enough.
    Timestamp, at => Self::Integer(i64::try_from(at.unix_micros()).unwrap_or(i64::MAX));
}

impl<const N: usize> From<&[u8; N]> for Value {
    fn from(bytes: &[u8; N]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// One row of an answer, its columns found by name.
#[derive(Clone, Debug)]
pub struct Row {
    pub(crate) columns: Arc<[String]>,
    pub(crate) values: Vec<Value>,
}

macro_rules! getters {
    ($($name:ident, $or_null:ident, $type:ty, $kind:literal, $read:ident;)*) => {$(
        #[doc = concat!("The column as ", $kind, "; null and other kinds are errors.")]
        pub fn $name(&self, column: &str) -> Result<$type, Error> {
            self.$or_null(column)?.ok_or_else(|| unfit(column, &Value::Null, $kind))
        }

        #[doc = concat!("The column as ", $kind, ", or `None` where it is null.")]
        pub fn $or_null(&self, column: &str) -> Result<Option<$type>, Error> {
            match self.value(column)? {
                Value::Null => Ok(None),
                value => $read(value).map(Some).ok_or_else(|| unfit(column, value, $kind)),
            }
        }
    )*};
}

impl Row {
    getters! {
        text, text_or_null, &str, "text", as_text;
        integer, integer_or_null, i64, "an integer", as_integer;
        bool, bool_or_null, bool, "a boolean", as_bool;
        bytes, bytes_or_null, &[u8], "bytes", as_bytes;
        timestamp, timestamp_or_null, Timestamp, "a time", as_timestamp;
    }

    /// The column, whatever its kind.
    pub fn value(&self, column: &str) -> Result<&Value, Error> {
        let at = self.columns.iter().position(|name| name == column);
        at.and_then(|at| self.values.get(at))
            .ok_or_else(|| Error::column(column, "the answer has no such column"))
    }
}

fn as_text(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

fn as_integer(value: &Value) -> Option<i64> {
    match value {
        Value::Integer(number) => Some(*number),
        _ => None,
    }
}

/// SQLite has no booleans and keeps them as 0 and 1.
fn as_bool(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::Integer(number @ (0 | 1)) => Some(*number == 1),
        _ => None,
    }
}

fn as_bytes(value: &Value) -> Option<&[u8]> {
    match value {
        Value::Bytes(bytes) => Some(bytes),
        _ => None,
    }
}

fn as_timestamp(value: &Value) -> Option<Timestamp> {
    let micros = u64::try_from(as_integer(value)?).ok()?;
    Some(Timestamp::from_unix_micros(micros))
}

fn unfit(column: &str, found: &Value, wanted: &str) -> Error {
    let what = match found {
        Value::Integer(number) => format!("it holds {number}, and {wanted} was asked for"),
        other => format!("it holds {}, and {wanted} was asked for", other.kind()),
    };
    Error::column(column, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(value: Value) -> Row {
        Row {
            columns: Arc::new(["a".to_owned()]),
            values: vec![value],
        }
    }

    #[test]
    fn each_kind_comes_out_as_it_went_in() {
        assert_eq!(row("x".into()).text("a").unwrap(), "x");
        assert_eq!(row((-7i64).into()).integer("a").unwrap(), -7);
        assert_eq!(row(b"\0\xff".into()).bytes("a").unwrap(), b"\0\xff");
        let at = Timestamp::from_unix_micros(1_795_516_800_123_456);
        assert_eq!(row(at.into()).timestamp("a").unwrap(), at);
    }

    #[test]
    fn sqlites_zero_and_one_are_booleans_and_two_is_not() {
        for (value, flag) in [
            (Value::Integer(0), false),
            (Value::Bool(true), true),
            (1i64.into(), true),
        ] {
            assert_eq!(row(value).bool("a").unwrap(), flag);
        }
        assert!(row(2i64.into()).bool("a").is_err());
    }

    #[test]
    fn what_does_not_fit_is_named_with_its_column() {
        let said = |result: Result<_, Error>| result.map(|_: String| ()).unwrap_err().to_string();
        let text = |row: Row, column: &str| row.text(column).map(str::to_owned);
        assert_eq!(
            said(text(row(7i64.into()), "a")),
            "column a: it holds 7, and text was asked for"
        );
        assert_eq!(
            said(text(row(Value::Null), "a")),
            "column a: it holds null, and text was asked for"
        );
        assert_eq!(
            said(text(row(Value::Null), "b")),
            "column b: the answer has no such column"
        );
        assert_eq!(row(Value::Null).text_or_null("a").unwrap(), None);
        assert!(row((-1i64).into()).timestamp("a").is_err());
    }

    #[test]
    fn a_value_never_prints_what_it_holds() {
        assert_eq!(format!("{:?}", Value::from("hunter2")), "<text>");
    }
}
