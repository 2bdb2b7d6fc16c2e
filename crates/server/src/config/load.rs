//! From sources to a configuration: read every layer, check each, merge, check the whole.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use super::environment::{self, Variables};
use super::file::Completeness;
use super::mistakes::{Mistake, Mistakes, Report, Source};
use super::overrides::{self, Overrides};
use super::registry::{ROOT, RULES};
use super::tree::{Branch, Data, Origin, Value};
use super::view::View;
use super::{
    Config, admin, check, compression, data, defaults, edge, file, flags, layers, listen, log, ops,
    proof, routes, store, tls, upstreams,
};

/// Where a configuration comes from. Kept, it is read again at a reload.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    file: Option<PathBuf>,
    variables: Variables,
    overrides: Overrides,
}

impl Sources {
    /// `file` is what `-c` names, if anything. Of the environment, only names that concern the
    /// configuration are kept.
    pub fn new<N, V>(
        file: Option<PathBuf>,
        environment: impl IntoIterator<Item = (N, V)>,
        overrides: Overrides,
    ) -> Self
    where
        N: AsRef<OsStr>,
        V: Into<OsString>,
    {
        Self {
            file,
            variables: Variables::from_pairs(environment),
            overrides,
        }
    }

    /// The file that is read, to watch it.
    #[must_use]
    pub fn file(&self) -> Option<&std::path::Path> {
        self.file.as_deref()
    }
}

/// A configuration with where each of its values came from.
#[derive(Debug)]
pub struct Loaded {
    pub config: Config,
    /// What an operator should know although nothing is wrong, a sentence each.
    pub notices: Vec<String>,
    /// The merged layers.
    pub(super) values: Branch,
    pub(super) source: Source,
}

impl Loaded {
    /// The text of the file it was made from; empty without one.
    pub(crate) fn file_text(&self) -> &str {
        &self.source.text
    }
}

/// Reads and checks all sources.
///
/// # Errors
///
/// All mistakes in all layers, up to [`super::MISTAKES_MAX`] of them with their places.
pub fn load(sources: &Sources) -> Result<Loaded, Mistakes> {
    load_text(sources, read_file(sources)?)
}

/// Reads where state and keys are; whether the rest makes a gateway is not asked.
///
/// # Errors
///
/// As [`load`], but for what is a mistake only when seen as a whole.
pub(crate) fn load_place(sources: &Sources) -> Result<(data::Data, store::Store), Mistakes> {
    let mut merged = merge(sources, read_file(sources)?);
    if merged.report.is_empty() {
        let root = View::root(&merged.values);
        if let (Some(data), Some(store)) = (data::read(&root), store::read(&root)) {
            return Ok((data, store));
        }
        merged.report.add(incomplete_defaults());
    }
    Err(merged.report.into_mistakes(merged.source))
}

fn read_file(sources: &Sources) -> Result<String, Mistakes> {
    let Some(path) = &sources.file else {
        return Ok(String::new());
    };
    file::read(path).map_err(|mistake| {
        let mut report = Report::default();
        report.add(*mistake);
        report.into_mistakes(Source {
            path: Some(path.clone()),
            text: String::new(),
        })
    })
}

/// As [`load`], with the text of the file at hand.
pub(super) fn load_text(sources: &Sources, text: String) -> Result<Loaded, Mistakes> {
    let Merged {
        values,
        silenced,
        source,
        completeness,
        mut report,
    } = merge(sources, text);
    // Rules look at the configuration as a whole; half of one would only mislead them.
    if completeness == Completeness::Whole {
        let root = View::root(&values);
        for rules in RULES {
            rules(&root, &mut report);
        }
        require_upstream(&values, &mut report);
    }
    if !report.is_empty() {
        return Err(report.into_mistakes(source));
    }
    let Some(config) = read(&View::root(&values)) else {
        report.add(incomplete_defaults());
        return Err(report.into_mistakes(source));
    };
    let notices = notices(&config, &silenced, &source, &values);
    Ok(Loaded {
        config,
        notices,
        values,
        source,
    })
}

