//! The sky: a gradient, a sun or moon with its bloom, clouds in perspective, stars at night.

use super::color::{Rgb, ramp, smoothstep};
use super::light::{Light, Palette};
use super::noise::{fractal, hash};

pub(super) struct Sky {
    palette: Palette,
    light: Light,
    seed: u32,
    sun: (f32, f32),
    sun_radius: f32,
    horizon: f32,
    /// Share of the sky under cloud, 0 to 1.
    cover: f32,
}

impl Sky {
    pub(super) fn new(light: Light, seed: u32, sun: (f32, f32), horizon: f32) -> Self {
        let cover = match light {
            Light::Mist => 0.0,
            Light::Night => 0.1,
            _ => 0.30 + 0.25 * hash(7, 1, seed),
        };
        let sun_radius = if light == Light::Night { 0.028 } else { 0.036 };
        Self {
            palette: light.palette(),
            light,
            seed,
            sun,
            sun_radius,
            horizon,
            cover,
        }
    }

    pub(super) fn shade(&self, x: f32, y: f32) -> Rgb {
        let height = (y / self.horizon).clamp(0.0, 1.0);
        let mut color = ramp(&self.palette.sky, height.powf(1.15));
        let distance = (x - self.sun.0).hypot(y - self.sun.1);
        let warm = (-distance * 2.4).exp() * self.palette.glow;
        color = color.mix(self.palette.sun, warm * 0.7);
        if self.light == Light::Night {
            color = color + Rgb(0.8, 0.87, 1.0) * (stars(x, y, self.seed) * (1.0 - height * 0.8));
        }
        let disc = smoothstep(self.sun_radius * 1.06, self.sun_radius * 0.80, distance);
        let bloom = (-distance * 17.0).exp() * self.palette.glow;
        color = color.mix(self.palette.sun, disc) + self.palette.sun * (bloom * 0.8);
        self.clouds(x, y, distance, color)
    }

    fn clouds(&self, x: f32, y: f32, sun_distance: f32, behind: Rgb) -> Rgb {
        if self.cover <= 0.0 {
            return behind;
        }
        let above = (self.horizon - y).max(0.0);
        let depth = 0.22 + above;
        let (u, v) = ((x - self.sun.0) * 0.9 / depth, 1.1 / depth);
        let density = |u: f32, v: f32| fractal(u * 1.3, v * 2.6, self.seed ^ 0x51, 5);
        let here = density(u, v);
        let amount = smoothstep(0.74 - self.cover * 0.5, 0.98 - self.cover * 0.4, here);
        if amount <= 0.0 {
            return behind;
        }
        let toward = ((self.sun.0 - x) * 3.0).clamp(-1.0, 1.0) * 0.06;
        let shade = ((here - density(u + toward, v - 0.05)) * 3.4 + 0.5).clamp(0.0, 1.0);
        let near_sun = (-sun_distance * 1.5).exp() * 0.5;
        let color = self
            .palette
            .cloud_shade
            .mix(self.palette.cloud_lit, shade + near_sun);
        // Clouds thin out towards the horizon and blend with its haze.
        behind.mix(color, amount * smoothstep(0.0, 0.10, above) * 0.88)
    }
}

/// Brightness of the star field at a point.
pub(super) fn stars(x: f32, y: f32, seed: u32) -> f32 {
    let mut light = 0.0;
    for (layer, cells) in [(0, 46.0_f32), (1, 90.0), (2, 150.0)] {
        let (cx, cy) = ((x * cells).floor(), (y * cells).floor());
        let (ix, iy) = (cx as i32, cy as i32);
        let salt = seed ^ (layer * 77 + 5);
        let chance = hash(ix, iy, salt);
        if chance < 0.86 {
            continue;
        }
        let (px, py) = (
            hash(ix, iy, salt ^ 1) * 0.6 + 0.2,
            hash(ix, iy, salt ^ 2) * 0.6 + 0.2,
        );
        let distance = (x * cells - cx - px).hypot(y * cells - cy - py) / cells;
        let size = 0.0011 + 0.0010 * hash(ix, iy, salt ^ 3);
        light += smoothstep(size, size * 0.2, distance) * (0.35 + 0.65 * (chance - 0.86) / 0.14);
    }
    light
}
