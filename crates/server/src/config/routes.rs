//! `[[routes]]`: which request goes to which upstream.

use std::collections::HashMap;

use palisade_edge::listen::authority::{Authority, HostKind};
use palisade_edge::router::{HostPattern, Route};
use palisade_edge::upstream;

use super::kinds::Parsed;
use super::mistakes::{Mistake, Report};
use super::nearest::nearest;
use super::registry::{Key, Table};
use super::upstreams;
use super::view::View;

/// Routes of one node. A look-up hashes the host and the path's prefixes, however many there are.
const ROUTES_MAX: usize = 16_384;

static HOST: Key<Parsed<HostPattern>> = Key::new(
    "host",
    Parsed {
        expected: "a host name, \"*.example.com\" or \"*\"",
        parse: parse_host,
    },
);
static PATH: Key<Parsed<String>> = Key::new(
    "path",
    Parsed {
        expected: "a path prefix such as \"/\" or \"/api\"",
        parse: parse_path,
    },
);
static UPSTREAM: Key<Parsed<String>> = Key::required(
    "upstream",
    Parsed {
        expected: "the name of an upstream",
        parse: |text| Ok(text.to_owned()),
    },
);

pub(super) static TABLE: Table = Table {
    name: "routes",
    entries_max: Some(ROUTES_MAX),
    keys: &[&HOST, &PATH, &UPSTREAM],
    tables: &[],
};

pub(super) fn parse_host(text: &str) -> Result<HostPattern, String> {
    if text == "*" {
        return Ok(HostPattern::Any);
    }
    if text.contains("://") || text.contains('/') {
        return Err("write the host alone, without scheme and path".to_owned());
    }
    if !text.is_ascii() {
        return Err("write an international name in its ASCII form (xn--…)".to_owned());
    }
    let (host, is_below) = match text.strip_prefix("*.") {
        Some(parent) => (parent, true),
        None => (text, false),
    };
    // Read as the host of a request is, so that the route is found under the form that a request's
    // host will have.
    let authority = Authority::parse(host.as_bytes()).map_err(|_| String::new())?;
    if host.ends_with(':') || authority.port.is_some() {
        return Err("write the host without port; a route takes every port".to_owned());
    }
    match (is_below, authority.kind) {
        (false, _) => Ok(HostPattern::Exact(authority.host.into_owned())),
        (true, HostKind::Name) => Ok(HostPattern::Below(authority.host.into_owned())),
        (true, HostKind::Ipv4 | HostKind::Ipv6) => {
            Err("an address has no names below it".to_owned())
        }
    }
}

fn parse_path(text: &str) -> Result<String, String> {
    if !text.starts_with('/') {
        return Err("start it with \"/\"".to_owned());
    }
    if text.contains('*') {
        return Err("a prefix takes all below it; leave the \"*\" out".to_owned());
    }
    match text.parse::<http::uri::PathAndQuery>() {
        Ok(path) if path.as_str() == text && path.query().is_none() && !text.contains("//") => {
            let trimmed = text.trim_end_matches('/');
            Ok(if trimmed.is_empty() {
                "/".to_owned()
            } else {
                trimmed.to_owned()
            })
        }
        _ => Err("write a path as it stands in a URL, without query".to_owned()),
    }
}

/// The hosts of all routes, where there are any; none when one of them is refused.
pub(super) fn hosts(root: &View<'_>) -> Option<Vec<HostPattern>> {
    let routes = root.list(&TABLE);
    let hosts: Option<Vec<_>> = routes.iter().map(|route| route.get(&HOST)).collect();
    hosts.filter(|hosts| !hosts.is_empty())
}

pub(super) fn rules(root: &View<'_>, report: &mut Report) {
    let names: Option<Vec<String>> = root
        .list(&upstreams::TABLE)
        .iter()
        .map(|entry| entry.get(&upstreams::NAME))
        .collect();
    let mut taken = HashMap::new();
    for route in root.list(&TABLE) {
        if let (Some(names), Some(name)) = (&names, route.get(&UPSTREAM))
            && !names.contains(&name)
        {
            let near = nearest(&name, names.iter().map(String::as_str));
            let problem = format!("there is no upstream named {name:?}");
            let mistake = route.mistake(&UPSTREAM, problem);
            report.add(match near {
                Some(near) => mistake.with_nearest(Some(format!("{near:?}"))),
                None => mistake.with_help(some_of(names)),
            });
        }
        if let (Some(host), Some(path)) = (route.get(&HOST), route.get(&PATH)) {
            if let Some(first) = taken.get(&(host.clone(), path.clone())) {
                let problem = "another route takes the same host and path";
                report.add(
                    Mistake::new(&route.path, problem, route.origin.clone())
                        .with_related(Clone::clone(first), "the first")
                        .with_help("leave one out"),
                );
            } else {
                taken.insert((host, path), route.origin.clone());
            }
        }
    }
}

fn some_of(names: &[String]) -> String {
    /// Names that a message lists.
    const NAMES_SHOWN_MAX: usize = 10;
    match names {
        [] => "there is no upstream at all".to_owned(),
        shown if shown.len() <= NAMES_SHOWN_MAX => {
            format!("there are: {}", shown.join(", "))
        }
        _ => format!(
            "there are {}: {}, …",
            names.len(),
            names[..NAMES_SHOWN_MAX].join(", ")
        ),
    }
}

/// The routes; with none, one that sends everything to the first upstream.
pub(super) fn read(root: &View<'_>, upstreams: &[upstream::Options]) -> Option<Vec<Route>> {
    let routes = root.list(&TABLE);
    if routes.is_empty() {
        return Some(vec![Route {
            host: HostPattern::Any,
            path: "/".to_owned(),
            upstream: 0,
        }]);
    }
    let read = |route: View<'_>| {
        let name = route.get(&UPSTREAM)?;
        Some(Route {
            host: route.get(&HOST)?,
            path: route.get(&PATH)?,
            upstream: upstreams
                .iter()
                .position(|upstream| upstream.name == name)?,
        })
    };
    routes.into_iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_host_is_a_name_all_names_below_one_or_all() {
        let exact = |name: &str| Ok(HostPattern::Exact(name.to_owned()));
        assert_eq!(parse_host("*"), Ok(HostPattern::Any));
        assert_eq!(parse_host("App.Example.com"), exact("app.example.com"));
        assert_eq!(parse_host("[::1]"), exact("[::1]"));
        assert_eq!(parse_host("[2001:DB8:0::1]"), exact("[2001:db8::1]"));
        assert_eq!(parse_host("app.example.com."), exact("app.example.com"));
        assert_eq!(
            parse_host("*.a.b"),
            Ok(HostPattern::Below("a.b".to_owned()))
        );
        for refused in [
            "",
            "*.",
            "a..b",
            "a*",
            "http://a",
            "a:80",
            "a:",
            "[::1]:80",
            "-a",
            "127.1",
            "0x7f.1",
            "*.127.0.0.1",
            "*.[::1]",
            "a/b",
            "*.*.a",
            "straße.de",
        ] {
            assert!(parse_host(refused).is_err(), "{refused} was taken");
        }
    }

    #[test]
    fn a_path_is_a_prefix_without_its_last_slash() {
        assert_eq!(parse_path("/").as_deref(), Ok("/"));
        assert_eq!(parse_path("/api/").as_deref(), Ok("/api"));
        for refused in ["", "api", "/a?b", "/a#b", "/*", "/a//b", "/a b"] {
            assert!(parse_path(refused).is_err(), "{refused} was taken");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_them_panic(text in ".*") {
            let _ = parse_host(&text);
            let _ = parse_path(&text);
        }
    }
}
