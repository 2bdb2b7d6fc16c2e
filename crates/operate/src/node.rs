//! The running node, as far as operators change it.

use std::collections::BTreeMap;
use std::pin::Pin;

use palisade_kernel::{ControlId, MaintenanceWindow, Mode};
use palisade_store::{Error, Scope, Store, Tx};

use crate::{flags, maintenance, modes};

/// What a decree takes effect on. Implemented by the gateway.
pub trait Node: Send + Sync {
    /// Shuts the app, or opens it.
    fn set_maintenance(&self, window: Option<MaintenanceWindow>);

    /// The flags that are off.
    fn set_flags_off(&self, flags: Vec<String>);

    /// Flags that the configuration knows.
    fn flags(&self) -> Vec<String>;

    /// Proves the policy with these modes in place of the configured ones.
    ///
    /// # Errors
    ///
    /// Which control would not bite, in a sentence.
    fn prove_modes(&self, modes: BTreeMap<ControlId, Mode>) -> NodeFuture<'_>;

    /// Puts them in force.
    ///
    /// # Errors
    ///
    /// As [`Node::prove_modes`].
    fn set_modes(&self, modes: BTreeMap<ControlId, Mode>) -> NodeFuture<'_>;
}

pub type NodeFuture<'a> = Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>>;

/// Everything decreed so far, as a node needs it before it answers its first request.
#[derive(Debug, Default)]
pub struct Decrees {
    pub maintenance: Option<MaintenanceWindow>,
    pub modes: BTreeMap<ControlId, Mode>,
    pub flags_off: Vec<String>,
}

impl Decrees {
    /// # Errors
    ///
    /// When the store does not answer or holds what this release cannot read.
    pub async fn load(store: &Store) -> Result<Self, Error> {
        store
            .read(Scope::System, async |tx: &mut Tx| {
                Ok(Self {
                    maintenance: maintenance::store::load(tx).await?,
                    modes: modes::store::load(tx).await?,
                    flags_off: flags::store::load_off(tx).await?,
                })
            })
            .await
    }
}
