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
pub(crate) struct NotingNode {
    pub(crate) room_for_bans: usize,
    /// Why it proves no modes.
    pub(crate) unproven: Option<&'static str>,
    pub(crate) windows: Mutex<Vec<Option<MaintenanceWindow>>>,
    pub(crate) modes: Mutex<Vec<Modes>>,
    /// What it has banned by itself.
    pub(crate) unkept: Mutex<Vec<Ban>>,
    /// The flags it is configured with.
    pub(crate) configured: Vec<Flag>,
    pub(crate) flags: Mutex<Vec<Flags>>,
    /// A store that closes as soon as modes have been proved.
    pub(crate) closes_after_proof: Option<Store>,
    /// How often it was asked to prove modes.
    pub(crate) proofs: AtomicUsize,
}

impl Default for NotingNode {
    fn default() -> Self {
        Self {
            room_for_bans: usize::MAX,
            unproven: None,
            windows: Mutex::default(),
            modes: Mutex::default(),
            unkept: Mutex::default(),
            configured: Vec::new(),
            flags: Mutex::default(),
            closes_after_proof: None,
            proofs: AtomicUsize::default(),
        }
    }
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

    fn may_ban(&self, network: IpNet) -> Result<(), String> {
        match network.prefix_len() {
            0 => Err(format!("{network} is the whole internet")),
            _ => Ok(()),
        }
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

    fn ban(&self, _: Ban) -> NodeFuture<'_> {
        Box::pin(async { Ok(()) })
    }

    fn room_for_bans(&self) -> usize {
        self.room_for_bans
    }

    fn ban_all(&self, _: Vec<Ban>) -> NodeFuture<'_> {
        Box::pin(async { Ok(()) })
    }

    fn unkept_bans(&self, max: usize) -> Vec<Ban> {
        let unkept = self.unkept.lock().unwrap();
        unkept.iter().take(max).cloned().collect()
    }

    fn bans_are_kept(&self, bans: &[Ban]) {
        self.unkept.lock().unwrap().drain(..bans.len());
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
