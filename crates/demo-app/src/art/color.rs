//! Colours as three floats in display space, with the few operations that painting needs.

use std::ops::{Add, Mul};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rgb(pub(super) f32, pub(super) f32, pub(super) f32);

impl Rgb {
    /// From `0xRRGGBB`.
    pub(super) const fn hex(value: u32) -> Self {
        Self(
            ((value >> 16) & 0xff) as f32 / 255.0,
            ((value >> 8) & 0xff) as f32 / 255.0,
            (value & 0xff) as f32 / 255.0,
        )
    }

    /// `self` at 0, `other` at 1.
    pub(super) fn mix(self, other: Self, amount: f32) -> Self {
        let amount = amount.clamp(0.0, 1.0);
        Self(
            self.0 + (other.0 - self.0) * amount,
            self.1 + (other.1 - self.1) * amount,
            self.2 + (other.2 - self.2) * amount,
        )
    }
}

impl Add for Rgb {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0, self.1 + other.1, self.2 + other.2)
    }
}

impl Mul<f32> for Rgb {
    type Output = Self;
    fn mul(self, factor: f32) -> Self {
        Self(self.0 * factor, self.1 * factor, self.2 * factor)
    }
}

/// 0 below `from`, 1 above `to`, an S-curve between.
pub(super) fn smoothstep(from: f32, to: f32, value: f32) -> f32 {
    let t = ((value - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// The colour at `t` (0..1) of evenly spaced stops.
pub(super) fn ramp(stops: &[Rgb], t: f32) -> Rgb {
    let Some(last) = stops.len().checked_sub(1) else {
        return Rgb(0.0, 0.0, 0.0);
    };
    let place = t.clamp(0.0, 1.0) * last as f32;
    let index = (place as usize).min(last.saturating_sub(1));
    stops[index].mix(stops[(index + 1).min(last)], place - index as f32)
}
