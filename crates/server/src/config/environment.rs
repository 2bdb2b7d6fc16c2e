//! The environment as a layer: `PALISADE_SECTION__KEY` names a key of ours. Beside it stand the
//! names that platforms and applications share, which rank below the file because they are not
//! addressed to Palisade alone: `PORT`, `LOG_LEVEL`, `CORS_ORIGINS` and their like.

mod shared;

use std::ffi::{OsStr, OsString};
use std::sync::Arc;

use toml::de::DeValue;

use super::kinds::Form;
use super::mistakes::{Mistake, Report};
use super::nearest::nearest;
use super::registry::{each_table, join, variable};
use super::tree::{Branch, Data, Origin, Value};

pub(super) use shared::layer as shared_layer;

const PREFIX: &str = "PALISADE_";

/// Names under which `cargo xtask test` tells the tests of the servers that it has started. They
/// are no configuration, and every command that a test runs inherits them.
const TESTS_PREFIX: &str = "PALISADE_TEST_";

/// Environment variables read, by name; a duplicate name keeps its last value.
#[derive(Clone, Debug, Default)]
pub(super) struct Variables(Vec<(String, OsString)>);

impl Variables {
    /// Keeps the variables that concern the configuration.
    pub(super) fn from_pairs<N, V>(pairs: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: AsRef<OsStr>,
        V: Into<OsString>,
    {
        let concerns = |name: &str| {
            let is_own = name.starts_with(PREFIX) && !name.starts_with(TESTS_PREFIX);
            is_own || shared::NAMES.contains(&name)
        };
        let pairs = pairs.into_iter().filter_map(|(name, value)| {
            let name = name.as_ref().to_string_lossy().into_owned();
            concerns(&name).then(|| (name, value.into()))
        });
        Self(pairs.collect())
    }

    fn get(&self, name: &str) -> Option<&OsStr> {
        self.0
            .iter()
            .rev()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_os_str())
    }
}

/// What the `PALISADE_` variables set.
pub(super) fn layer(variables: &Variables, report: &mut Report) -> Branch {
    let known = known();
    let mut branch = Branch::default();
    for (name, value) in &variables.0 {
        if !name.starts_with(PREFIX) || is_kubernetes_service(name, &value.to_string_lossy()) {
            continue;
        }
        let origin = Origin::Environment(Arc::from(name.as_str()));
        let Some(Known { path, form, .. }) = known.iter().find(|known| known.variable == *name)
        else {
            report.add(unknown(name, &known, origin));
            continue;
        };
        let Some(text) = value.to_str() else {
            report.add(Mistake::new(path, "the value is not UTF-8", origin));
            continue;
        };
        match read(text, form, &origin) {
            Ok(value) => branch.insert_at(&path.split('.').collect::<Vec<_>>(), value),
            Err(problem) => report.add(Mistake::new(path, problem, origin)),
        }
    }
    branch
}

/// What is set whole, as TOML.
#[derive(Clone, Copy)]
enum Whole {
    ListOfTables,
    /// Tables that the operator names.
    NamedTables,
}

impl Whole {
    const fn as_str(self) -> &'static str {
        match self {
            Self::ListOfTables => "a list",
            Self::NamedTables => "a table",
        }
    }

    const fn example(self) -> &'static str {
        match self {
            Self::ListOfTables => "[{ … }]",
            Self::NamedTables => "{ name = { … } }",
        }
    }
}

struct Known {
    variable: String,
    path: String,
    form: Result<Form, Whole>,
}

/// Every variable there is: keys outside lists, and whole lists of tables.
fn known() -> Vec<Known> {
    let mut known = Vec::new();
    let mut lists: Vec<String> = Vec::new();
    each_table(&mut |table, path| {
        if lists
            .iter()
            .any(|list| path.starts_with(&format!("{list}.")))
        {
            return;
        }
        let whole = match (table.is_list(), table.named_by_operator()) {
            (true, _) => Some(Whole::ListOfTables),
            (false, Some(_)) => Some(Whole::NamedTables),
            (false, None) => None,
        };
        if let Some(whole) = whole {
            lists.push(path.to_owned());
            known.push(Known {
                variable: variable(path),
                path: path.to_owned(),
                form: Err(whole),
            });
            return;
        }
        known.extend(table.keys.iter().map(|key| {
            let path = join(path, key.name());
            Known {
                variable: variable(&path),
                path,
                form: Ok(key.form()),
            }
        }));
    });
    known
}

