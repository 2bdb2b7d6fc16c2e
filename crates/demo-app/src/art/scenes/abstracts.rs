//! Studio abstracts: ink folding into water, and lights out of focus.

use super::Scene;
use crate::art::color::{Rgb, ramp, smoothstep};
use crate::art::noise::{fractal, hash};

/// The colours of an abstract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Marble {
    Ocean,
    Coral,
    Moss,
    Plum,
}

impl Marble {
    fn stops(self) -> [Rgb; 5] {
        match self {
            Self::Ocean => [0x071a2b, 0x0e4a63, 0x3fa7a3, 0xe9d8b4, 0xf7f3e8],
            Self::Coral => [0x2a0f1f, 0x8f2d3f, 0xe8704f, 0xf7c59f, 0xfff1e3],
            Self::Moss => [0x0e1d16, 0x24503a, 0x7f9f5b, 0xd9c88a, 0xf5eeda],
            Self::Plum => [0x140f2e, 0x43267a, 0xb0529c, 0xf2a9a0, 0xffe9dc],
        }
        .map(Rgb::hex)
    }
}

pub(super) struct Ink {
    stops: [Rgb; 5],
    seed: u32,
}

impl Ink {
    pub(super) fn new(marble: Marble, seed: u32) -> Self {
        Self {
            stops: marble.stops(),
            seed,
        }
    }
}

impl Scene for Ink {
    fn shade(&self, x: f32, y: f32) -> Rgb {
        // Noise bent by noise, twice: the folds of a liquid.
        let f = |x: f32, y: f32, salt: u32| fractal(x, y, self.seed ^ salt, 5);
        let (x, y) = (x * 1.5, y * 1.5);
        let (ax, ay) = (f(x, y, 1), f(x + 5.2, y + 1.3, 2));
        let (bx, by) = (
            f(x + 3.4 * ax, y + 3.4 * ay, 3),
            f(x + 3.4 * ax + 1.7, y + 3.4 * ay + 9.2, 4),
        );
        let height = |x: f32, y: f32| f(x + 3.6 * bx, y + 3.6 * by, 5);
        let value = height(x, y);
        let relief = (height(x + 0.01, y - 0.01) - value) * 9.0;
        let tone = smoothstep(0.18, 0.82, value * 0.75 + bx * 0.42 - 0.08);
        let vein = smoothstep(0.035, 0.0, (by - 0.52).abs()) * 0.55;
        ramp(&self.stops, tone).mix(self.stops[4], vein) * (1.0 - relief.clamp(-0.35, 0.35))
    }
}

struct Disc {
    x: f32,
    y: f32,
    radius: f32,
    color: Rgb,
    strength: f32,
}

pub(super) struct Bokeh {
    stops: [Rgb; 5],
    discs: Vec<Disc>,
    seed: u32,
}

const DISCS: i32 = 46;

impl Bokeh {
    pub(super) fn new(marble: Marble, seed: u32, aspect: f32) -> Self {
        let stops = marble.stops();
        let discs = (0..DISCS)
            .map(|index| {
                let draw = |salt: i32| hash(index, salt, seed);
                Disc {
                    x: draw(1) * aspect,
                    y: (0.18 + 0.75 * draw(2)).min(0.98),
                    radius: 0.025 + 0.085 * draw(3).powi(2),
                    color: ramp(&stops, 0.4 + 0.6 * draw(4)),
                    strength: 0.12 + 0.42 * draw(5),
                }
            })
            .collect();
        Self { stops, discs, seed }
    }
}

impl Scene for Bokeh {
    fn shade(&self, x: f32, y: f32) -> Rgb {
        let drift = fractal(x * 1.3, y * 1.3, self.seed, 3);
        let mut color = ramp(&self.stops, 0.04 + drift * 0.42 * (1.0 - y * 0.4));
        for disc in &self.discs {
            let distance = (x - disc.x).hypot(y - disc.y) / disc.radius;
            if distance < 1.1 {
                // A lens draws the edge of a blurred light a little brighter.
                let body = smoothstep(1.04, 0.96, distance) * (0.72 + 0.4 * distance.powi(6));
                color = color + disc.color * (body * disc.strength);
            }
        }
        color
    }
}
