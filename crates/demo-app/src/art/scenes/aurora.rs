//! Northern lights over snow and a dark tree line.

use super::Scene;
use crate::art::color::{Rgb, ramp, smoothstep};
use crate::art::noise::{fractal, hash};
use crate::art::ridge::Ridge;
use crate::art::sky::stars;

pub(super) struct Aurora {
    mountains: Ridge,
    trees: Ridge,
    seed: u32,
    hue: f32,
}

impl Aurora {
    pub(super) fn new(seed: u32, _aspect: f32) -> Self {
        Self {
            mountains: Ridge::range(0.80, 0.20, 1.8, seed),
            trees: Ridge::conifers(0.93, 0.13, seed ^ 0x21),
            seed,
            hue: hash(5, 5, seed),
        }
    }

    fn curtains(&self, x: f32, y: f32) -> Rgb {
        let mut light = Rgb(0.0, 0.0, 0.0);
        for curtain in 0..3 {
            let salt = self.seed.wrapping_add(curtain * 19);
            let wander = fractal(x * 1.1 + curtain as f32 * 3.0, 0.3, salt, 3) - 0.5;
            let foot = 0.60 - curtain as f32 * 0.10 + wander * 0.42;
            let up = foot - y;
            if up < -0.05 {
                continue;
            }
            let folds = fractal(x * 9.0 + wander * 14.0, y * 0.5, salt ^ 3, 4);
            let rays = fractal(x * 42.0 + wander * 40.0, y * 0.25, salt ^ 7, 2);
            let fall = smoothstep(-0.05, 0.02, up) * (-up.max(0.0) * 4.6).exp();
            let strength = fall * (0.25 + smoothstep(0.3, 0.75, folds) * 0.9) * (0.55 + 0.7 * rays);
            let violet = Rgb::hex(0x7a3fd0).mix(Rgb::hex(0xd0407f), self.hue);
            let stops = [
                Rgb::hex(0x8dffc0),
                Rgb::hex(0x2ee08f),
                Rgb::hex(0x1c9aa6),
                violet,
            ];
            light = light + ramp(&stops, up.max(0.0) * 2.4) * (strength * 0.72);
        }
        light
    }

    fn sky(&self, x: f32, y: f32) -> Rgb {
        let base = ramp(
            &[Rgb::hex(0x040817), Rgb::hex(0x081a30), Rgb::hex(0x103447)],
            y * 1.25,
        );
        base + Rgb(0.85, 0.9, 1.0) * (stars(x, y, self.seed) * 0.8) + self.curtains(x, y)
    }
}

impl Scene for Aurora {
    fn shade(&self, x: f32, y: f32) -> Rgb {
        if y > self.trees.top(x) {
            let glow = fractal(x * 3.0, 1.0, self.seed, 2) * 0.03;
            let snow = smoothstep(0.93, 0.99, y);
            return Rgb(0.01, 0.025 + glow, 0.035).mix(Rgb::hex(0x1d4a52), snow * 0.8);
        }
        let depth = y - self.mountains.top(x);
        if depth > 0.0 {
            let relief = |x: f32, y: f32| fractal(x * 9.0, y * 12.0, self.seed, 5);
            let lit = (0.4 + (relief(x, y) - relief(x + 0.02, y - 0.015)) * 4.0).clamp(0.0, 1.0);
            let snow = Rgb::hex(0x0b1f2e).mix(Rgb::hex(0x5fa89c), lit * 0.75);
            return snow.mix(Rgb::hex(0x0c2a38), smoothstep(0.0, 0.16, depth) * 0.7);
        }
        self.sky(x, y)
    }
}
