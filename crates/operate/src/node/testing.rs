//! A node for the tests of every decree.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use ipnet::IpNet;
use palisade_kernel::{Actor, Ban, Flag, FlagName, MaintenanceWindow, SystemRandom};
use palisade_store::Store;
use palisade_store::testing::TestStore;

use super::{Flags, Modes, Node, NodeFuture, Proved};
use crate::Operate;

pub(crate) const UID: Actor = Actor::Socket { uid: 1000 };

/// The capability on a store and a node.
pub(crate) fn operate(store: &TestStore, node: NotingNode) -> (Operate, Arc<NotingNode>) {
    let (node, random) = (Arc::new(node), Arc::new(SystemRandom));
    (Operate::new((*store).clone(), node.clone(), random), node)
}

/// A node that notes what it is told, in order.
#[derive(Default)]
pub(crate) struct NotingNode {
    /// Why it proves no modes.
    pub(crate) unproven: Option<&'static str>,
    pub(crate) windows: Mutex<Vec<Option<MaintenanceWindow>>>,
    pub(crate) modes: Mutex<Vec<Modes>>,
    /// The flags it is configured with.
    pub(crate) configured: Vec<Flag>,
    pub(crate) flags: Mutex<Vec<Flags>>,
    /// A store that closes as soon as modes have been proved.
    pub(crate) closes_after_proof: Option<Store>,
    /// How often it was asked to prove modes.
    pub(crate) proofs: AtomicUsize,
}

/// Modes that a [`NotingNode`] has proved.
struct ProvedModes<'a>(&'a NotingNode, Modes);

impl Proved for ProvedModes<'_> {
    fn publish(self: Box<Self>) {
        let Self(node, modes) = *self;
        node.modes.lock().unwrap().push(modes);
    }
}

impl Node for NotingNode {
    fn set_maintenance(&self, window: Option<MaintenanceWindow>) {
        self.windows.lock().unwrap().push(window);
    }

    fn flags(&self) -> Vec<Flag> {
        self.configured.clone()
    }

    fn find_flag(&self, name: &str) -> Result<FlagName, String> {
        let mut names = self.configured.iter().map(|flag| &flag.name);
        let found = names.find(|flag| flag.as_str() == name);
        found.cloned().ok_or_else(|| format!("no flag {name}"))
    }

    fn set_flags(&self, flags: Flags) {
        self.flags.lock().unwrap().push(flags);
    }

    fn may_ban(&self, _: IpNet) -> Result<(), String> {
        Ok(())
    }

    fn ban(&self, _: Ban) -> NodeFuture<'_> {
        Box::pin(async { Ok(()) })
    }

    fn unban(&self, _: IpNet) -> NodeFuture<'_> {
        Box::pin(async { Ok(()) })
    }

    fn prove_modes(&self, modes: Modes) -> NodeFuture<'_, Box<dyn Proved + '_>> {
        Box::pin(async move {
            self.proofs.fetch_add(1, Ordering::Relaxed);
            if let Some(store) = &self.closes_after_proof {
                store.close().await;
            }
            match self.unproven {
                Some(why) => Err(why.to_owned()),
                None => Ok(Box::new(ProvedModes(self, modes)) as Box<dyn Proved>),
            }
        })
    }
}
