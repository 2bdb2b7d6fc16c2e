//! Rolling farmland: fields in stripes, hedges, a few lone trees.

use super::Scene;
use crate::art::color::{Rgb, smoothstep};
use crate::art::light::{Light, Palette};
use crate::art::noise::{fractal, hash, noise};
use crate::art::ridge::Ridge;
use crate::art::sky::Sky;

pub(super) struct Hills {
    sky: Sky,
    palette: Palette,
    slopes: Vec<(Ridge, f32, u32)>,
    fields: [Rgb; 4],
}

const SLOPES: u32 = 6;

impl Hills {
    pub(super) fn new(light: Light, seed: u32, aspect: f32) -> Self {
        let high = if light == Light::Noon { -0.12 } else { 0.3 };
        let sun = (aspect * (0.25 + 0.5 * hash(1, 1, seed)), high);
        let slopes = (0..SLOPES)
            .map(|index| {
                let near = index as f32 / (SLOPES - 1) as f32;
                let salt = seed.wrapping_add(index * 97);
                let base = 0.60 + 0.58 * near.powf(1.2);
                (
                    Ridge::hills(base, 0.20 + 0.24 * near, 2.3 - 1.2 * near, salt),
                    near,
                    salt,
                )
            })
            .collect();
        let fields = [0x6f8f45, 0xa8a04c, 0x3f6f4a, 0x8a78a8].map(Rgb::hex);
        Self {
            sky: Sky::new(light, seed, sun, 0.50),
            palette: light.palette(),
            slopes,
            fields,
        }
    }

    /// A round tree standing on the crest, if one stands here.
    fn tree(ridge: &Ridge, near: f32, seed: u32, x: f32, y: f32) -> bool {
        let pitch = 0.022 + 0.05 * near;
        let slot = (x / pitch).floor() as i32;
        let grove = noise(slot as f32 * 0.22, 3.0, seed ^ 0x2b);
        if hash(slot, 5, seed) > smoothstep(0.52, 0.80, grove) {
            return false;
        }
        let center = (slot as f32 + 0.3 + 0.4 * hash(slot, 6, seed)) * pitch;
        let size = pitch * (0.22 + 0.34 * hash(slot, 7, seed));
        let tall = size * (0.9 + 0.9 * hash(slot, 8, seed));
        let foot = ridge.top(center);
        let leaf = (noise(x / size * 5.0, y / size * 5.0, seed) - 0.5) * 0.35;
        let (dx, dy) = ((x - center) / size, (y - (foot - tall * 0.8)) / tall);
        dx * dx + dy * dy < 1.0 + leaf && y < foot + 0.01
    }
}

impl Scene for Hills {
    fn shade(&self, x: f32, y: f32) -> Rgb {
        for (ridge, near, seed) in self.slopes.iter().rev() {
            let depth = y - ridge.top(x);
            let air = (1.0 - near).powf(1.4) * 0.72;
            if depth <= 0.0 {
                if *near > 0.1 && Self::tree(ridge, *near, *seed, x, y) {
                    let side = noise(x * 60.0, y * 60.0, *seed);
                    let leaf = self.palette.near.mix(self.fields[2], 0.25 + side * 0.35);
                    return leaf.mix(self.palette.haze, air);
                }
                continue;
            }
            let slope = (ridge.top(x + 0.03) - ridge.top(x - 0.03)) / 0.06;
            let bend = x + depth * slope * 1.6;
            let field = ((bend * (3.2 - 1.4 * near) + hash(1, 1, *seed) * 4.0).floor() as i32)
                .rem_euclid(97);
            let base = self.fields[(hash(field, 3, *seed) * 4.0) as usize % 4];
            let rows = ((bend + depth * 0.35) * (150.0 - 70.0 * near)).sin() * 0.5 + 0.5;
            let stripes = smoothstep(0.2, 0.8, rows) * (0.05 + 0.13 * near);
            let light = (0.62 - slope * 1.3).clamp(0.15, 1.1) - smoothstep(0.0, 0.5, depth) * 0.25;
            let grain = fractal(x * 46.0, y * 70.0, *seed, 3) - 0.5;
            let lit = base.mix(self.palette.lit, 0.30).mix(self.palette.sun, 0.12);
            let color = (self.palette.near.mix(base, 0.35)).mix(lit, light + grain * 0.35)
                * (1.0 - stripes);
            let mist = smoothstep(0.05, 0.3, depth) * 0.30 * (1.0 - near);
            return color.mix(self.palette.haze, air + mist);
        }
        self.sky.shade(x, y)
    }
}
