//! Which rules a path meets, however it is spelled: patterns, the readings of a path that apps
//! differ in, and the tree that finds the one by the other.

mod pattern;
pub(crate) mod reading;
mod tree;

pub(crate) use pattern::is_static;
pub use pattern::{PathPattern, SEGMENTS_MAX};
pub(crate) use reading::Readings;
pub use reading::is_plain;
pub(crate) use tree::PathTree;
