//! Which rules a request meets. A tree of segments: the cost follows the depth of the path, not
//! the number of rules.

use std::collections::HashMap;

use super::pattern::{Open, PathPattern, Segment};
use crate::router::HostPattern;

/// All rules by host and path. Numbers are positions in the caller's list.
#[derive(Default)]
pub(crate) struct PathTree {
    exact: HashMap<String, Paths>,
    below: HashMap<String, Paths>,
    any: Paths,
}

#[derive(Default)]
struct Paths {
    /// Patterns that begin where the path does, by their segments from the front.
    forward: Node,
    /// Patterns that end where the path does, by their segments from the back.
    backward: Node,
}

#[derive(Default)]
struct Node {
    literal: HashMap<String, Self>,
    any: Option<Box<Self>>,
    /// Rules of patterns that end here and take no more.
    here: Vec<u32>,
    /// Rules of patterns that take whatever follows.
    beyond: Vec<u32>,
}

impl PathTree {
    /// Without hosts, for every host.
    pub(crate) fn insert(&mut self, hosts: &[HostPattern], paths: &[PathPattern], rule: u32) {
        if hosts.is_empty() {
            self.any.insert_all(paths, rule);
        }
        for host in hosts {
            let by_host = match host {
                HostPattern::Any => &mut self.any,
                HostPattern::Exact(host) => self.exact.entry(host.clone()).or_default(),
                HostPattern::Below(host) => self.below.entry(host.clone()).or_default(),
            };
            by_host.insert_all(paths, rule);
        }
    }

    /// Every rule for a lower-cased host and one reading of a path, once each, in their order.
    pub(crate) fn find(&self, host: &str, path: &str) -> Vec<u32> {
        let mut found = Vec::new();
        if let Some(paths) = self.exact.get(host) {
            paths.find(path, &mut found);
        }
        if !self.below.is_empty() {
            let mut rest = host;
            while let Some((_, parent)) = rest.split_once('.') {
                if let Some(paths) = self.below.get(parent) {
                    paths.find(path, &mut found);
                }
                rest = parent;
            }
        }
        self.any.find(path, &mut found);
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Whether there is a rule for them.
    pub(crate) fn takes(&self, host: &str, path: &str) -> bool {
        !self.find(host, path).is_empty()
    }
}

impl Paths {
    fn insert_all(&mut self, patterns: &[PathPattern], rule: u32) {
        for PathPattern { segments, open, .. } in patterns {
            match open {
                Open::Closed => self.forward.insert(segments.iter()).here.push(rule),
                Open::Behind => self.forward.insert(segments.iter()).beyond.push(rule),
                Open::Before => {
                    let last = self.backward.insert(segments.iter().rev());
                    last.beyond.push(rule);
                }
            }
        }
    }

    fn find(&self, path: &str, found: &mut Vec<u32>) {
        let segments = path.split('/').filter(|segment| !segment.is_empty());
        self.forward.find(segments.clone(), found);
        self.backward.find(segments.rev(), found);
    }
}

impl Node {
    fn insert<'a>(&mut self, segments: impl Iterator<Item = &'a Segment>) -> &mut Self {
        segments.fold(self, |node, segment| match segment {
            Segment::Literal(text) => node.literal.entry(text.clone()).or_default(),
            Segment::Any => node.any.get_or_insert_default(),
        })
    }

    /// As deep as the patterns go, however deep the path is.
    fn find<'p>(&self, mut rest: impl Iterator<Item = &'p str> + Clone, found: &mut Vec<u32>) {
        found.extend(&self.beyond);
        let Some(segment) = rest.next() else {
            found.extend(&self.here);
            return;
        };
        if let Some(next) = self.literal.get(segment) {
            next.find(rest.clone(), found);
        }
        if let Some(next) = &self.any {
            next.find(rest, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(patterns: &[&str], path: &str, expected: &[u32]) {
        let mut tree = PathTree::default();
        for (rule, pattern) in (0..).zip(patterns) {
            tree.insert(&[], &[pattern.parse().unwrap()], rule);
        }
        assert_eq!(tree.find("a.test", path), expected, "{path}");
    }

    #[test]
    fn every_pattern_that_takes_a_path_is_found() {
        let patterns = [
            "/login",
            "/auth/**",
            "/**/login",
            "/users/*/otp",
            "/**",
            "/**/password/*",
            "/Login/",
        ];
        check(&patterns, "/login", &[0, 2, 4, 6]);
        check(&patterns, "/login/", &[0, 2, 4, 6]);
        check(&patterns, "/a/b/login", &[2, 4]);
        check(&patterns, "/auth", &[1, 4]);
        check(&patterns, "/auth/login", &[1, 2, 4]);
        check(&patterns, "/auth/a/b", &[1, 4]);
        check(&patterns, "/authors", &[4]);
        check(&patterns, "/users/7/otp", &[3, 4]);
        check(&patterns, "/users/otp", &[4]);
        check(&patterns, "/x/password/reset", &[4, 5]);
        check(&patterns, "/password", &[4]);
        check(&patterns, "/", &[4]);
        check(&["/"], "/", &[0]);
        check(&["/"], "/a", &[]);
    }

    #[test]
    fn a_policy_is_found_once_however_many_of_its_patterns_fit() {
        let patterns = ["/login", "/**/login", "/**"].map(|text| text.parse().unwrap());
        let mut tree = PathTree::default();
        tree.insert(&[HostPattern::Any], &patterns, 3);
        assert_eq!(tree.find("a.test", "/login"), [3]);
    }

    #[test]
    fn policies_of_other_hosts_are_not_met() {
        let everything: PathPattern = "/**".parse().unwrap();
        let hosts = [
            HostPattern::Exact("a.test".to_owned()),
            HostPattern::Below("b.test".to_owned()),
            HostPattern::Any,
        ];
        let mut tree = PathTree::default();
        for (rule, host) in (0..).zip(hosts) {
            tree.insert(&[host], std::slice::from_ref(&everything), rule);
        }
        for (host, expected) in [
            ("a.test", vec![0, 2]),
            ("x.a.test", vec![2]),
            ("x.y.b.test", vec![1, 2]),
            ("b.test", vec![2]),
            ("", vec![2]),
        ] {
            assert_eq!(tree.find(host, "/x"), expected, "{host}");
        }
    }
}
