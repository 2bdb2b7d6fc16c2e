//! The store from outside, on both engines.
#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, its small functions too"
)]

mod capability;

mod migrations;
mod postgres;
mod statements;
mod tenants;
mod transactions;
mod transfer;
