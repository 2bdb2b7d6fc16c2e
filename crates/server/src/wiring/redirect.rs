//! `[edge.redirect]` as the control takes it.

use palisade_edge::redirect::Options;

use crate::config::edge::redirect::Redirect;

pub(super) fn options(config: &Redirect) -> Options {
    Options {
        mode: config.mode,
        allow: config.allow.clone(),
        exempt_paths: config.exempt_paths.clone(),
        replacement: config.replacement.clone(),
    }
}
