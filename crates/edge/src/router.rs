//! Which upstream answers for a host and a path.

use std::collections::HashMap;
use std::fmt;

use http::header::HOST;
use http::uri::Scheme;
use http::{HeaderMap, HeaderValue, Method, Uri, Version, request};
use palisade_kernel::Problem;

use crate::exchange::Exchange;
use crate::listen::authority::Authority;
use crate::own;

/// One line of the routing table, as configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    pub host: HostPattern,
    /// Path prefix, matched at segment borders: `/api` covers `/api` and `/api/x`, not `/apis`.
    pub path: String,
    /// Index of the upstream.
    pub upstream: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum HostPattern {
    Any,
    /// Lower case, without port.
    Exact(String),
    /// Stands for every name below this one, not for the name itself (`*.example.com`).
    Below(String),
}

impl HostPattern {
    /// Whether there is a host that both take.
    pub fn meets(&self, other: &Self) -> bool {
        let is_below = |host: &str, parent: &str| {
            host.strip_suffix(parent)
                .is_some_and(|name| name.ends_with('.'))
        };
        match (self, other) {
            (Self::Any, _) | (_, Self::Any) => true,
            (Self::Exact(one), Self::Exact(other)) => one == other,
            (Self::Exact(host), Self::Below(parent)) | (Self::Below(parent), Self::Exact(host)) => {
                is_below(host, parent)
            }
            (Self::Below(one), Self::Below(other)) => {
                one == other || is_below(one, other) || is_below(other, one)
            }
        }
    }
}

/// As the configuration writes it.
impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Exact(host) => f.write_str(host),
            Self::Below(parent) => write!(f, "*.{parent}"),
        }
    }
}

/// Where a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    Upstream(usize),
    /// To ourselves, under `/.palisade/`.
    Own,
    Nowhere,
}

/// The routing table. Exact hosts before wildcards, longer wildcards before shorter, any host
/// last; within a host the longest path.
#[derive(Clone, Debug, Default)]
pub struct Router {
    exact: HashMap<String, Paths>,
    below: HashMap<String, Paths>,
    any: Paths,
}

impl Router {
    pub fn new(routes: Vec<Route>) -> Self {
        let mut router = Self::default();
        for route in routes {
            let paths = match route.host {
                HostPattern::Any => &mut router.any,
                HostPattern::Exact(host) => router.exact.entry(host).or_default(),
                HostPattern::Below(host) => router.below.entry(host).or_default(),
            };
            paths.insert(&route.path, route.upstream);
        }
        router
    }

    /// The upstream for a lower-cased host without port.
    pub fn find(&self, host: &str, path: &str) -> Option<usize> {
        if let Some(found) = self.exact.get(host).and_then(|paths| paths.find(path)) {
            return Some(found);
        }
        if !self.below.is_empty() {
            let mut rest = host;
            while let Some((_, parent)) = rest.split_once('.') {
                if let Some(found) = self.below.get(parent).and_then(|paths| paths.find(path)) {
                    return Some(found);
                }
                rest = parent;
            }
        }
        self.any.find(path)
    }

    /// The host names that the table spells out.
    pub fn exact_hosts(&self) -> impl Iterator<Item = &str> {
        self.exact.keys().map(String::as_str)
    }

    /// How many upstreams the table speaks of.
    pub(crate) fn upstreams(&self) -> usize {
        let tables = self
            .exact
            .values()
            .chain(self.below.values())
            .chain([&self.any]);
        tables
            .flat_map(|paths| paths.0.values())
            .max()
            .map_or(0, |highest| highest + 1)
    }

    /// Hosts for which the table has an upstream, one for each pattern; the last for any host.
    pub(crate) fn examples(&self) -> impl Iterator<Item = String> {
        let exact = self.exact.keys().cloned();
        let below = self.below.keys().map(|parent| format!("sample.{parent}"));
        let any = (!self.any.0.is_empty()).then(|| "sample.invalid".to_owned());
        exact.chain(below).chain(any)
    }

