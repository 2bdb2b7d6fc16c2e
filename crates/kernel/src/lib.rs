//! The words that every part of Palisade shares.
//!
//! No I/O, no async runtime, no SQL: what stands here can be used and tested anywhere.

mod actor;
pub mod ban;
pub mod clock;
pub mod control;
pub mod flag;
pub mod maintenance;
pub mod problem;
pub mod random;
pub mod request_id;
pub mod tenant;

pub use actor::Actor;
pub use ban::{Ban, BanChange, BanSource};
pub use clock::{Clock, FixedClock, SystemClock, Timestamp};
pub use control::{ControlId, ControlSpec, Mode};
pub use flag::{Flag, FlagName, WhenOff};
pub use maintenance::MaintenanceWindow;
pub use problem::{Fault, Problem};
pub use random::{Random, SeededRandom, SystemRandom};
pub use request_id::RequestId;
pub use tenant::TenantId;
