//! Mountain ranges one behind the other, and the same above a still lake.

use super::Scene;
use crate::art::color::{Rgb, smoothstep};
use crate::art::light::{Light, Palette};
use crate::art::noise::{fractal, hash, noise, ridged};
use crate::art::ridge::Ridge;
use crate::art::sky::Sky;

struct Layer {
    ridge: Ridge,
    /// 0 for the farthest range, 1 for the nearest.
    nearness: f32,
    seed: u32,
}

pub(super) struct Peaks {
    sky: Sky,
    palette: Palette,
    layers: Vec<Layer>,
    trees: Option<Ridge>,
    sun_side: f32,
    snow_line: f32,
}

impl Peaks {
    pub(super) fn new(light: Light, seed: u32, aspect: f32) -> Self {
        Self::within(light, seed, aspect, 1.0, 4, true)
    }

    /// Ranges between the sky and `floor`, the height where the land ends.
    fn within(light: Light, seed: u32, aspect: f32, floor: f32, count: u32, trees: bool) -> Self {
        let sun_x = aspect * (0.22 + 0.56 * hash(1, 1, seed));
        let horizon = floor * 0.66;
        let sun_y = horizon * (0.38 + 0.3 * hash(2, 2, seed));
        // At noon the sun stands above the frame.
        let sun = (sun_x, if light == Light::Noon { -0.12 } else { sun_y });
        let layers = (0..count)
            .map(|index| {
                let nearness = index as f32 / (count - 1).max(1) as f32;
                let base = floor * (0.58 + 0.44 * nearness.powf(1.15));
                let relief =
                    floor * (0.30 - 0.13 * nearness) * (0.85 + 0.3 * hash(index as i32, 4, seed));
                let salt = seed.wrapping_mul(31).wrapping_add(index * 17);
                Layer {
                    ridge: Ridge::range(base, relief, 1.6 + 0.7 * nearness, salt),
                    nearness,
                    seed: salt,
                }
            })
            .collect();
        Self {
            sky: Sky::new(light, seed, sun, horizon),
            palette: light.palette(),
            layers,
            trees: trees.then(|| Ridge::conifers(floor * 0.99, 0.13, seed ^ 0x77)),
            sun_side: if sun_x > aspect * 0.5 { 1.0 } else { -1.0 },
            snow_line: floor * 0.5,
        }
    }

    fn rock(&self, layer: &Layer, x: f32, y: f32, depth: f32) -> Rgb {
        let relief = |x: f32, y: f32| ridged(x * 5.5, y * 7.5, layer.seed ^ 0x9, 5);
        let step = 0.012;
        let lit = relief(x + step * self.sun_side, y - step * 0.7) - relief(x, y);
        let light = (0.42 - lit * 4.2).clamp(0.0, 1.0);
        let grain = fractal(x * 40.0, y * 40.0, layer.seed, 3);
        let mut color = self
            .palette
            .near
            .mix(self.palette.lit, light * 0.85 + (grain - 0.5) * 0.25);
        let snow_edge = self.snow_line + (noise(x * 14.0, y * 9.0, layer.seed) - 0.5) * 0.12;
        let snow = smoothstep(
            snow_edge + 0.05,
            snow_edge - 0.05,
            y + (1.0 - light) * 0.10 - 0.02,
        );
        let shade = self
            .palette
            .cloud_shade
            .mix(self.palette.snow, 0.15 + light);
        color = color.mix(shade, snow * 0.92);
        let air = 1.0 - layer.nearness;
        let mist = smoothstep(0.04, 0.46 - 0.2 * layer.nearness, depth) * (0.25 + 0.30 * air);
        color.mix(self.palette.haze, (air.powf(1.3) * 0.62 + mist).min(0.95))
    }
}

impl Scene for Peaks {
    fn shade(&self, x: f32, y: f32) -> Rgb {
        if let Some(trees) = &self.trees {
            let depth = y - trees.top(x);
            if depth > 0.0 {
                let rim = smoothstep(0.012, 0.0, depth) * 0.16;
                return (self.palette.near * 0.62).mix(self.palette.lit, rim);
            }
        }
        for layer in self.layers.iter().rev() {
            let depth = y - layer.ridge.top(x);
            if depth > 0.0 {
                return self.rock(layer, x, y, depth);
            }
        }
        self.sky.shade(x, y)
    }
}

pub(super) struct Lake {
    land: Peaks,
    palette: Palette,
    shore: Ridge,
    seed: u32,
}

/// Where the water meets the land.
const WATER_LINE: f32 = 0.60;

impl Lake {
    pub(super) fn new(light: Light, seed: u32, aspect: f32) -> Self {
        Self {
            land: Peaks::within(light, seed, aspect, WATER_LINE, 3, false),
            palette: light.palette(),
            shore: Ridge::conifers(WATER_LINE + 0.004, 0.10, seed ^ 0x19),
            seed,
        }
    }

    fn above(&self, x: f32, y: f32) -> Rgb {
        let depth = y - self.shore.top(x);
        if depth > 0.0 {
            let warm = smoothstep(0.05, 0.0, depth) * 0.22;
            return self.palette.near.mix(self.palette.lit, warm);
        }
        self.land.shade(x, y)
    }
}

impl Scene for Lake {
    fn shade(&self, x: f32, y: f32) -> Rgb {
        if y < WATER_LINE {
            return self.above(x, y);
        }
        let below = y - WATER_LINE;
        let wave = noise(x * 9.0, below * 160.0 / (0.4 + below * 3.0), self.seed) - 0.5;
        let fine = noise(x * 30.0, below * 420.0 / (0.5 + below * 4.0), self.seed ^ 3) - 0.5;
        let ripple = wave * 0.045 * (0.15 + below * 1.6) + fine * 0.012;
        let mirrored = (WATER_LINE - below * 1.12 - ripple.abs() * 0.6 + ripple * 0.4).max(0.0);
        let color = self.above(x + ripple * 0.5, mirrored.min(WATER_LINE - 0.001));
        let deep = self.palette.near.mix(self.palette.sky[0], 0.55);
        let sheen = smoothstep(0.006, 0.0, below) * 0.35;
        color
            .mix(deep, 0.16 + below * 0.95)
            .mix(self.palette.haze, sheen)
            + Rgb(1.0, 1.0, 1.0) * (fine * 0.03)
    }
}
