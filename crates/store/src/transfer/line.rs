//! Values in JSON and back.

use data_encoding::HEXLOWER_PERMISSIVE;
use serde_json::{Value as Json, json};

use crate::value::Value;

pub(super) fn to_json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Text(text) => json!(text),
        Value::Integer(number) => json!(number),
        Value::Bool(flag) => json!(flag),
        Value::Bytes(bytes) => json!({ "hex": HEXLOWER_PERMISSIVE.encode(bytes) }),
    }
}

/// `wants_bool` says that the column is a boolean, which SQLite wrote as 0 or 1.
pub(super) fn from_json(json: &Json, wants_bool: bool) -> Option<Value> {
    match json {
        Json::Null => Some(Value::Null),
        Json::String(text) => Some(Value::Text(text.clone())),
        Json::Bool(flag) => Some(Value::Bool(*flag)),
        Json::Number(number) => match number.as_i64()? {
            flag @ (0 | 1) if wants_bool => Some(Value::Bool(flag == 1)),
            number => Some(Value::Integer(number)),
        },
        Json::Object(fields) => bytes(fields.get("hex")?.as_str()?).map(Value::Bytes),
        Json::Array(_) => None,
    }
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_value_is_none() {
        for text in [
            "1.5",
            "[]",
            "{}",
            r#"{"hex":"abc"}"#,
            r#"{"hex":"zz"}"#,
            r#"{"hex":"é"}"#,
        ] {
            let json: Json = serde_json::from_str(text).unwrap();
            assert_eq!(from_json(&json, false), None, "{text}");
        }
    }

    #[test]
    fn sqlites_zero_and_one_become_booleans_where_those_are_wanted() {
        assert_eq!(from_json(&json!(1), true), Some(Value::Bool(true)));
        assert_eq!(from_json(&json!(1), false), Some(Value::Integer(1)));
        assert_eq!(from_json(&json!(2), true), Some(Value::Integer(2)));
    }

    proptest! {
        #[test]
        fn every_value_comes_back(text in ".*", number: i64, bytes: Vec<u8>, flag: bool) {
            for value in [text.into(), number.into(), bytes.into(), flag.into(), Value::Null] {
                let line = to_json(&value).to_string();
                let json = serde_json::from_str(&line).unwrap();
                prop_assert_eq!(from_json(&json, false), Some(value));
            }
        }
    }
}
