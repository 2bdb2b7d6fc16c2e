//! The motifs, one file each.

mod abstracts;
mod aurora;
mod city;
mod dunes;
mod facade;
mod forest;
mod hills;
mod peaks;
mod sea;

pub(crate) use abstracts::Marble;

use super::color::Rgb;
use super::light::Light;

/// A picture as a function: `x` in 0..aspect and `y` in 0..1, from the top left.
pub(in crate::art) trait Scene {
    fn shade(&self, x: f32, y: f32) -> Rgb;
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Motif {
    Peaks(Light),
    Lake(Light),
    Sea(Light),
    Lighthouse(Light),
    Dunes(Light),
    Hills(Light),
    Forest(Light),
    City(Light),
    Facade(Light),
    Aurora,
    Bokeh(Marble),
    Ink(Marble),
}

impl Motif {
    pub(super) fn scene(self, seed: u32, aspect: f32) -> Box<dyn Scene> {
        match self {
            Self::Peaks(light) => Box::new(peaks::Peaks::new(light, seed, aspect)),
            Self::Lake(light) => Box::new(peaks::Lake::new(light, seed, aspect)),
            Self::Sea(light) => Box::new(sea::Sea::new(light, seed, aspect, false)),
            Self::Lighthouse(light) => Box::new(sea::Sea::new(light, seed, aspect, true)),
            Self::Dunes(light) => Box::new(dunes::Dunes::new(light, seed, aspect)),
            Self::Hills(light) => Box::new(hills::Hills::new(light, seed, aspect)),
            Self::Forest(light) => Box::new(forest::Forest::new(light, seed, aspect)),
            Self::City(light) => Box::new(city::City::new(light, seed, aspect)),
            Self::Facade(light) => Box::new(facade::Facade::new(light, seed, aspect)),
            Self::Aurora => Box::new(aurora::Aurora::new(seed, aspect)),
            Self::Bokeh(marble) => Box::new(abstracts::Bokeh::new(marble, seed, aspect)),
            Self::Ink(marble) => Box::new(abstracts::Ink::new(marble, seed)),
        }
    }
}
