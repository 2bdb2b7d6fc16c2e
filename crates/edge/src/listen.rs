//! From the socket to the first byte of HTTP: who connects, over what, and for which host.
//!
//! Nothing here looks at a request's fields but the redirect of the plain port; what a client
//! says of itself there is judged in `client_address`.

pub mod authority;
pub mod connection;
pub(crate) mod linger;
pub(crate) mod paced;
pub mod prefixed;
pub mod proxy_protocol;
pub mod redirect;
pub mod socket;
