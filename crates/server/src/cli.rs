//! The commands of `palisade`, a file per noun. They print through writers handed in.

pub mod config;