    /// `host`, and a path on it for which the table has an upstream.
    pub(crate) fn example_on(&self, host: &str) -> Option<(HeaderValue, Uri)> {
        let paths = self
            .exact
            .values()
            .chain(self.below.values())
            .chain([&self.any]);
        let prefixes = paths
            .flat_map(|paths| paths.0.keys())
            .map(|path| match path.as_str() {
                "" => "/",
                path => path,
            });
        let served = prefixes.filter(|path| self.find(host, path).is_some());
        let path = served.min_by_key(|path| path.len())?;
        Some((HeaderValue::from_str(host).ok()?, path.parse().ok()?))
    }

    pub(crate) fn destination(&self, exchange: &Exchange) -> Destination {
        match exchange.upstream {
            _ if own::is_own(&exchange.path) => Destination::Own,
            Some(index) => Destination::Upstream(index),
            None => Destination::Nowhere,
        }
    }

    /// The host that a request names, where its target has a form that can be forwarded.
    pub(crate) fn read_host(&self, head: &request::Parts) -> Result<String, &'static Problem> {
        if !is_forwardable(&head.method, &head.uri) {
            return Err(&Problem::BAD_REQUEST);
        }
        read_host(&head.uri, head.version, &head.headers)
    }
}

/// The forms of RFC 9112 section 3.2 without that of `CONNECT`: a path; a whole `http` or `https`
/// address; the asterisk, which asks `OPTIONS` of the server as such.
fn is_forwardable(method: &Method, target: &Uri) -> bool {
    match (target.scheme(), target.authority()) {
        // HTTP/2 has the asterisk as a path beside scheme and authority (RFC 9113 section 8.3.1).
        _ if target.path() == "*" => *method == Method::OPTIONS,
        (Some(scheme), Some(_)) => *scheme == Scheme::HTTP || *scheme == Scheme::HTTPS,
        (None, None) => true,
        _ => false,
    }
}

/// The host that a request names, lower-cased and without port, by the rules of RFC 9110 section
/// 7.2 and RFC 9112 section 3.2: exactly one `Host` in HTTP/1.1, and no other in the target. It is
/// empty where HTTP/1.0 names none.
pub(crate) fn read_host(
    target: &Uri,
    version: Version,
    headers: &HeaderMap,
) -> Result<String, &'static Problem> {
    let mut fields = headers.get_all(HOST).iter();
    let field = match (fields.next(), fields.next()) {
        (_, Some(_)) => return Err(&Problem::BAD_REQUEST),
        (Some(field), None) => Some(field.to_str().map_err(|_| &Problem::BAD_REQUEST)?),
        (None, None) => None,
    };
    let named = match (target.authority(), field) {
        // A target that names another host than the field is a request with two meanings.
        (Some(target), Some(field)) if !target.as_str().eq_ignore_ascii_case(field) => {
            return Err(&Problem::BAD_REQUEST);
        }
        (Some(target), _) => target.as_str(),
        (None, Some(field)) => field,
        (None, None) if version <= Version::HTTP_10 => return Ok(String::new()),
        (None, None) => return Err(&Problem::BAD_REQUEST),
    };
    let authority = Authority::parse(named.as_bytes()).map_err(|_| &Problem::BAD_REQUEST)?;
    Ok(authority.host.into_owned())
}

/// Path prefixes of one host.
#[derive(Clone, Debug, Default)]
struct Paths(HashMap<String, usize>);

impl Paths {
    fn insert(&mut self, path: &str, upstream: usize) {
        self.0
            .insert(path.trim_end_matches('/').to_owned(), upstream);
    }

