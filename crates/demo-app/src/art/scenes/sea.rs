//! Open water under a low sun, with or without a lighthouse on its rock.

use super::Scene;
use crate::art::color::{Rgb, smoothstep};
use crate::art::light::{Light, Palette};
use crate::art::noise::{fractal, hash, noise, ridged};
use crate::art::ridge::Ridge;
use crate::art::sky::Sky;

pub(super) struct Sea {
    sky: Sky,
    palette: Palette,
    sun: (f32, f32),
    horizon: f32,
    seed: u32,
    headland: Ridge,
    tower: Option<Tower>,
}

struct Tower {
    x: f32,
    top: f32,
    foot: f32,
    rock: Ridge,
}

impl Sea {
    pub(super) fn new(light: Light, seed: u32, aspect: f32, lighthouse: bool) -> Self {
        let horizon = 0.56 + 0.08 * hash(3, 3, seed);
        let sun_x = aspect
            * if lighthouse {
                0.26
            } else {
                0.3 + 0.4 * hash(1, 1, seed)
            };
        let sun = (sun_x, horizon - 0.05 - 0.12 * hash(2, 2, seed));
        let side = aspect * 0.72;
        let headland = Ridge::new(|x| {
            let reach = smoothstep(aspect * 0.55, aspect * 1.1, x);
            horizon - reach * 0.10 * (0.4 + fractal(x * 4.0, 1.0, seed, 4))
        });
        let tower = lighthouse.then(|| Tower {
            x: side,
            top: horizon - 0.30,
            foot: horizon + 0.03,
            rock: Ridge::new(|x| {
                let off = ((x - side).abs() / (aspect * 0.30)).min(1.0);
                horizon + 0.13
                    - 0.15 * (1.0 - off * off)
                    - 0.07 * (fractal(x * 9.0, 2.0, seed, 5) - 0.5)
            }),
        });
        let sky = Sky::new(light, seed, sun, horizon);
        Self {
            sky,
            palette: light.palette(),
            sun,
            horizon,
            seed,
            headland,
            tower,
        }
    }

    fn water(&self, x: f32, y: f32) -> Rgb {
        let below = (y - self.horizon).max(0.0005);
        let far = 1.0 / (below + 0.035);
        let swell = fractal(x * 1.4 * far.powf(0.62), far * 3.4, self.seed, 4) - 0.5;
        let chop = noise(x * 7.0 * far.powf(0.5), far * 15.0, self.seed ^ 5) - 0.5;
        let wave = swell * 0.8 + chop * 0.45;
        let mirrored = (self.horizon - below * 0.9 + wave * 0.16 * (0.3 + below))
            .clamp(0.0, self.horizon - 0.004);
        let mirror = self.sky.shade(x + wave * 0.05, mirrored);
        let deep = self.palette.near.mix(self.palette.sky[0], 0.5);
        let color = mirror.mix(deep, (0.18 + 0.9 * below - wave * 0.85).clamp(0.05, 0.93));
        // The glitter path widens towards the viewer.
        let spread = 0.035 + below * 0.30;
        let path = (-((x - self.sun.0) / spread).powi(2)).exp();
        let sparkle = smoothstep(0.02, 0.40, wave + path * 0.18);
        color + self.palette.sun * (path * sparkle * self.palette.glow * 1.25)
    }

    fn tower(&self, tower: &Tower, x: f32, y: f32) -> Option<Rgb> {
        let depth = y - tower.rock.top(x);
        if depth > 0.0 {
            let grain = ridged(x * 11.0, y * 17.0, self.seed, 5);
            let rim = smoothstep(0.02, 0.0, depth) * 0.5 + 0.30 * smoothstep(0.70, 0.95, grain);
            return Some(self.palette.near.mix(self.palette.lit, rim * 0.7));
        }
        let along = (y - tower.top) / (tower.foot - tower.top);
        let off = x - tower.x;
        if (0.0..=1.0).contains(&along) {
            let half = 0.017 + 0.013 * along;
            if off.abs() < half {
                let round = 0.5 - off / half * 0.5;
                let white = if (along * 4.0) as u32 % 2 == 1 {
                    self.palette.snow
                } else {
                    Rgb::hex(0xb5402f)
                };
                return Some((white * 0.30).mix(white, round * 0.85));
            }
        }
        let lantern = y - tower.top;
        if (-0.034..0.0).contains(&lantern) && off.abs() < 0.0135 {
            return Some(Rgb::hex(0xfff0c0));
        }
        let roof = lantern + 0.052;
        if (0.0..0.018).contains(&roof) && off.abs() < roof {
            return Some(self.palette.near);
        }
        ((-0.002..0.006).contains(&lantern) && off.abs() < 0.026).then_some(self.palette.near)
    }
}

impl Scene for Sea {
    fn shade(&self, x: f32, y: f32) -> Rgb {
        if let Some(color) = self
            .tower
            .as_ref()
            .and_then(|tower| self.tower(tower, x, y))
        {
            return color;
        }
        let mut color = if y < self.horizon {
            let depth = y - self.headland.top(x);
            let land = self.palette.near.mix(self.palette.haze, 0.42);
            self.sky
                .shade(x, y)
                .mix(land, smoothstep(0.0, 0.003, depth))
        } else {
            let haze = smoothstep(0.03, 0.0, y - self.horizon) * 0.35;
            self.water(x, y).mix(self.palette.haze, haze)
        };
        if let Some(tower) = &self.tower {
            let (dx, dy) = (x - tower.x, y - tower.top + 0.017);
            color = color + Rgb(1.0, 0.86, 0.55) * ((-dx.hypot(dy) * 22.0).exp() * 0.8);
        }
        color
    }
}
