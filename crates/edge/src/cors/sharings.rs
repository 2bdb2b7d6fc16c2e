//! What the policy says of an origin on a path, ready to be asked, and the fields that say it.

use http::Method;
use http::header::{HeaderName, HeaderValue};

use super::{Options, Sharing};
use crate::exchange::{self, Exchange};
use crate::exemptions::Exemptions;
use crate::origin::{Origin, Origins};
use crate::paths::{PathTree, Readings};

/// Every sharing of a policy. `edge.cross-site` asks it too: whoever may read may also send.
pub(crate) struct Sharings {
    everywhere: Ready,
    rules: Vec<Ready>,
    by_path: PathTree,
    exempt: Exemptions,
    /// Whether any answer differs by who asks.
    is_any_listed: bool,
}

/// A sharing with its fields written.
pub(super) struct Ready {
    pub(super) origins: Origins,
    pub(super) methods: Vec<Method>,
    pub(super) headers: Vec<HeaderName>,
    credentials: bool,
    pub(super) allow_methods: Option<HeaderValue>,
    pub(super) allow_headers: Option<HeaderValue>,
    pub(super) expose: Option<HeaderValue>,
    pub(super) max_age: HeaderValue,
    /// An origin that it names, for the proof.
    pub(super) example: Option<String>,
}

/// An origin that is listed, and what it gets.
pub(super) struct Grant<'s> {
    pub(super) sharing: &'s Ready,
    pub(super) credentials: bool,
    /// By `*` alone.
    pub(super) as_anybody: bool,
}

impl Sharings {
    pub(crate) fn new(options: &Options) -> Self {
        let ready = |sharing: &Sharing| Ready::new(sharing, options.development);
        let mut by_path = PathTree::default();
        for (at, rule) in (0..).zip(&options.rules) {
            by_path.insert(&rule.hosts, &rule.paths, at);
        }
        let everywhere = ready(&options.sharing);
        let rules: Vec<Ready> = options
            .rules
            .iter()
            .map(|rule| ready(&rule.sharing))
            .collect();
        let is_listed = |ready: &Ready| !ready.origins.is_empty();
        Self {
            is_any_listed: is_listed(&everywhere) || rules.iter().any(is_listed),
            everywhere,
            rules,
            by_path,
            exempt: Exemptions::new(&options.exempt_paths),
        }
    }

    /// Whether the app alone says who reads this path.
    pub(super) fn exempt(&self, path: &str) -> bool {
        self.exempt.cover(path)
    }

    pub(super) fn everywhere(&self) -> &Ready {
        &self.everywhere
    }

    /// What an origin gets on the path of a request; `None` where it is not listed.
    pub(super) fn grant(&self, exchange: &Exchange, origin: &Origin<'_>) -> Option<Grant<'_>> {
        let met = self.met(exchange);
        let listed = |ready: &&Ready| ready.origins.takes_any() || ready.origins.names(origin);
        if !met.iter().all(listed) {
            return None;
        }
        let sharing = met.first()?;
        let as_anybody = !met.iter().all(|ready| ready.origins.names(origin));
        Some(Grant {
            sharing,
            // Whoever is nobody in particular gets nobody's cookies, whatever the policy says.
            credentials: !as_anybody && met.iter().all(|ready| ready.credentials),
            as_anybody,
        })
    }

    /// Whether an origin is listed by name on the path of a request.
    pub(crate) fn names(&self, exchange: &Exchange, origin: &Origin<'_>) -> bool {
        let met = self.met(exchange);
        met.iter().all(|ready| ready.origins.names(origin))
    }

    /// Whether the answer to a request depends on who asks.
    pub(super) fn differ(&self, exchange: &Exchange) -> bool {
        self.is_any_listed
            && (self.rules.is_empty()
                || self
                    .met(exchange)
                    .iter()
                    .any(|ready| !ready.origins.is_empty()))
    }

    /// Every sharing that a request may be under, at least one. An app may read a path in another way
    /// than it is written, and then an origin must be listed whichever is meant.
    fn met(&self, exchange: &Exchange) -> Vec<&Ready> {
        if self.rules.is_empty() {
            return vec![&self.everywhere];
        }
        if !exchange::is_whole(&exchange.path) {
            return self.rules.iter().chain([&self.everywhere]).collect();
        }
        let first = |path: &str| self.by_path.find(&exchange.host, path).first().copied();
        let readings = Readings::of(&exchange.path);
        let mut met = vec![first(readings.folded())];
        readings.each_other(|path| {
            let rule = first(path);
            // `/fonts/a.woff2` has its rule, though nothing is said of `/fonts/a`.
            if rule.is_some() && !met.contains(&rule) {
                met.push(rule);
            }
        });
        let ready = |rule: Option<u32>| match rule {
            Some(at) => self.rules.get(at as usize).unwrap_or(&self.everywhere),
            None => &self.everywhere,
        };
        met.into_iter().map(ready).collect()
    }
}

impl Ready {
    fn new(sharing: &Sharing, development: bool) -> Self {
        let examples = sharing
            .origins
            .iter()
            .filter_map(|pattern| pattern.example());
        Self {
            origins: Origins::new(&sharing.origins).with_loopback(development),
            allow_methods: list(sharing.methods.iter().map(Method::as_str)),
            allow_headers: list(sharing.headers.iter().map(HeaderName::as_str)),
            expose: list(sharing.expose.iter().map(HeaderName::as_str)),
            methods: sharing.methods.clone(),
            headers: sharing.headers.clone(),
            credentials: sharing.credentials,
            max_age: HeaderValue::from(sharing.max_age.as_secs()),
            example: examples.into_iter().next(),
        }
    }
}

/// `None` for nothing.
fn list<'a>(items: impl Iterator<Item = &'a str>) -> Option<HeaderValue> {
    let items: Vec<&str> = items.collect();
    match items.is_empty() {
        true => None,
        false => HeaderValue::from_str(&items.join(", ")).ok(),
    }
}
