//! `[edge.honeypot]` as the control takes it.

use palisade_edge::honeypot::{Credentials, Decoys, Face, Options, SHIPPED};

use crate::config::edge::honeypot::{self, Honeypot};

pub(super) fn options(config: &Honeypot) -> Options {
    let shipped = SHIPPED.iter().map(|decoy| decoy.path.to_owned());
    let paths = shipped.chain(config.add.iter().cloned());
    Options {
        mode: config.mode,
        face: match config.face {
            honeypot::Face::NotFound => Face::NotFound,
            honeypot::Face::Decoy => Face::Decoy,
        },
        decoys: Decoys::new(paths.filter(|path| !config.remove.contains(path))),
        credentials: Credentials::new(&config.credentials),
    }
}
