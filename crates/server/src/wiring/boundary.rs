//! `[edge.boundary]` as the control takes it.

use palisade_edge::boundary::{Hosts, Options};

use super::host_pattern;
use crate::config::edge::boundary::Boundary;
use crate::config::routes::Route;

/// Without hosts of its own, those of the routes are ours.
pub(super) fn options(config: &Boundary, routes: &[Route]) -> Options {
    let hosts = match config.hosts.as_slice() {
        [] => Hosts::new(routes.iter().map(|route| host_pattern(&route.host))),
        hosts => Hosts::new(hosts.iter().map(host_pattern)),
    };
    Options {
        mode: config.mode,
        hosts,
    }
}
