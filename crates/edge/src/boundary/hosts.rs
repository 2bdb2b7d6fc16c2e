//! The hosts that are ours.

use std::collections::BTreeSet;

use crate::router::HostPattern;

/// A set of host names and of whole domains; or every host, where a policy knows of no limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosts(Option<Patterns>);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Patterns {
    exact: BTreeSet<String>,
    below: BTreeSet<String>,
}

impl Hosts {
    /// One pattern for any host makes it every host.
    pub fn new(patterns: impl IntoIterator<Item = HostPattern>) -> Self {
        let mut known = Patterns::default();
        for pattern in patterns {
            match pattern {
                HostPattern::Any => return Self(None),
                HostPattern::Exact(host) => known.exact.insert(host),
                HostPattern::Below(parent) => known.below.insert(parent),
            };
        }
        Self(Some(known))
    }

    pub fn is_every(&self) -> bool {
        self.0.is_none()
    }

    /// `host` in lower case, without port and trailing dot.
    pub fn cover(&self, host: &str) -> bool {
        let Some(known) = &self.0 else { return true };
        known.exact.contains(host)
            || (!known.below.is_empty() && parents(host).any(|parent| known.below.contains(parent)))
    }

    /// A host for each of the patterns; none where every host is ours.
    pub(crate) fn examples(&self) -> impl Iterator<Item = String> {
        let (exact, below) = match &self.0 {
            Some(known) => (Some(&known.exact), Some(&known.below)),
            None => (None, None),
        };
        let below = below.into_iter().flatten();
        let exact = exact.into_iter().flatten().cloned();
        exact.chain(below.map(|parent| format!("sample.{parent}")))
    }
}

/// Every domain that a host lies below, the nearest first.
fn parents(host: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(parent(host), |domain| parent(domain))
}

fn parent(host: &str) -> Option<&str> {
    host.split_once('.').map(|(_, parent)| parent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_whole_domains_are_covered_and_nothing_beside_them() {
        let hosts = Hosts::new([
            HostPattern::Exact("a.test".to_owned()),
            HostPattern::Below("b.test".to_owned()),
        ]);
        for (host, covered) in [
            ("a.test", true),
            ("www.a.test", false),
            ("x.b.test", true),
            ("y.x.b.test", true),
            ("b.test", false),
            ("xb.test", false),
            ("test", false),
            ("", false),
            ("192.0.2.1", false),
        ] {
            assert_eq!(hosts.cover(host), covered, "{host}");
        }
        assert_eq!(
            hosts.examples().collect::<Vec<_>>(),
            ["a.test", "sample.b.test"]
        );
        assert!(hosts.examples().all(|host| hosts.cover(&host)));
    }

    #[test]
    fn a_pattern_for_any_host_leaves_nothing_to_refuse() {
        let hosts = Hosts::new([HostPattern::Exact("a.test".to_owned()), HostPattern::Any]);
        assert!(hosts.is_every() && hosts.cover("b.test"));
        assert_eq!(hosts.examples().count(), 0);
    }
}