    /// Walks up the path, one segment at a time.
    fn find(&self, path: &str) -> Option<usize> {
        if let (1, Some(upstream)) = (self.0.len(), self.0.get("")) {
            return Some(*upstream);
        }
        let mut prefix = path.trim_end_matches('/');
        loop {
            if let Some(upstream) = self.0.get(prefix) {
                return Some(*upstream);
            }
            (prefix, _) = prefix.rsplit_once('/')?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Router {
        let route = |host: HostPattern, path: &str, upstream| Route {
            host,
            path: path.to_owned(),
            upstream,
        };
        Router::new(vec![
            route(HostPattern::Any, "/", 0),
            route(HostPattern::Any, "/api/", 1),
            route(HostPattern::Exact("a.test".to_owned()), "/", 2),
            route(HostPattern::Exact("a.test".to_owned()), "/api/v2", 3),
            route(HostPattern::Below("b.test".to_owned()), "/", 4),
            route(HostPattern::Below("c.b.test".to_owned()), "/x", 5),
        ])
    }

    fn check(host: &str, path: &str, expected: usize) {
        assert_eq!(table().find(host, path), Some(expected), "{host} {path}");
    }

    #[test]
    fn the_longest_path_wins_at_segment_borders() {
        check("z.test", "/", 0);
        check("z.test", "/api", 1);
        check("z.test", "/api/", 1);
        check("z.test", "/api/v1", 1);
        check("z.test", "/apis", 0);
        check("a.test", "/api/v2/x", 3);
        check("a.test", "/api/v20", 2);
    }

    #[test]
    fn exact_hosts_come_before_wildcards_and_those_before_any() {
        check("a.test", "/", 2);
        check("x.b.test", "/", 4);
        check("y.x.b.test", "/", 4);
        check("b.test", "/", 0);
        check("y.c.b.test", "/x", 5);
        check("y.c.b.test", "/y", 4);
    }

    #[test]
    fn without_a_route_there_is_no_upstream() {
        let only = Route {
            host: HostPattern::Exact("a.test".to_owned()),
            path: "/x".to_owned(),
            upstream: 0,
        };
        let router = Router::new(vec![only]);
        assert_eq!(router.find("a.test", "/y"), None);
        assert_eq!(router.find("b.test", "/x"), None);
        assert_eq!(router.find("a.test", "/x"), Some(0));
    }

    fn host(request: http::request::Builder) -> Result<String, &'static str> {
        let (head, ()) = request.body(()).unwrap().into_parts();
        Router::default()
            .read_host(&head)
            .map_err(|problem| problem.code)
    }

    #[test]
    fn a_request_names_one_host() {
        let get = || http::Request::get("/");
        assert_eq!(
            host(get().header("host", "A.test:8443")),
            Ok("a.test".to_owned())
        );
        assert_eq!(host(get()), Err("bad-request"));
        assert_eq!(
            host(get().header("host", "a").header("host", "a")),
            Err("bad-request")
        );
        assert_eq!(host(get().header("host", "a b")), Err("bad-request"));
        let absolute = || http::Request::get("http://a.test/");
        assert_eq!(
            host(absolute().header("host", "a.test")),
            Ok("a.test".to_owned())
        );
        assert_eq!(
            host(absolute().header("host", "b.test")),
            Err("bad-request")
        );
        assert_eq!(
            host(get().version(http::Version::HTTP_10)),
            Ok(String::new())
        );
    }

    #[test]
    fn a_target_has_one_of_the_forms_that_can_be_forwarded() {
        let check = |method: Method, target: &str| {
            let request = http::Request::builder().method(method).uri(target);
            host(request.header("host", "a.test")).is_ok()
        };
        for target in ["/", "/*", "http://a.test", "HTTPS://a.test/x"] {
            assert!(check(Method::GET, target), "{target}");
        }
        for target in ["*", "a.test", "ftp://a.test/", "ws://a.test/"] {
            assert!(!check(Method::GET, target), "{target}");
        }
        assert!(check(Method::OPTIONS, "*"));
        assert!(!check(Method::POST, "*"));
    }
}
