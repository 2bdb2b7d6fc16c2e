//! What HTTP handlers share: who calls, what was asked, how it can fail, and which endpoints
//! there are.

mod caller;
mod endpoint;
mod failure;
mod input;
mod openapi;

pub use caller::{Caller, Permission};
pub use endpoint::{Description, Endpoint, Parameter, described, router};
pub use failure::Failure;
pub use input::Input;
pub use openapi::openapi;
