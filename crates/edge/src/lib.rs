//! The data plane: from an accepted connection to the app and back.
//!
//! It knows no SQL and no capability; what it must know of them it reads from snapshots.
//!
//! # Library mode
//!
//! The binary runs a [`Node`]. A service of your own can have the same guards and headers without
//! one: [`PolicyLayer`] puts a [`Policy`] around any tower service. With axum:
//!
//! ```
//! use std::net::SocketAddr;
//! use std::sync::Arc;
//!
//! use axum::extract::{ConnectInfo, Request};
//! use axum::middleware::{self, Next};
//! use axum::response::Response;
//! use axum::routing::{Router, get};
//! use palisade_edge::client_address::Scheme;
//! use palisade_edge::rate_limit::Limiter;
//! use palisade_edge::{Connected, Policy, PolicyLayer, State};
//! use palisade_kernel::{SystemClock, SystemRandom};
//!
//! /// Serve it with `into_make_service_with_connect_info::<SocketAddr>()`.
//! fn guarded(policy: Arc<Policy>) -> Router {
//!     let (clock, random) = (Arc::new(SystemClock::start()), Arc::new(SystemRandom));
//!     let (state, _signals) = State::new(Limiter::new(100_000, &SystemRandom));
//!     Router::new()
//!         .route("/", get(|| async { "hello" }))
//!         .layer(PolicyLayer::new(policy, Arc::new(state), clock, random))
//!         .layer(middleware::from_fn(note_connection))
//! }
//!
//! /// The layer asks for whom a request is; whoever accepts connections knows.
//! async fn note_connection(
//!     ConnectInfo(peer): ConnectInfo<SocketAddr>,
//!     mut request: Request,
//!     next: Next,
//! ) -> Response {
//!     let (from, scheme) = (peer.ip(), Scheme::Http);
//!     request.extensions_mut().insert(Connected { from, scheme });
//!     next.run(request).await
//! }
//! ```

// What arrives decides every index here, and a panic costs somebody a request.
#![warn(clippy::indexing_slicing, clippy::panic)]

pub mod access_log;
mod admit;
pub mod ban;
pub mod body;
pub mod boundary;
pub mod client_address;
pub mod client_ip;
pub mod compress;
pub mod control;
pub mod cookies;
pub mod cors;
pub mod cross_site;
pub mod errors;
pub mod exchange;
mod exemptions;
mod fetch_metadata;
mod field_list;
pub mod flags;
pub mod forward;
pub mod forwarded;
pub mod headers;
pub mod honeypot;
mod hop_by_hop;
mod layer;
pub mod listen;
pub mod maintenance;
mod media_type;
pub mod metrics;
pub mod network_set;
pub mod node;
mod noted;
pub mod origin;
mod own;
mod page;
pub mod paths;
pub mod policy;
pub mod proof;
pub mod publisher;
pub mod rate_limit;
pub mod redirect;
mod refusal;
pub mod router;
pub mod signal;
pub mod stack;
pub mod state;
mod text;
pub mod tls;
pub mod upstream;
mod worker;

pub use body::{Body, BodyError};
pub use layer::{Connected, PolicyLayer, PolicyService};
pub use node::{ListenOptions, Node};
pub use policy::{Policy, PolicyOptions};
pub use state::State;
