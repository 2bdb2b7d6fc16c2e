//! One policy: which requests it counts, by what, and how many it grants.

use std::sync::Arc;

use http::{Method, request};
use palisade_kernel::Mode;

use super::fields::Fields;
use super::key::Key;
use super::limits::Limits;
use super::method;
use crate::paths::PathPattern;
use crate::router::HostPattern;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// For fields, log and signals; lower-case letters, digits, `-` and `_`. Counts of a policy that
    /// keeps its name outlive a reload.
    pub name: Arc<str>,
    pub mode: Mode,
    /// Empty for every host.
    pub hosts: Vec<HostPattern>,
    /// Empty for every method. POST is counted too, whichever are named, for it may become any.
    pub methods: Vec<Method>,
    pub paths: Vec<PathPattern>,
    pub key: Key,
    pub limits: Limits,
}

/// A policy with what is worked out once.
pub(super) struct Ready {
    pub(super) policy: Policy,
    pub(super) fields: Fields,
}

impl Ready {
    pub(super) fn new(policy: &Policy) -> Self {
        Self {
            fields: Fields::new(&policy.name, &policy.limits),
            policy: policy.clone(),
        }
    }
}

impl Policy {
    pub(super) fn takes(&self, head: &request::Parts) -> bool {
        self.methods.is_empty() || method::may_be_one_of(head, &self.methods)
    }
}
