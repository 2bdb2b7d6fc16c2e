//! The data plane: from an accepted connection to the app and back.
//!
//! It knows no SQL and no capability; what it must know of them it reads from snapshots.

pub mod access_log;
mod admit;
pub mod body;
pub mod boundary;
pub mod client_address;
pub mod client_ip;
pub mod compress;
pub mod control;
pub mod exchange;
mod field_list;
pub mod forward;
pub mod forwarded;
pub mod headers;
mod hop_by_hop;
pub mod listen;
pub mod maintenance;
pub mod metrics;
pub mod network_set;
pub mod node;
mod own;
mod page;
pub mod policy;
pub mod proof;
pub mod publisher;
mod refusal;
pub mod router;
pub mod signal;
pub mod stack;
pub mod state;
pub mod tls;
pub mod upstream;
mod worker;

pub use body::{Body, BodyError};
pub use node::{ListenOptions, Node};
pub use policy::{Policy, PolicyOptions};
pub use state::State;
