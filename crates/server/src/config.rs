//! The configuration: read in layers, checked whole, refused whole or put in force whole.
//!
//! Lowest first: the built-in `config.default.toml`; `PORT`, `LOG_LEVEL`, `CORS_ORIGINS` and their
//! like, which other programs share; the file; `PALISADE_SECTION__KEY`; flags. Each layer is a tree of values
//! with their origins, checked against one registry of keys that also yields schema and reference.

mod registry;

mod defaults;
mod environment;
mod file;
mod overrides;
mod tree;

mod check;
mod conceal;
mod findings;
mod kinds;
mod layers;
mod listeners;
mod mistakes;
mod nearest;
mod view;

pub mod admin;
pub mod compression;
pub mod data;
pub mod edge;
pub mod flags;
pub mod listen;
pub mod log;
pub mod ops;
pub mod proof;
pub mod routes;
pub mod store;
pub mod tls;
pub mod upstreams;

mod load;
mod reference;
mod schema;
mod show;

pub use defaults::DEFAULT_TOML;
pub use file::FILE_BYTES_MAX;
pub(crate) use findings::Finding;
pub(crate) use load::load_place;
pub use load::{Loaded, Sources, load};
pub use mistakes::{MISTAKES_MAX, Mistakes};
pub(crate) use nearest::nearest;
pub use overrides::Overrides;
pub use reference::reference;
pub use schema::schema;
pub use show::{show, show_json};

/// A configuration that was found right: ready types, a field per section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    pub listen: listen::Listen,
    pub tls: tls::Tls,
    pub admin: admin::Admin,
    pub ops: ops::Ops,
    pub data: data::Data,
    pub store: store::Store,
    /// At least one.
    pub upstreams: Vec<palisade_edge::upstream::Options>,
    /// At least one; indices point into `upstreams`.
    pub routes: Vec<palisade_edge::router::Route>,
    pub compression: palisade_edge::compress::Compression,
    pub log: log::Log,
    pub proof: proof::Proof,
    pub flags: Vec<flags::Flag>,
    pub edge: edge::Edge,
}

#[cfg(test)]
mod tests;
