//! An immutable snapshot of everything a request is judged by.
//!
//! A reload builds a new one beside the running one, proves it, and only then puts it in place.

use std::sync::Arc;

use palisade_kernel::{Clock, ControlId, Mode};

use crate::client_address::Trust;
use crate::honeypot::Decoys;
use crate::proof::{self, Proof, Unproven, UnprovenFlag};
use crate::router::Router;
use crate::stack::{Stack, StackOptions};
use crate::upstream::{self, Group, GroupError};

/// What a policy is made of.
#[derive(Clone, Debug)]
pub struct PolicyOptions {
    pub upstreams: Vec<upstream::Options>,
    pub stack: StackOptions,
}

/// A policy that can be published. Cheap to read, never changed.
pub struct Policy {
    pub(crate) stack: Stack,
    pub(crate) groups: Vec<Arc<Group>>,
    pub(crate) upstream_names: Vec<String>,
    proofs: Vec<Proof>,
    unproven: Vec<Unproven>,
    unproven_flags: Vec<UnprovenFlag>,
}

impl Policy {
    /// Builds a candidate and proves it. Upstreams that `running` has in the same form are taken
    /// over with their connections, health and breakers.
    ///
    /// Errors are those of all upstreams that cannot be used, each with its index. A control or a
    /// flag that does not bite is no error here: see [`Policy::unproven`] and
    /// [`Policy::unproven_flags`].
    pub async fn candidate(
        options: PolicyOptions,
        running: Option<&Self>,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, Vec<(usize, GroupError)>> {
        let mut groups = Vec::with_capacity(options.upstreams.len());
        let mut errors = Vec::new();
        for (at, upstream) in options.upstreams.into_iter().enumerate() {
            let same = |group: &&Arc<Group>| *group.options() == upstream;
            let kept = running.and_then(|running| running.groups.iter().find(same));
            match kept {
                Some(group) => groups.push(group.clone()),
                None => match Group::new(upstream, clock.clone()) {
                    Ok(group) => groups.push(Arc::new(group)),
                    Err(error) => errors.push((at, error)),
                },
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let (proofs, unproven) = proof::prove(&options.stack).await;
        let unproven_flags = proof::prove_flags(&options.stack).await;
        Ok(Self {
            stack: Stack::new(options.stack),
            upstream_names: groups
                .iter()
                .map(|group| group.options().name.clone())
                .collect(),
            groups,
            proofs,
            unproven,
            unproven_flags,
        })
    }

    /// The controls that have bitten.
    pub fn proofs(&self) -> &[Proof] {
        &self.proofs
    }

    /// The controls that are on and did not bite.
    pub fn unproven(&self) -> &[Unproven] {
        &self.unproven
    }

    /// The flags that would refuse nothing while they are off, and are meant to.
    pub fn unproven_flags(&self) -> &[UnprovenFlag] {
        &self.unproven_flags
    }

    /// How a control acts under this policy.
    pub fn mode(&self, control: ControlId) -> Mode {
        let mut controls = self.stack.controls();
        controls
            .find(|one| one.id() == control)
            .map_or(Mode::Off, |one| one.mode())
    }

    /// The paths that may be decoys under this policy.
    pub fn decoys(&self) -> &Decoys {
        &self.stack.decoys
    }

    /// Whose word is taken about who the client is.
    pub fn trust(&self) -> &Trust {
        self.stack.trust()
    }

    pub fn router(&self) -> &Router {
        self.stack.router()
    }

    pub fn groups(&self) -> &[Arc<Group>] {
        &self.groups
    }
}
