//! A list of origins, ready to be asked: a look-up by host, however many it has.

use std::collections::HashMap;

use super::pattern::{OriginPattern, Port};
use super::{Origin, Tuple};
use crate::router::HostPattern;

#[derive(Debug, Default)]
pub(crate) struct Origins {
    any: bool,
    opaque: bool,
    /// Pages of this machine, on whatever port.
    loopback: bool,
    exact: HashMap<String, Vec<Door>>,
    below: HashMap<String, Vec<Door>>,
}

/// What of a host is listed.
#[derive(Debug)]
struct Door {
    scheme: String,
    port: Port,
}

impl Door {
    fn fits(&self, origin: &Tuple<'_>) -> bool {
        *self.scheme == *origin.scheme
            && match self.port {
                Port::Any => true,
                Port::Default => origin.port.is_none(),
                Port::Number(port) => origin.port == Some(port),
            }
    }
}

impl Origins {
    pub(crate) fn new<'a>(patterns: impl IntoIterator<Item = &'a OriginPattern>) -> Self {
        let mut list = Self::default();
        for pattern in patterns {
            match pattern {
                OriginPattern::Any => list.any = true,
                OriginPattern::Opaque => list.opaque = true,
                OriginPattern::Tuple { scheme, host, port } => {
                    let (hosts, host) = match host {
                        // No pattern is written so.
                        HostPattern::Any => continue,
                        HostPattern::Exact(host) => (&mut list.exact, host),
                        HostPattern::Below(parent) => (&mut list.below, parent),
                    };
                    hosts.entry(host.clone()).or_default().push(Door {
                        scheme: scheme.clone(),
                        port: *port,
                    });
                }
            }
        }
        list
    }

    /// The same list with the pages of this machine on it.
    pub(crate) fn with_loopback(self, loopback: bool) -> Self {
        Self { loopback, ..self }
    }

    pub(crate) fn is_empty(&self) -> bool {
        !(self.any || self.opaque || self.loopback)
            && self.exact.is_empty()
            && self.below.is_empty()
    }

    /// Whether every origin is taken, which says nothing of any of them.
    pub(crate) fn takes_any(&self) -> bool {
        self.any
    }

    /// Whether the list names this origin, or its domain.
    pub(crate) fn names(&self, origin: &Origin<'_>) -> bool {
        let Origin::Tuple(origin) = origin else {
            return self.opaque;
        };
        let has = |hosts: &HashMap<String, Vec<Door>>, host: &str| {
            let doors = hosts.get(host);
            doors.is_some_and(|doors| doors.iter().any(|door| door.fits(origin)))
        };
        if has(&self.exact, &origin.host) || (self.loopback && origin.is_loopback()) {
            return true;
        }
        let mut rest = &*origin.host;
        while let (false, Some((_, parent))) = (self.below.is_empty(), rest.split_once('.')) {
            if has(&self.below, parent) {
                return true;
            }
            rest = parent;
        }
        false
    }
}
