//! What a key may hold: each kind checks a value, turns it into its Rust type, and describes
//! itself once for messages, the JSON schema and the reference page.

mod address;
mod choice;
mod number;
mod quantity;
mod request;
mod text;

pub use address::TrustedProxy;
pub(super) use address::{Address, Network, Proxies};
pub(super) use choice::{Choice, Named};
pub(super) use number::{Boolean, Integer};
pub(super) use quantity::{Bytes, Span};
pub(super) use request::{HOST, METHOD, PATH};
pub(super) use text::{FilePath, Parsed};

use super::tree::{Data, Origin, Value};

pub(super) trait Kind {
    type Output;

    /// The typed value, or all that is wrong with it.
    fn read(&self, value: &Value) -> Result<Self::Output, Vec<Complaint>>;

    fn form(&self) -> Form;
}

/// Why a value is refused. `element` is its place when it stands in a list.
#[derive(Debug)]
pub(super) struct Complaint {
    pub(super) origin: Origin,
    pub(super) element: Option<usize>,
    pub(super) expected: String,
    pub(super) got: String,
    pub(super) nearest: Option<String>,
    pub(super) help: Option<String>,
}

impl Complaint {
    pub(super) fn new(form: &Form, value: &Value) -> Self {
        Self {
            origin: value.origin.clone(),
            element: None,
            expected: form.to_string(),
            got: value.describe(),
            nearest: None,
            help: None,
        }
    }

    pub(super) fn with_help(self, help: impl Into<String>) -> Self {
        Self {
            help: Some(help.into()),
            ..self
        }
    }
}

/// A kind without its Rust type. Displays as what is expected: `an integer from 0 to 1024`.
#[derive(Clone, Debug)]
pub(super) enum Form {
    Boolean,
    Integer {
        minimum: u64,
        maximum: u64,
    },
    /// A number and its unit in a string, such as a duration; the pattern is for the schema.
    Quantity {
        expected: String,
        pattern: &'static str,
    },
    Choice(Vec<&'static str>),
    Text {
        expected: String,
        pattern: Option<&'static str>,
    },
    /// As the inner form, or "".
    OrEmpty(Box<Form>),
    List {
        item: Box<Form>,
        items_min: usize,
        items_max: usize,
    },
}

impl std::fmt::Display for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Boolean => f.write_str("true or false"),
            Self::Integer { minimum, maximum } => {
                write!(f, "an integer from {minimum} to {maximum}")
            }
            Self::Quantity { expected, .. } => f.write_str(expected),
            Self::Text { expected, .. } => f.write_str(expected),
            Self::Choice(names) => {
                for (at, name) in names.iter().enumerate() {
                    let joint = match at {
                        0 => "",
                        _ if at + 1 == names.len() => " or ",
                        _ => ", ",
                    };
                    write!(f, "{joint}\"{name}\"")?;
                }
                Ok(())
            }
            Self::OrEmpty(form) => write!(f, "{form}, or \"\" for none"),
            Self::List {
                item,
                items_min,
                items_max,
            } => {
                write!(f, "a list of {items_min} to {items_max}, each {item}")
            }
        }
    }
}

/// As `K`, with `""` for none.
pub(super) struct OrEmpty<K>(pub(super) K);

impl<K: Kind> Kind for OrEmpty<K> {
    type Output = Option<K::Output>;

    fn read(&self, value: &Value) -> Result<Self::Output, Vec<Complaint>> {
        match &value.data {
            Data::Text(text) if text.is_empty() => Ok(None),
            _ => self.0.read(value).map(Some).map_err(|mut complaints| {
                for complaint in &mut complaints {
                    complaint.expected = self.form().to_string();
                }
                complaints
            }),
        }
    }

    fn form(&self) -> Form {
        Form::OrEmpty(Box::new(self.0.form()))
    }
}

/// A list of `K`; every bad item is reported.
pub(super) struct List<K> {
    pub(super) item: K,
    pub(super) items_min: usize,
    pub(super) items_max: usize,
}

impl<K> List<K> {
    /// Entries of a list for which nothing else bounds them.
    const ITEMS_MAX: usize = 1024;

    pub(super) const fn at_least(items_min: usize, item: K) -> Self {
        Self {
            item,
            items_min,
            items_max: Self::ITEMS_MAX,
        }
    }

    pub(super) const fn of(item: K) -> Self {
        Self::at_least(0, item)
    }
}

impl<K: Kind> Kind for List<K> {
    type Output = Vec<K::Output>;

    fn read(&self, value: &Value) -> Result<Self::Output, Vec<Complaint>> {
        let Data::List(items) = &value.data else {
            let help = format!("write [{}]", value.describe());
            return Err(vec![Complaint::new(&self.form(), value).with_help(help)]);
        };
        if items.len() > self.items_max || items.len() < self.items_min {
            let mut complaint = Complaint::new(&self.form(), value);
            complaint.got = format!("{} items", items.len());
            return Err(vec![complaint]);
        }
        let mut read = Vec::with_capacity(items.len());
        let mut complaints = Vec::new();
        for (at, item) in items.iter().enumerate() {
            match self.item.read(item) {
                Ok(output) => read.push(output),
                Err(found) => complaints.extend(found.into_iter().map(|complaint| Complaint {
                    element: Some(at),
                    ..complaint
                })),
            }
        }
        if complaints.is_empty() {
            Ok(read)
        } else {
            Err(complaints)
        }
    }

    fn form(&self) -> Form {
        let (items_min, items_max) = (self.items_min, self.items_max);
        Form::List {
            item: Box::new(self.item.form()),
            items_min,
            items_max,
        }
    }
}