/// All layers as one, each checked for itself.
struct Merged {
    values: Branch,
    silenced: Vec<(&'static str, &'static str, Origin)>,
    source: Source,
    completeness: Completeness,
    report: Report,
}

fn merge(sources: &Sources, text: String) -> Merged {
    let mut report = Report::default();
    let (from_file, completeness) = file::parse(&text, &mut report);
    let source = Source {
        path: sources.file.clone(),
        text,
    };
    let from_environment = environment::layer(&sources.variables, &mut report);

    let defaults = defaults::defaults();
    let below = [&defaults, &from_file, &from_environment];
    let from_flags = overrides::layer(&sources.overrides, &below, &mut report);

    let named = [&from_file, &from_environment, &from_flags];
    let mut silenced = Vec::new();
    let shared = environment::shared_layer(&sources.variables, &named, &mut report, &mut silenced);

    for layer in [&from_file, &from_environment, &from_flags] {
        check::check(&ROOT, layer, "", &mut report);
        if completeness == Completeness::Whole {
            check::require(&ROOT, layer, "", &mut report);
        }
    }

    let mut values = defaults;
    for layer in [shared, from_file, from_environment, from_flags] {
        layers::merge(&ROOT, &mut values, layer);
    }
    listen::settle(&mut values);
    layers::fill(&ROOT, &mut values, &defaults::template());
    Merged {
        values,
        silenced,
        source,
        completeness,
        report,
    }
}

/// Reached only if a section asks for a key that the defaults lack; a test rules it out.
fn incomplete_defaults() -> Mistake {
    Mistake::whole(
        "the built-in defaults are incomplete",
        "report this as a bug",
    )
}

fn read(root: &View<'_>) -> Option<Config> {
    let upstreams = upstreams::read(root)?;
    Some(Config {
        listen: listen::read(root)?,
        tls: tls::read(root)?,
        admin: admin::read(root)?,
        ops: ops::read(root)?,
        data: data::read(root)?,
        store: store::read(root)?,
        routes: routes::read(root, &upstreams)?,
        upstreams,
        compression: compression::read(root)?,
        log: log::read(root)?,
        proof: proof::read(root)?,
        flags: flags::read(root)?,
        edge: edge::read(root)?,
    })
}

fn require_upstream(values: &Branch, report: &mut Report) {
    let is_empty = match values.get("upstreams") {
        None => true,
        Some(Value {
            data: Data::List(items),
            ..
        }) => items.is_empty(),
        // Reported already as no list.
        Some(_) => false,
    };
    if is_empty {
        report.add(Mistake::whole(
            "nothing says where your application is",
            "pass --upstream http://127.0.0.1:3000, or add to the file:\n\
             \n      [[upstreams]]\n      name = \"app\"\n      urls = [\"http://127.0.0.1:3000\"]",
        ));
    }
}

fn notices(
    config: &Config,
    silenced: &[(&'static str, &'static str, Origin)],
    source: &Source,
    values: &Branch,
) -> Vec<String> {
    let mut notices: Vec<String> = silenced
        .iter()
        .map(|(name, key, origin)| {
            format!(
                "{name} in the environment is ignored: {key} is set ({})",
                source.place(origin)
            )
        })
        .collect();
    if !source.text.is_empty() && !source.text.ends_with('\n') {
        notices.push(format!(
            "{} does not end with a line break; if it was cut short, copy it again",
            source.name()
        ));
    }
    notices.extend(listen::believes_nobody(&config.listen));
    notices.extend(listen::idle_redirect_port(&config.listen));
    let has_routes = values.get("routes").is_some();
    for (at, upstream) in config.upstreams.iter().enumerate() {
        if !config.routes.iter().any(|route| route.upstream == at) {
            let why = if has_routes {
                "no route leads to it"
            } else {
                "there are no routes"
            };
            notices.push(format!(
                "upstream \"{}\" gets no requests: {why}",
                upstream.name
            ));
        }
    }
    notices
}
