//! `[edge.maintenance]` as the control takes it.

use palisade_edge::maintenance::{Options, Theme};
use palisade_edge::network_set::NetworkSet;

use crate::config::edge::maintenance::Maintenance;

pub(super) fn options(config: &Maintenance) -> Options {
    Options {
        mode: config.mode,
        allow: NetworkSet::new(config.allow.iter().copied()),
        allow_paths: config.allow_paths.clone(),
        retry_after: config.retry_after,
        theme: Theme {
            brand: config.brand.clone(),
            accent: config.accent.clone(),
            contact: config.contact.clone(),
        },
    }
}
