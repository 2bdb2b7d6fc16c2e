//! `[edge.cors]` as the control takes it.

use palisade_edge::cors::Options;

use crate::config::edge::cors::Cors;

pub(super) fn options(config: &Cors) -> Options {
    Options {
        mode: config.mode,
        sharing: config.sharing.clone(),
        rules: config.rules.clone(),
        exempt_paths: config.exempt_paths.clone(),
        development: config.development,
    }
}
