//! `[edge.cross_site]` as the control takes it.

use palisade_edge::cross_site::Options;

use crate::config::edge::cross_site::CrossSite;

pub(super) fn options(config: &CrossSite) -> Options {
    Options {
        mode: config.mode,
        same_site: config.same_site,
        origins: config.origins.clone(),
        exempt_paths: config.exempt_paths.clone(),
    }
}
