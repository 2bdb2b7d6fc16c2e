//! `[flags]` as the data plane takes it, and as operators are told of it.

use std::collections::BTreeMap;

use palisade_edge::flags::Gate;
use palisade_kernel::{Flag, FlagName};
use palisade_operate::Flags;

use crate::config::Config;

/// Those that refuse something while they are off.
pub(super) fn gates(config: &Config) -> Vec<Gate> {
    let refusing = config.flags.iter().filter(|flag| !flag.paths.is_empty());
    let gates = refusing.map(|flag| Gate {
        name: flag.name.clone(),
        paths: flag.paths.clone(),
        methods: flag.methods.clone(),
        when_off: flag.when_off,
    });
    gates.collect()
}

/// Whether each is on: as an operator has said, else as configured.
pub(crate) fn states(config: &Config, set: &Flags) -> BTreeMap<FlagName, bool> {
    let states = config.flags.iter().map(|flag| {
        let is_on = set.get(&flag.name).copied().unwrap_or(flag.default);
        (flag.name.clone(), is_on)
    });
    states.collect()
}

pub(crate) fn described(config: &Config) -> Vec<Flag> {
    let described = config.flags.iter().map(|flag| Flag {
        name: flag.name.clone(),
        description: flag.description.clone(),
        default: flag.default,
        paths: flag.paths.iter().map(ToString::to_string).collect(),
        methods: flag.methods.iter().map(ToString::to_string).collect(),
        when_off: flag.when_off,
    });
    described.collect()
}
