//! `[edge.boundary]`: the hosts that are ours.

use palisade_edge::router::HostPattern;
use palisade_kernel::Mode;

use crate::config::kinds::{Choice, List, Parsed};
use crate::config::mistakes::Report;
use crate::config::registry::{Key, Table};
use crate::config::routes;
use crate::config::view::View;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boundary {
    pub mode: Mode,
    /// Without any, those of the routes.
    pub hosts: Vec<HostPattern>,
}

/// Hosts of one node.
const HOSTS_MAX: usize = 4096;

static MODE: Key<Choice<Mode>> = Key::new("mode", Choice::new());
static HOSTS: Key<List<Parsed<HostPattern>>> = Key::new(
    "hosts",
    List {
        item: Parsed {
            expected: "a host name or \"*.example.com\"",
            parse: parse_host,
        },
        items_min: 0,
        items_max: HOSTS_MAX,
    },
);

pub(super) static TABLE: Table = Table {
    name: "boundary",
    entries_max: None,
    keys: &[&MODE, &HOSTS],
    tables: &[],
};

pub(super) fn read(edge: &View<'_>) -> Option<Boundary> {
    let boundary = edge.table(&TABLE)?;
    Some(Boundary {
        mode: boundary.get(&MODE)?,
        hosts: boundary.get(&HOSTS)?,
    })
}

fn parse_host(text: &str) -> Result<HostPattern, String> {
    match routes::parse_host(text)? {
        HostPattern::Any => Err("name the hosts, or leave the list empty".to_owned()),
        host => Ok(host),
    }
}

/// A host that no route takes would promise something that is not served, and a route whose host
/// is not ours would never be reached.
pub(super) fn rules(root: &View<'_>, edge: &View<'_>, report: &mut Report) {
    let Some(boundary) = edge.table(&TABLE) else {
        return;
    };
    let hosts = boundary.get(&HOSTS).unwrap_or_default();
    let Some(routed) = routes::hosts(root).filter(|_| !hosts.is_empty()) else {
        return;
    };
    for host in &hosts {
        if !routed.iter().any(|routed| routed.meets(host)) {
            let problem = format!("no route takes \"{host}\"");
            let mistake = boundary.mistake(&HOSTS, problem);
            report.add(mistake.with_help("add a route for it, or leave it out"));
        }
    }
    for routed in &routed {
        if !hosts.iter().any(|host| host.meets(routed)) {
            let problem = format!("the route for \"{routed}\" could never be reached");
            let mistake = boundary.mistake(&HOSTS, problem);
            report.add(mistake.with_help("name its host here too, or take the route out"));
        }
    }
}
