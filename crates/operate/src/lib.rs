//! What operators decree, and the record of who decreed it: maintenance, modes of controls,
//! flags, bans, admin tokens.
//!
//! Every decree goes the same way: it is checked, made durable together with its record, then
//! put in force on the running node, then acknowledged. What was acknowledged is in force again
//! after a restart, however the node ended.

pub mod changes;
pub mod flags;
pub mod maintenance;
pub mod modes;
pub mod tokens;

mod access;
mod endpoints;
mod failure;
mod node;
mod schema;

use std::sync::Arc;

use palisade_kernel::Random;
use palisade_store::Store;

pub use access::authenticate;
pub use endpoints::endpoints;
pub use node::{Decrees, Node, NodeFuture};
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
}
