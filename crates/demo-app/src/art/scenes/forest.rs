//! Conifers row behind row, each paler in the fog.

use super::Scene;
use crate::art::color::{Rgb, smoothstep};
use crate::art::light::{Light, Palette};
use crate::art::noise::{fractal, hash};
use crate::art::ridge::Ridge;
use crate::art::sky::Sky;

pub(super) struct Forest {
    sky: Sky,
    palette: Palette,
    /// Outline, nearness and the height where the fog closes over the row.
    rows: Vec<(Ridge, f32, f32)>,
    sun: (f32, f32),
    seed: u32,
}

const ROWS: u32 = 6;

impl Forest {
    pub(super) fn new(light: Light, seed: u32, aspect: f32) -> Self {
        let sun = (aspect * (0.3 + 0.4 * hash(1, 1, seed)), 0.30);
        let rows = (0..ROWS)
            .map(|index| {
                let near = index as f32 / (ROWS - 1) as f32;
                let tree = 0.10 + 0.30 * near.powf(1.3);
                let base = 0.42 + 0.72 * near.powf(0.9);
                let salt = seed.wrapping_add(index * 41);
                (Ridge::conifers(base, tree, salt), near, base - tree * 0.12)
            })
            .collect();
        Self {
            sky: Sky::new(light, seed, sun, 0.7),
            palette: light.palette(),
            rows,
            sun,
            seed,
        }
    }
}

impl Scene for Forest {
    fn shade(&self, x: f32, y: f32) -> Rgb {
        let mut color = self.sky.shade(x, y).mix(self.palette.haze, 0.25 + 0.5 * y);
        for (ridge, near, fog_line) in &self.rows {
            let depth = y - ridge.top(x);
            if depth <= 0.0 {
                continue;
            }
            let needles = fractal(x * 70.0, y * 90.0, self.seed, 2) - 0.5;
            let body = self
                .palette
                .near
                .mix(self.palette.lit, 0.10 + needles * 0.16 * near);
            let fog = smoothstep(fog_line - 0.16, fog_line + 0.10, y) * (0.95 - 0.45 * near);
            let drift = fractal(x * 1.6 + near * 9.0, y * 3.4, self.seed ^ 8, 4) - 0.4;
            let tone = body.mix(
                self.palette.haze,
                ((1.0 - near) * 0.80 + fog + drift * 0.35 * (1.0 - near)).clamp(0.0, 0.97),
            );
            color = color.mix(tone, smoothstep(0.0, 0.003, depth));
        }
        // Shafts of light fall from the sun through the mist.
        let (dx, dy) = (x - self.sun.0, y - self.sun.1);
        let angle = dx.atan2(dy.abs() + 0.02);
        let shafts = fractal(angle * 5.0, 0.5, self.seed ^ 4, 3);
        let reach = (-(dx.hypot(dy)) * 2.2).exp();
        color
            + self.palette.sun * (reach * smoothstep(0.35, 0.75, shafts) * 0.14 * self.palette.glow)
    }
}
