//! A skyline after dark: towers with lit windows, mirrored in a river.

use super::Scene;
use crate::art::color::{Rgb, smoothstep};
use crate::art::light::{Light, Palette};
use crate::art::noise::{fractal, hash, noise};
use crate::art::sky::Sky;

pub(super) struct City {
    sky: Sky,
    palette: Palette,
    seed: u32,
    aspect: f32,
}

/// Where the quay meets the water.
const QUAY: f32 = 0.70;

impl City {
    pub(super) fn new(light: Light, seed: u32, aspect: f32) -> Self {
        let sun = (
            aspect * (0.2 + 0.6 * hash(1, 1, seed)),
            0.2 + 0.12 * hash(2, 2, seed),
        );
        Self {
            sky: Sky::new(light, seed, sun, QUAY),
            palette: light.palette(),
            seed,
            aspect,
        }
    }

    /// The building of one row at a point, as a colour, or nothing where the sky shows.
    fn building(&self, row: i32, x: f32, y: f32) -> Option<Rgb> {
        let near = row as f32 / 2.0;
        let pitch = 0.060 + 0.034 * near;
        let slot = ((x + near * 0.031) / pitch).floor() as i32;
        let salt = self.seed.wrapping_add(row as u32 * 311);
        let inside = (x + near * 0.031) / pitch - slot as f32;
        let middle = 1.0 - ((x / self.aspect - 0.5).abs() * 1.7).powi(2);
        let height = (0.12 + 0.40 * hash(slot, 0, salt).powf(1.7))
            * (0.45 + 0.65 * middle.max(0.0))
            * (1.0 - 0.28 * near);
        let inset = 0.03 + 0.10 * hash(slot, 1, salt);
        let setback = if hash(slot, 2, salt) > 0.55 {
            0.16
        } else {
            0.0
        };
        let top = QUAY - height;
        let crown = y < top + height * 0.22;
        let margin = if crown { inset + setback } else { inset };
        let mast = hash(slot, 3, salt) > 0.72 && (inside - 0.5).abs() < 0.012 && y > top - 0.06;
        if mast && y < top {
            return Some(self.palette.near.mix(self.palette.haze, 0.4));
        }
        if y < top || inside < margin || inside > 1.0 - margin {
            return None;
        }
        let air = (1.0 - near) * 0.55;
        let wall = self
            .palette
            .near
            .mix(self.palette.sky[1], 0.35 + 0.2 * inside);
        let wall = wall.mix(self.palette.haze, air + smoothstep(top, QUAY, y) * 0.22);
        Some(wall + self.windows(slot, salt, inside, y - top, pitch) * (0.35 + 0.55 * near))
    }

    fn windows(&self, slot: i32, salt: u32, inside: f32, below: f32, pitch: f32) -> Rgb {
        let cell = 0.0105;
        let (column, floor) = (inside * pitch / (cell * 0.8), below / cell);
        let (c, f) = (column.floor() as i32, floor.floor() as i32);
        let busy = 0.34 + 0.35 * hash(slot, 9, salt);
        let chance = hash(c.wrapping_add(slot * 57), f, salt);
        let frame = (0.22..0.80).contains(&column.fract()) && (0.25..0.78).contains(&floor.fract());
        if !frame || chance > busy {
            return Rgb(0.0, 0.0, 0.0);
        }
        let warm = Rgb::hex(0xffc36b).mix(
            Rgb::hex(0xcfe3ff),
            smoothstep(0.72, 0.8, hash(slot, 11, salt)),
        );
        warm * (0.25 + 0.85 * hash(c, f.wrapping_add(slot), salt ^ 6))
    }

    fn above(&self, x: f32, y: f32) -> Rgb {
        for row in (0..3).rev() {
            if let Some(color) = self.building(row, x, y) {
                return color;
            }
        }
        let glow = smoothstep(0.15, QUAY, y) * 0.35;
        self.sky
            .shade(x, y)
            .mix(self.palette.haze.mix(Rgb::hex(0xffb070), 0.3), glow)
    }
}

impl Scene for City {
    fn shade(&self, x: f32, y: f32) -> Rgb {
        if y < QUAY {
            return self.above(x, y);
        }
        let below = y - QUAY;
        let wave = noise(x * 16.0, below * 210.0 / (0.5 + below * 3.0), self.seed) - 0.5;
        let slow = fractal(x * 4.0, below * 50.0, self.seed ^ 2, 3) - 0.5;
        let smear = wave * 0.05 * (0.25 + below * 2.2);
        // Averaging along the vertical draws each light out into a streak.
        let mut color = Rgb(0.0, 0.0, 0.0);
        for tap in 0..5 {
            let offset = (tap as f32 - 2.0) * (0.006 + below * 0.05);
            let mirrored = (QUAY - 0.004 - below * 1.25 + smear + offset).clamp(0.0, QUAY - 0.003);
            color = color + self.above((x + smear * 0.18 + slow * 0.008).max(0.0), mirrored) * 0.2;
        }
        let deep = self.palette.near.mix(self.palette.sky[1], 0.3);
        color.mix(deep, (0.22 + below * 1.0 - wave * 0.3).clamp(0.0, 0.9))
            * (0.9 + 0.5 * smoothstep(0.1, 0.4, wave))
    }
}
