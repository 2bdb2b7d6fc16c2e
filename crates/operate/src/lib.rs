//! What operators decree, and the record of who decreed it: maintenance, modes of controls,
//! flags, bans, admin tokens.
//!
//! Every decree goes the same way: it is checked, made durable together with its record, put in
//! force on the running node, and only then acknowledged. What was acknowledged is in force again
//! after a restart, however the node ended.

pub mod bans;
pub mod changes;
pub mod flags;
pub mod maintenance;
pub mod modes;
pub mod tokens;

mod access;
mod failure;
mod node;
mod schema;

use std::sync::Arc;

use palisade_kernel::Random;
use palisade_store::Store;
use palisade_web::Endpoint;

pub use access::authenticate;
pub use node::{Decrees, Flags, Modes, Node, NodeFuture, Proved};
pub use schema::{MIGRATIONS, STATEMENTS};

/// The capability. Cheap to clone.
#[derive(Clone)]
pub struct Operate {
    store: Store,
    node: Arc<dyn Node>,
    random: Arc<dyn Random>,
    /// One decree at a time: the order of the records is the order in which they took effect.
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl Operate {
    pub fn new(store: Store, node: Arc<dyn Node>, random: Arc<dyn Random>) -> Self {
        Self {
            store,
            node,
            random,
            turn: Arc::default(),
        }
    }

    /// Every endpoint of the capability.
    pub fn endpoints() -> Vec<Endpoint<Self>> {
        let slices = [
            maintenance::endpoints(),
            modes::endpoints(),
            flags::endpoints(),
            tokens::endpoints(),
            bans::endpoints(),
            changes::endpoints(),
        ];
        slices.into_iter().flatten().collect()
    }
}
