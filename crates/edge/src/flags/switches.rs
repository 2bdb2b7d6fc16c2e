//! Which flags are on, shared by all workers: one snapshot, replaced whole by the control plane.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::{ArcSwapOption, Guard};
use http::HeaderValue;
use palisade_kernel::FlagName;

/// The switches themselves. Reading them never waits.
#[derive(Default)]
pub struct Switches(ArcSwapOption<Snapshot>);

/// How one flag is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub name: FlagName,
    pub is_on: bool,
    /// Requests refused because it was off, since the start or since it was configured.
    pub refusals: u64,
}

/// All flags at one moment, with the field that tells the app.
pub(super) struct Snapshot {
    switches: BTreeMap<FlagName, Switch>,
    is_any_off: bool,
    field: Option<HeaderValue>,
}

struct Switch {
    is_on: bool,
    /// Goes over to the next snapshot.
    refusals: Arc<AtomicU64>,
}

impl Switches {
    /// Effective with the next request; none of them, and the app is told nothing. For one caller
    /// at a time.
    pub fn set(&self, flags: &BTreeMap<FlagName, bool>) {
        let before = self.0.load();
        let refusals = |name| {
            let known = before.as_ref().and_then(|before| before.switches.get(name));
            known.map_or_else(Arc::default, |switch| switch.refusals.clone())
        };
        let switches = flags.iter().map(|(name, is_on)| {
            let switch = Switch {
                is_on: *is_on,
                refusals: refusals(name),
            };
            (name.clone(), switch)
        });
        let snapshot = (!flags.is_empty()).then(|| {
            Arc::new(Snapshot {
                switches: switches.collect(),
                is_any_off: flags.values().any(|is_on| !is_on),
                // A name is made of what a field value takes.
                field: HeaderValue::try_from(dictionary(flags)).ok(),
            })
        });
        self.0.store(snapshot);
    }

    /// Every flag there is, by name.
    pub fn standings(&self) -> Vec<Standing> {
        let now = self.0.load();
        let switches = now.iter().flat_map(|now| &now.switches);
        switches
            .map(|(name, switch)| Standing {
                name: name.clone(),
                is_on: switch.is_on,
                refusals: switch.refusals.load(Ordering::Relaxed),
            })
            .collect()
    }

    pub(super) fn now(&self) -> Guard<Option<Arc<Snapshot>>> {
        self.0.load()
    }
}

impl Snapshot {
    pub(super) fn is_any_off(&self) -> bool {
        self.is_any_off
    }

    pub(super) fn field(&self) -> Option<HeaderValue> {
        self.field.clone()
    }

    /// Whether a flag is off; if so, one more refusal is counted.
    pub(super) fn refuses(&self, name: &FlagName) -> bool {
        let off = self.switches.get(name).filter(|switch| !switch.is_on);
        if let Some(switch) = off {
            switch.refusals.fetch_add(1, Ordering::Relaxed);
        }
        off.is_some()
    }
}

/// RFC 9651 section 4.1.2: a member that is true is its key alone.
fn dictionary(flags: &BTreeMap<FlagName, bool>) -> String {
    let members = flags.iter().map(|(name, is_on)| match is_on {
        true => name.to_string(),
        false => format!("{name}=?0"),
    });
    members.collect::<Vec<_>>().join(", ")
}