fn unknown(name: &str, known: &[Known], origin: Origin) -> Mistake {
    let mistake = Mistake::new(
        "",
        format!("{name} is not a variable of Palisade's"),
        origin,
    );
    let whole = known.iter().find_map(|known| {
        let whole = known.form.as_ref().err()?;
        let is_inside = name.starts_with(&format!("{}__", known.variable));
        is_inside.then_some((known, whole))
    });
    match whole {
        Some((known, whole)) => mistake.with_help(format!(
            "{} is {} of tables; set it whole, as TOML: {}='{}'",
            known.path,
            whole.as_str(),
            known.variable,
            whole.example()
        )),
        None => mistake
            .with_nearest(nearest_variable(name, known))
            .with_help(
                "the name is PALISADE_, then the key's path with __ between its parts: \
             PALISADE_LOG__LEVEL",
            ),
    }
}

/// By its own part alone, without the prefix that all share; or the one that ends in it.
fn nearest_variable(name: &str, known: &[Known]) -> Option<String> {
    let own = name.strip_prefix(PREFIX)?;
    let names = known
        .iter()
        .filter_map(|known| known.variable.strip_prefix(PREFIX));
    let ending = format!("__{own}");
    nearest(own, names.clone())
        .or_else(|| names.clone().find(|name| name.ends_with(&ending)))
        .map(|near| format!("{PREFIX}{near}"))
}

/// The value of a variable, by what its key takes. Text stays as it is; a list is items with
/// commas between, or TOML.
fn read(text: &str, form: &Result<Form, Whole>, origin: &Origin) -> Result<Value, String> {
    let what = form.as_ref().err().map_or("a list", |whole| whole.as_str());
    let parse = |text: &str| {
        let value = DeValue::parse(text)
            .map_err(|error| format!("this is not {what} in TOML: {}", error.message()))?;
        Ok(Value::from_toml(&value, &|_| origin.clone()))
    };
    let data = match form {
        Err(_) => return parse(text),
        Ok(Form::List { .. }) if text.trim_start().starts_with('[') => return parse(text.trim()),
        Ok(Form::List { .. }) => {
            let items = text
                .split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty());
            Data::List(
                items
                    .map(|item| Value::text(item, origin.clone()))
                    .collect(),
            )
        }
        Ok(Form::Boolean) => match text {
            "true" => Data::Boolean(true),
            "false" => Data::Boolean(false),
            _ => Data::Text(text.to_owned()),
        },
        Ok(Form::Integer { .. }) => text
            .parse()
            .map_or_else(|_| Data::Text(text.to_owned()), Data::Integer),
        Ok(_) => Data::Text(text.to_owned()),
    };
    Ok(Value {
        data,
        origin: origin.clone(),
    })
}

/// Kubernetes puts `PALISADE_SERVICE_HOST`, `PALISADE_PORT=tcp://…` and their like into every
/// container beside a Service named `palisade` or `palisade-…`. They are not meant for us.
fn is_kubernetes_service(name: &str, value: &str) -> bool {
    if name.contains("__") {
        return false;
    }
    let is_link = value.starts_with("tcp://") || value.starts_with("udp://");
    let is_port_detail = ["_TCP", "_UDP"].iter().any(|protocol| {
        name.split_once(protocol).is_some_and(|(before, after)| {
            let port = before.rsplit_once("_PORT_").map_or("", |(_, port)| port);
            port.parse::<u16>().is_ok() && matches!(after, "" | "_ADDR" | "_PORT" | "_PROTO")
        })
    });
    name.ends_with("_SERVICE_HOST")
        || name.contains("_SERVICE_PORT")
        || (name.ends_with("_PORT") && is_link)
        || is_port_detail
}
