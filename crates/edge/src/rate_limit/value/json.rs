//! A JSON pointer (RFC 6901) that reads one scalar out of a document without building it.

use std::fmt;
use std::str::FromStr;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::alike;

/// Reference tokens of one pointer; deeper values are nobody's user name.
const TOKENS_MAX: usize = 16;

/// `/phone`, `/user/e-mail`, `/accounts/0/name`; `~1` stands for `/` and `~0` for `~`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonPointer(Vec<String>);

impl JsonPointer {
    /// The string or whole number that it points at. `None` where there is none, where the document
    /// is not JSON, and where a member on the way is named twice: apps differ in which they take.
    pub(in crate::rate_limit) fn read(&self, document: &[u8]) -> Option<String> {
        let document = document.strip_prefix(b"\xef\xbb\xbf").unwrap_or(document);
        let mut reader = serde_json::Deserializer::from_slice(document);
        let found = Step(&self.0).deserialize(&mut reader).ok()?;
        reader.end().ok()?;
        found
    }

    /// A document in which it points at `value`.
    pub(in crate::rate_limit) fn example(&self, value: &str) -> String {
        let inmost = serde_json::Value::from(value);
        let wrap = |inner, token: &String| {
            serde_json::Value::Object([(token.clone(), inner)].into_iter().collect())
        };
        self.0.iter().rev().fold(inmost, wrap).to_string()
    }
}

impl FromStr for JsonPointer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || "write a JSON pointer behind it: \"json:/user/phone\"".to_owned();
        let tokens = text.strip_prefix('/').ok_or_else(refused)?.split('/');
        let tokens: Vec<String> = tokens
            .map(|token| {
                let rest = token.replace("~0", "").replace("~1", "");
                let is_sound = !rest.contains('~');
                is_sound.then(|| token.replace("~1", "/").replace("~0", "~"))
            })
            .collect::<Option<_>>()
            .ok_or_else(refused)?;
        match tokens.len() {
            1..=TOKENS_MAX => Ok(Self(tokens)),
            _ => Err(format!("the deepest pointer taken has {TOKENS_MAX} parts")),
        }
    }
}

impl fmt::Display for JsonPointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for token in &self.0 {
            write!(f, "/{}", token.replace('~', "~0").replace('/', "~1"))?;
        }
        Ok(())
    }
}

/// The rest of a pointer, on its way into the document.
struct Step<'p>(&'p [String]);

impl<'de> DeserializeSeed<'de> for Step<'_> {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Self::Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Step<'_> {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<Self::Value, M::Error> {
        let mut found = None;
        let mut is_named = false;
        while let Some(name) = members.next_key::<String>()? {
            match self.0 {
                [token, rest @ ..] if alike(token, &name) => {
                    if std::mem::replace(&mut is_named, true) {
                        return Err(M::Error::custom("a member is named twice"));
                    }
                    found = members.next_value_seed(Step(rest))?;
                }
                _ => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        Ok(found)
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut elements: S) -> Result<Self::Value, S::Error> {
        let (wanted, rest) = match self.0 {
            [token, rest @ ..] => (index(token), rest),
            [] => (None, self.0),
        };
        let mut found = None;
        for at in 0.. {
            let more = match wanted == Some(at) {
                true => elements
                    .next_element_seed(Step(rest))?
                    .map(|value| found = value),
                false => elements.next_element::<IgnoredAny>()?.map(|_| ()),
            };
            if more.is_none() {
                break;
            }
        }
        Ok(found)
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(self.0.is_empty().then(|| text.to_owned()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(self.0.is_empty().then(|| number.to_string()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(self.0.is_empty().then(|| number.to_string()))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

/// RFC 6901 section 4: digits without a leading zero.
fn index(token: &str) -> Option<usize> {
    let is_canonical = token == "0" || !token.starts_with(['0', '+']);
    is_canonical.then(|| token.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn check(pointer: &str, document: &str, expected: Option<&str>) {
        let pointer: JsonPointer = pointer.parse().unwrap();
        let found = pointer.read(document.as_bytes());
        assert_eq!(found.as_deref(), expected, "{pointer} {document}");
    }

    #[test]
    fn a_pointer_finds_a_text_or_a_number() {
        check(
            "/phone",
            r#"{"a":[1,{}],"phone":"+49","z":null}"#,
            Some("+49"),
        );
        check("/phone", r#"{"phone":491712345678}"#, Some("491712345678"));
        check(
            "/user/phone",
            r#"{"phone":"1","user":{"phone":"2"}}"#,
            Some("2"),
        );
        check(
            "/users/1/phone",
            r#"{"users":[{"phone":"1"},{"phone":"2"}]}"#,
            Some("2"),
        );
        check("/1", r#"{"1":"x"}"#, Some("x"));
        check("/a~1b~0c", r#"{"a/b~c":"x"}"#, Some("x"));
        check("/", r#"{"":"x"}"#, Some("x"));
        check("/phone", r#"{"ph\u006fne":"\u002b49"}"#, Some("+49"));
        check("/phone", "\u{feff}{\"phone\":\"1\"}", Some("1"));
        check("/phone", r#"{"PHONE":"1"}"#, Some("1"));
    }

    #[test]
    fn what_an_app_might_read_otherwise_is_not_found() {
        check("/phone", r#"{"phone":"1","phone":"2"}"#, None);
        check("/a/b", r#"{"a":{"b":"1"},"a":{"b":"2"}}"#, None);
        check("/phone", r#"{"phone":"1"}}"#, None);
        check("/phone", r#"{"phone":"1""#, None);
        check("/phone", r#"{"phone":["1"]}"#, None);
        check("/phone", r#"{"phone":true}"#, None);
        check("/phone", r#"{"phone":1.5}"#, None);
        check("/phone", r#"{"Phone":"1","phone":"2"}"#, None);
        check("/phone", r#"{"phones":"1"}"#, None);
        check("/users/01", r#"{"users":["1","2"]}"#, None);
        check("/phone", "", None);
    }

    #[test]
    fn a_deep_document_does_not_end_the_program() {
        let pointer: JsonPointer = "/a".parse().unwrap();
        let deep = format!(
            "{{\"b\":{}1{},\"a\":\"x\"}}",
            "[".repeat(30_000),
            "]".repeat(30_000)
        );
        assert_eq!(pointer.read(deep.as_bytes()).as_deref(), Some("x"));
    }

    fn document() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "\\PC{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            let members = prop::collection::btree_map("[ab~/é]{0,2}", inner.clone(), 0..4);
            prop_oneof![
                prop::collection::vec(inner, 0..4).prop_map(Value::from),
                members.prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn it_agrees_with_a_parsed_document(
            document in document(), tokens in prop::collection::vec("[ab~/é0-3]{0,2}", 1..4),
        ) {
            let pointer = JsonPointer(tokens);
            prop_assert_eq!(&pointer.to_string().parse::<JsonPointer>().unwrap(), &pointer);
            let expected = match document.pointer(&pointer.to_string()) {
                Some(Value::String(text)) => Some(text.clone()),
                Some(Value::Number(number)) => Some(number.to_string()),
                _ => None,
            };
            prop_assert_eq!(pointer.read(document.to_string().as_bytes()), expected);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let pointer: JsonPointer = "/a/0".parse().unwrap();
            pointer.read(&bytes);
        }

        #[test]
        fn an_example_holds_its_value(tokens in prop::collection::vec("\\PC{0,4}", 1..4), value in "\\PC{0,8}") {
            let pointer = JsonPointer(tokens);
            prop_assert_eq!(pointer.read(pointer.example(&value).as_bytes()), Some(value));
        }
    }
}
