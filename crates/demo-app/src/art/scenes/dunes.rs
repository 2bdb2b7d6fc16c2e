//! Sand: smooth crests, a lit and a shaded side, wind ripples.

use super::Scene;
use crate::art::color::{Rgb, smoothstep};
use crate::art::light::{Light, Palette};
use crate::art::noise::{fractal, hash, noise};
use crate::art::ridge::Ridge;
use crate::art::sky::Sky;

pub(super) struct Dunes {
    sky: Sky,
    palette: Palette,
    crests: Vec<(Ridge, f32, u32)>,
    sand: Rgb,
}

const CRESTS: u32 = 5;

impl Dunes {
    pub(super) fn new(light: Light, seed: u32, aspect: f32) -> Self {
        let horizon = 0.42;
        let sun = (aspect * (0.2 + 0.6 * hash(1, 1, seed)), 0.27);
        let crests = (0..CRESTS)
            .map(|index| {
                let near = index as f32 / (CRESTS - 1) as f32;
                let salt = seed.wrapping_add(index * 53);
                let slope = (hash(index as i32, 8, seed) - 0.5) * 0.34;
                let base = 0.42 + 0.46 * near.powf(1.1);
                let ridge = Ridge::new(|x| {
                    let swell = fractal(x * (1.5 - 0.5 * near), salt as f32, salt, 2) - 0.5;
                    base + slope * (x / aspect - 0.5) - (0.12 + 0.22 * near) * swell
                });
                (ridge, near, salt)
            })
            .collect();
        Self {
            sky: Sky::new(light, seed, sun, horizon),
            palette: light.palette(),
            crests,
            sand: Rgb::hex(0xd9935a),
        }
    }
}

impl Scene for Dunes {
    fn shade(&self, x: f32, y: f32) -> Rgb {
        for (ridge, near, seed) in self.crests.iter().rev() {
            let top = ridge.top(x);
            let depth = y - top;
            if depth <= 0.0 {
                continue;
            }
            // The crest casts its shade down one side along an edge that wanders.
            let slope = (ridge.top(x + 0.02) - ridge.top(x - 0.02)) / 0.04;
            let drift =
                x * 2.6 - depth * 3.4 + (fractal(x * 2.0, depth * 6.0, seed ^ 9, 2) - 0.5) * 0.5;
            let edge = (noise(drift, 0.5, *seed) - 0.45) * 1.1 + slope * 0.9;
            let lit = smoothstep(-0.16, 0.20, edge + depth * 0.5);
            let warp = fractal(x * 3.0, y * 5.0, seed ^ 2, 3) * 9.0;
            let ripple =
                ((depth * (190.0 - 110.0 * near) + warp + x * 16.0).sin() * 0.5 + 0.5) * near;
            let bright = self.sand.mix(self.palette.sun, 0.32);
            let dark = self.sand.mix(self.palette.near, 0.72);
            let color = dark.mix(bright, lit * 0.9 + (ripple - 0.3) * 0.16 * (0.3 + lit));
            let grain = noise(x * 420.0, y * 420.0, *seed) - 0.5;
            let haze = (1.0 - near).powf(1.6) * 0.6;
            return color.mix(self.palette.haze, haze) + Rgb(1.0, 0.9, 0.8) * (grain * 0.05 * near);
        }
        self.sky.shade(x, y)
    }
}
