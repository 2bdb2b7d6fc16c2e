//! The data plane: from an accepted connection to the app and back.
//!
//! It knows no SQL and no capability; what it must know of them it reads from snapshots.

pub mod body;
pub mod client_address;
pub mod forwarded;
pub mod listen;
pub mod tls;
pub mod upstream;

pub use body::{Body, BodyError};
