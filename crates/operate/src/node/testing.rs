//! A node for the tests of every decree.

use std::sync::{Arc, Mutex};

use ipnet::IpNet;
use palisade_kernel::{Actor, Ban, MaintenanceWindow, SystemRandom};
use palisade_store::testing::TestStore;

use super::{Modes, Node, NodeFuture};
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
}

impl Default for NotingNode {
    fn default() -> Self {
        Self {
            room_for_bans: usize::MAX,
            unproven: None,
            windows: Mutex::default(),
            modes: Mutex::default(),
            unkept: Mutex::default(),
        }
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

    fn prove_modes(&self, _: Modes) -> NodeFuture<'_> {
        let proved = self.unproven.map_or(Ok(()), |why| Err(why.to_owned()));
        Box::pin(async { proved })
    }

    fn set_modes(&self, modes: Modes) -> NodeFuture<'_> {
        self.modes.lock().unwrap().push(modes);
        Box::pin(async { Ok(()) })
    }
}
