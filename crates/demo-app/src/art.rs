//! The photographs: landscapes, cities and abstracts painted pixel by pixel from a seed.
//!
//! A gallery without pictures is no product, and pictures of others are not ours to ship. A scene
//! is a pure function from a point to a colour, so a thumbnail and an original show the same
//! picture, today and on every machine.

mod color;
mod develop;
mod light;
mod noise;
mod ridge;
mod scenes;
mod sky;

pub(crate) use develop::develop;
pub(crate) use light::Light;
pub(crate) use scenes::{Marble, Motif};

/// What a photograph shows. Its bytes follow from this alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Subject {
    pub(crate) motif: Motif,
    pub(crate) seed: u32,
    /// Width divided by height.
    pub(crate) aspect: f32,
}
