//! Mistakes that only show beyond the configuration: in a file that it names, or in a policy that
//! does not prove itself. They are told like all others, with the place of the key.

use super::load::Loaded;
use super::mistakes::{Mistake, Mistakes, Report};
use super::tree::{Branch, Data, Origin, Value};

/// Something wrong with what a key names.
#[derive(Debug)]
pub(crate) struct Finding {
    /// Its path: `tls.certificates[0].certificate`.
    pub(crate) key: String,
    pub(crate) problem: String,
    pub(crate) help: Option<&'static str>,
}

impl Loaded {
    /// The refusal of this configuration for `findings`.
    pub(crate) fn refuse(&self, findings: Vec<Finding>) -> Mistakes {
        let mut report = Report::default();
        for Finding { key, problem, help } in findings {
            let origin = origin(&self.values, &key);
            let mistake = Mistake::new(key, problem, origin);
            report.add(match help {
                Some(help) => mistake.with_help(help),
                None => mistake,
            });
        }
        report.into_mistakes(self.source.clone())
    }
}

/// Where the value at a path stands, or the innermost table on the way that is there. A table of
/// the defaults stands where somebody has set something in it.
fn origin(values: &Branch, path: &str) -> Origin {
    let (mut found, mut branch) = (Origin::Default, Some(values));
    for part in path.split('.') {
        let (name, at) = match part.trim_end_matches(']').split_once('[') {
            Some((name, at)) => (name, at.parse().ok()),
            None => (part, None),
        };
        let Some(value) = branch.and_then(|branch| element(branch.get(name)?, at)) else {
            break;
        };
        found = value.origin.clone();
        branch = match &value.data {
            Data::Branch(inner) => Some(inner),
            _ => None,
        };
    }
    match found {
        Origin::Default => branch.and_then(first_set).unwrap_or(found),
        set => set,
    }
}

fn first_set(branch: &Branch) -> Option<Origin> {
    branch.iter().find_map(|(_, entry)| match &entry.value {
        Value {
            origin: Origin::Default,
            data: Data::Branch(inner),
        } => first_set(inner),
        Value {
            origin: Origin::Default,
            ..
        } => None,
        set => Some(set.origin.clone()),
    })
}

fn element(value: &Value, at: Option<usize>) -> Option<&Value> {
    match (&value.data, at) {
        (_, None) => Some(value),
        (Data::List(items), Some(at)) => items.get(at),
        (_, Some(_)) => None,
    }
}
