//! `[edge.errors]` as the control takes it.

use palisade_edge::errors::Options;

use crate::config::edge::errors::Errors;

pub(super) fn options(config: &Errors) -> Options {
    Options {
        mode: config.mode,
        except: config.except.clone(),
    }
}
