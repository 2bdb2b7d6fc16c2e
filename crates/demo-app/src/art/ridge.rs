//! Outlines against the sky: ranges, tree lines, roofs. Each is sampled once, then looked up.

use super::color::smoothstep;
use super::noise::{fractal, hash, ridged};

const SAMPLES: usize = 4096;
/// Outlines reach this far, wide enough for every aspect ratio in use.
const WIDTH: f32 = 2.6;

/// The top edge, `y` by `x`, of something that fills everything below it.
pub(super) struct Ridge {
    heights: Vec<f32>,
}

impl Ridge {
    pub(super) fn new(height_at: impl Fn(f32) -> f32) -> Self {
        let heights = (0..SAMPLES)
            .map(|index| height_at(index as f32 / SAMPLES as f32 * WIDTH))
            .collect();
        Self { heights }
    }

    pub(super) fn top(&self, x: f32) -> f32 {
        let place = (x / WIDTH * SAMPLES as f32).clamp(0.0, SAMPLES as f32 - 1.001);
        let index = place as usize;
        let next = (index + 1).min(SAMPLES - 1);
        self.heights[index] + (self.heights[next] - self.heights[index]) * place.fract()
    }

    /// A mountain range around `base`, peaks up to `relief` above it.
    pub(super) fn range(base: f32, relief: f32, scale: f32, seed: u32) -> Self {
        Self::new(|x| {
            let crest = ridged(x * scale, seed as f32 * 0.37, seed, 7);
            // A few summits stand out; between them the range sinks into passes.
            let mass = smoothstep(0.22, 0.80, fractal(x * scale * 0.62, 3.1, seed ^ 0xa5, 2));
            base - relief * (1.75 * mass * (0.35 + 0.65 * crest) + 0.30 * crest - 0.42)
        })
    }

    /// Soft hills around `base`.
    pub(super) fn hills(base: f32, relief: f32, scale: f32, seed: u32) -> Self {
        Self::new(|x| base - relief * fractal(x * scale, seed as f32 * 0.71, seed, 3))
    }

    /// Conifers standing on a gentle slope, `tree` high at most.
    pub(super) fn conifers(base: f32, tree: f32, seed: u32) -> Self {
        let pitch = tree * 0.23;
        Self::new(|x| {
            let ground = base - tree * 0.9 * (fractal(x * 1.7, 9.3, seed ^ 0x33, 3) - 0.5);
            let nearest = (x / pitch).floor() as i32;
            let mut highest = 0.0_f32;
            for slot in nearest - 2..=nearest + 2 {
                let center = (slot as f32 + 0.2 + 0.6 * hash(slot, 0, seed)) * pitch;
                let height = tree * (0.35 + 0.65 * hash(slot, 1, seed).powf(1.4));
                let half = height * (0.16 + 0.06 * hash(slot, 2, seed));
                let off = (x - center).abs() / half;
                // Branches: the outline climbs in steps, not in a straight line.
                let step = (off * 8.0 + hash(slot, 3, seed)).fract();
                let outline = 1.0 - off - 0.15 * step * smoothstep(0.02, 0.35, off);
                highest = highest.max(height * outline);
            }
            ground - highest
        })
    }
}
