//! The running node, as far as operators change it.

use std::collections::BTreeMap;
use std::pin::Pin;

use ipnet::IpNet;
use palisade_kernel::{Ban, ControlId, Flag, FlagName, MaintenanceWindow, Mode};
use palisade_store::{Error, Scope, Store, Tx};

use crate::{flags, maintenance, modes};

/// What a decree takes effect on. Implemented by the gateway.
pub trait Node: Send + Sync {
    /// Shuts the app, or opens it. In force with the next request.
    fn set_maintenance(&self, window: Option<MaintenanceWindow>);

    /// The flags of the configuration in force.
    fn flags(&self) -> Vec<Flag>;

    /// The name of a flag of the configuration.
    ///
    /// # Errors
    ///
    /// That there is none of this name, in a sentence that names the nearest.
    fn find_flag(&self, name: &str) -> Result<FlagName, String>;

    /// Puts these states in force in place of the configured ones. Those of flags that the
    /// configuration does not have wait until it does.
    fn set_flags(&self, flags: Flags);

    /// Whether a network may be banned at all.
    ///
    /// # Errors
    ///
    /// Why not, in a sentence.
    fn may_ban(&self, network: IpNet) -> Result<(), String>;

    /// Puts a ban in force; done when the next request meets it.
    ///
    /// # Errors
    ///
    /// As [`Node::may_ban`], and when the node has no room for it.
    fn ban(&self, ban: Ban) -> NodeFuture<'_>;

    /// How many more bans it takes.
    fn room_for_bans(&self) -> usize;

    /// Puts bans in force together; done when the next request meets all of them.
    ///
    /// # Errors
    ///
    /// As [`Node::ban`]; then none is in force.
    fn ban_all(&self, bans: Vec<Ban>) -> NodeFuture<'_>;
    /// Bans that the node has made by itself and that are not durable yet, `max` at most.
    fn unkept_bans(&self, max: usize) -> Vec<Ban>;

    /// These bans are durable now.
    fn bans_are_kept(&self, bans: &[Ban]);

    /// Ends the ban of exactly this network.
    ///
    /// # Errors
    ///
    /// When the node is stopping.
    fn unban(&self, network: IpNet) -> NodeFuture<'_>;

    /// Proves the policy with these modes in place of the configured ones.
    ///
    /// # Errors
    ///
    /// Which control would not bite, in a sentence.
    fn prove_modes(&self, modes: Modes) -> NodeFuture<'_, Box<dyn Proved + '_>>;
}

/// A policy that has bitten and waits until its decree is durable. Nothing else is published in
/// between, so that what is put in force is what was proved; dropped, it has changed nothing.
pub trait Proved: Send {
    /// In force with the next request. It cannot fail: the decree is kept already.
    fn publish(self: Box<Self>);
}

/// The modes that take the place of the configured ones.
pub type Modes = BTreeMap<ControlId, Mode>;

/// Whether flags are on, in place of the configured state.
pub type Flags = BTreeMap<FlagName, bool>;

pub type NodeFuture<'a, T = ()> = Pin<Box<dyn Future<Output = Result<T, String>> + Send + 'a>>;

/// What is decreed, as a node needs it before it answers its first request. Bans are read apart, by
/// [`crate::bans::load`], since there may be many.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Decrees {
    pub maintenance: Option<MaintenanceWindow>,
    pub modes: Modes,
    pub flags: Flags,
}

impl Decrees {
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn load(store: &Store) -> Result<Self, Error> {
        store
            .read(Scope::System, async |tx: &mut Tx| {
                Ok(Self {
                    maintenance: maintenance::store::load(tx).await?,
                    modes: modes::store::load(tx).await?,
                    flags: flags::store::load(tx).await?,
                })
            })
            .await
    }
}

#[cfg(test)]
pub(crate) mod testing;
