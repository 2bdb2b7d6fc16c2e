//! `[proof]`: what happens when a control is on but does not bite.

use super::kinds::{Choice, Named};
use super::registry::{Key, Table};
use super::view::View;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    pub on_failure: OnFailure,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnFailure {
    /// The candidate configuration is not put in force.
    Refuse,
    /// It is, and the node reports itself unproven.
    Unproven,
}

impl Named for OnFailure {
    const NAMES: &'static [(&'static str, Self)] =
        &[("refuse", Self::Refuse), ("unproven", Self::Unproven)];
}

static ON_FAILURE: Key<Choice<OnFailure>> = Key::new("on_failure", Choice::new());

pub(super) static TABLE: Table = Table {
    name: "proof",
    entries_max: None,
    keys: &[&ON_FAILURE],
    tables: &[],
};

pub(super) fn read(root: &View<'_>) -> Option<Proof> {
    Some(Proof {
        on_failure: root.table(&TABLE)?.get(&ON_FAILURE)?,
    })
}
