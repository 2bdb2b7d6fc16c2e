//! Architecture in hard light: a rendered wall, a rhythm of arches, their shadows.

use super::Scene;
use crate::art::color::{Rgb, smoothstep};
use crate::art::light::{Light, Palette};
use crate::art::noise::{fractal, hash};

pub(super) struct Facade {
    palette: Palette,
    wall: Rgb,
    seed: u32,
    columns: f32,
    aspect: f32,
}

/// Plaster colours, one drawn per picture.
const PLASTER: [u32; 4] = [0xe7a27c, 0xe9dcc4, 0x86a9b8, 0xd9b9a8];

impl Facade {
    pub(super) fn new(light: Light, seed: u32, aspect: f32) -> Self {
        let pick = (hash(4, 4, seed) * PLASTER.len() as f32) as usize % PLASTER.len();
        let columns = if aspect < 1.0 { 2.0 } else { 4.0 };
        Self {
            palette: light.palette(),
            wall: Rgb::hex(PLASTER[pick]),
            seed,
            columns,
            aspect,
        }
    }

    /// Depth inside the opening: positive in an arch, negative on the wall.
    fn arch(&self, x: f32, y: f32) -> f32 {
        let cell = self.aspect / self.columns;
        let rows = 1.0 / cell.max(0.3);
        let (u, v) = ((x / cell).rem_euclid(1.0) - 0.5, (y * rows).rem_euclid(1.0));
        let half = 0.29;
        let spring = 0.42;
        let side = half - u.abs();
        let round = half - u.hypot((spring - v).max(0.0) * 1.02);
        let floor = 0.90 - v;
        (if v < spring { round } else { side }).min(floor) * cell
    }
}

impl Scene for Facade {
    fn shade(&self, x: f32, y: f32) -> Rgb {
        let plaster = fractal(x * 20.0, y * 20.0, self.seed, 5) - 0.5;
        let stain = fractal(x * 2.0, y * 2.4, self.seed ^ 1, 3) - 0.5;
        let sunlit = self.wall.mix(self.palette.sun, 0.30 - y * 0.12);
        let shaded = self.wall.mix(self.palette.sky[0], 0.58) * 0.66;
        // A roof out of view throws its diagonal across the wall.
        let diagonal = smoothstep(-0.004, 0.004, y - 0.05 - (x / self.aspect) * 0.62);
        let wall = shaded.mix(sunlit, diagonal);
        let wall = wall * (1.0 + plaster * 0.16 + stain * 0.14);
        let depth = self.arch(x, y);
        if depth <= 0.0 {
            let lip = smoothstep(-0.012, -0.002, depth) * 0.16;
            return wall * (1.0 - lip);
        }
        let thrown = self.arch(x - 0.055, y - 0.075);
        let back = self.wall.mix(self.palette.near, 0.62);
        let sun_on_back = smoothstep(-0.003, 0.003, thrown) * diagonal;
        let inside = (back * 0.62).mix(
            self.wall.mix(self.palette.sun, 0.25) * 0.92,
            sun_on_back * 0.9,
        );
        inside * (1.0 + plaster * 0.10) * (0.82 + 0.18 * smoothstep(0.0, 0.02, depth))
    }
}
