//! The parts of the `palisade` binary: its configuration and its commands.
//! They stand in a library so that tests reach them; `main.rs` only calls them.

pub mod cli;
pub mod config;
