//! A configuration as read, before it has types: values in named branches, each with its origin.
//! Every layer (defaults, file, environment, flags) is read into this one shape.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

/// Where a value was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// `config.default.toml`.
    Default,
    /// The file, at this range of bytes.
    File(Range<usize>),
    /// The environment variable of this name.
    Environment(Arc<str>),
    /// The command-line flag, with its dashes.
    Flag(&'static str),
}

#[derive(Clone, Debug)]
pub(super) struct Value {
    pub(super) data: Data,
    pub(super) origin: Origin,
}

#[derive(Clone, Debug)]
pub(super) enum Data {
    Text(String),
    /// Wider than TOML's own integers, so that one out of range is reported with its own digits.
    Integer(i128),
    Boolean(bool),
    /// A float or a date, which no key takes; kept as written for the message.
    Other(&'static str, String),
    List(Vec<Value>),
    Branch(Branch),
}

/// A table: its entries by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Branch {
    entries: BTreeMap<String, Entry>,
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Where the name stands, which is where an unknown name is reported.
    pub(super) name_origin: Origin,
    pub(super) value: Value,
}

impl Branch {
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.entries.get(name).map(|entry| &entry.value)
    }

    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        self.entries.get_mut(name).map(|entry| &mut entry.value)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries
            .iter()
            .map(|(name, entry)| (name.as_str(), entry))
    }

    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut Value> {
        self.entries.values_mut().map(|entry| &mut entry.value)
    }

    pub(super) fn into_entries(self) -> impl Iterator<Item = (String, Entry)> {
        self.entries.into_iter()
    }

    pub(super) fn insert(&mut self, name: &str, value: Value) {
        let name_origin = value.origin.clone();
        self.insert_entry(name.to_owned(), Entry { name_origin, value });
    }

    pub(super) fn insert_entry(&mut self, name: String, entry: Entry) {
        self.entries.insert(name, entry);
    }

    /// Puts `value` at a path such as `["edge", "headers", "hsts"]`, making the branches between.
    pub(super) fn insert_at(&mut self, path: &[&str], value: Value) {
        let Some((first, rest)) = path.split_first() else {
            return;
        };
        if rest.is_empty() {
            return self.insert(first, value);
        }
        if !matches!(
            self.get(first),
            Some(Value {
                data: Data::Branch(_),
                ..
            })
        ) {
            let data = Data::Branch(Self::default());
            self.insert(
                first,
                Value {
                    data,
                    origin: value.origin.clone(),
                },
            );
        }
        if let Some(Value {
            data: Data::Branch(branch),
            ..
        }) = self.get_mut(first)
        {
            branch.insert_at(rest, value);
        }
    }

    /// The value at a path of names, through branches only.
    pub(super) fn get_at(&self, path: &[&str]) -> Option<&Value> {
        let (first, rest) = path.split_first()?;
        let value = self.get(first)?;
        match &value.data {
            _ if rest.is_empty() => Some(value),
            Data::Branch(branch) => branch.get_at(rest),
            _ => None,
        }
    }

    /// Takes over a parsed document; `origin` makes an origin of a span of bytes.
    pub(super) fn from_toml(table: &DeTable<'_>, origin: &dyn Fn(Range<usize>) -> Origin) -> Self {
        let entries = table
            .iter()
            .map(|(name, value)| {
                let name_origin = origin(name.span());
                let value = Value::from_toml(value, origin);
                (name.get_ref().to_string(), Entry { name_origin, value })
            })
            .collect();
        Self { entries }
    }
}

impl Value {
    pub(super) fn text(text: impl Into<String>, origin: Origin) -> Self {
        Self {
            data: Data::Text(text.into()),
            origin,
        }
    }

    pub(super) fn from_toml(
        value: &Spanned<DeValue<'_>>,
        origin: &dyn Fn(Range<usize>) -> Origin,
    ) -> Self {
        let data = match value.get_ref() {
            DeValue::String(text) => Data::Text(text.to_string()),
            DeValue::Integer(digits) => Data::Integer(integer(digits)),
            DeValue::Boolean(flag) => Data::Boolean(*flag),
            DeValue::Float(digits) => Data::Other("the float", digits.to_string()),
            DeValue::Datetime(date) => Data::Other("the date", date.to_string()),
            DeValue::Array(items) => Data::List(
                items
                    .iter()
                    .map(|item| Self::from_toml(item, origin))
                    .collect(),
            ),
            DeValue::Table(table) => Data::Branch(Branch::from_toml(table, origin)),
        };
        Self {
            data,
            origin: origin(value.span()),
        }
    }

    /// What stands there, for a message: `"abc"`, `12`, `a list`. Long text is cut.
    pub(super) fn describe(&self) -> String {
        /// Characters of a wrong text that a message repeats.
        const SHOWN_CHARACTERS_MAX: usize = 60;
        match &self.data {
            Data::Text(text) if text.chars().nth(SHOWN_CHARACTERS_MAX).is_some() => {
                let start: String = text.chars().take(SHOWN_CHARACTERS_MAX).collect();
                format!("{start:?}…")
            }
            Data::Text(text) => format!("{text:?}"),
            Data::Integer(number) => number.to_string(),
            Data::Boolean(flag) => flag.to_string(),
            Data::Other(what, written) => format!("{what} {written}"),
            Data::List(_) => "a list".to_owned(),
            Data::Branch(_) => "a table".to_owned(),
        }
    }
}

/// The number, or the nearest one that fits when it has too many digits.
fn integer(digits: &DeInteger<'_>) -> i128 {
    let saturated = if digits.as_str().starts_with('-') {
        i128::MIN
    } else {
        i128::MAX
    };
    i128::from_str_radix(digits.as_str(), digits.radix()).unwrap_or(saturated)
}
