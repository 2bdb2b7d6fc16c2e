//! The parts of the `palisade` binary: its configuration, a running node, its commands.
//! They stand in a library so that tests reach them; `main.rs` only calls them.

pub mod admin;
pub mod cli;
pub mod config;
pub mod data_directory;
pub mod demo;
pub mod gateway;
mod listener;
pub mod logging;
mod ops;
mod wiring;
