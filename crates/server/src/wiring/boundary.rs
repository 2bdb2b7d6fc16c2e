//! `[edge.boundary]` as the control takes it.

use palisade_edge::boundary::{Hosts, Options};
use palisade_edge::router::Route;

use crate::config::edge::boundary::Boundary;

/// Without hosts of its own, those of the routes are ours.
pub(super) fn options(config: &Boundary, routes: &[Route]) -> Options {
    let hosts = match config.hosts.as_slice() {
        [] => Hosts::new(routes.iter().map(|route| route.host.clone())),
        hosts => Hosts::new(hosts.iter().cloned()),
    };
    Options {
        mode: config.mode,
        hosts,
    }
}
