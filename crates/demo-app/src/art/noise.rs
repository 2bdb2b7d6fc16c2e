//! Seeded gradient noise and its sums: the grain of rock, cloud and water.

/// A repeatable number in 0..1 for a lattice point.
pub(super) fn hash(x: i32, y: i32, seed: u32) -> f32 {
    let mut h = (x as u32).wrapping_mul(0x85eb_ca6b)
        ^ (y as u32).wrapping_mul(0xc2b2_ae35)
        ^ seed.wrapping_mul(0x27d4_eb2f);
    h ^= h >> 15;
    h = h.wrapping_mul(0x2c1b_3c6d);
    h ^= h >> 12;
    h = h.wrapping_mul(0x297a_2d39);
    h ^= h >> 15;
    (h >> 8) as f32 / 16_777_216.0
}

/// Eight directions, all of length one, for the slopes of the lattice.
const DIAGONAL: f32 = std::f32::consts::FRAC_1_SQRT_2;
const SLOPES: [(f32, f32); 8] = [
    (1.0, 0.0),
    (DIAGONAL, DIAGONAL),
    (0.0, 1.0),
    (-DIAGONAL, DIAGONAL),
    (-1.0, 0.0),
    (-DIAGONAL, -DIAGONAL),
    (0.0, -1.0),
    (DIAGONAL, -DIAGONAL),
];

/// Smooth gradient noise (Perlin 1985) in 0..1 with features about one unit wide.
pub(super) fn noise(x: f32, y: f32, seed: u32) -> f32 {
    let (left, top) = (x.floor(), y.floor());
    let (dx, dy) = (x - left, y - top);
    let (left, top) = (left as i32, top as i32);
    let corner = |right: i32, down: i32| {
        let (gx, gy) = SLOPES[(hash(left + right, top + down, seed) * 8.0) as usize & 7];
        gx * (dx - right as f32) + gy * (dy - down as f32)
    };
    let (u, v) = (fade(dx), fade(dy));
    let upper = lerp(corner(0, 0), corner(1, 0), u);
    let lower = lerp(corner(0, 1), corner(1, 1), u);
    (0.5 + 0.92 * lerp(upper, lower, v)).clamp(0.0, 1.0)
}

/// Fractal noise in 0..1: `octaves` layers, each half as large and half as strong.
pub(super) fn fractal(x: f32, y: f32, seed: u32, octaves: u32) -> f32 {
    octave_sum(x, y, seed, octaves, |value| value)
}

/// Like [`fractal`], with sharp crests.
pub(super) fn ridged(x: f32, y: f32, seed: u32, octaves: u32) -> f32 {
    octave_sum(x, y, seed, octaves, |value| 1.0 - (2.0 * value - 1.0).abs())
}

fn octave_sum(x: f32, y: f32, seed: u32, octaves: u32, shape: impl Fn(f32) -> f32) -> f32 {
    // Turning every octave hides the lattice.
    const TURN: (f32, f32) = (0.8, 0.6);
    let (mut x, mut y, mut weight, mut sum, mut total) = (x, y, 1.0, 0.0, 0.0);
    for octave in 0..octaves {
        sum += weight * shape(noise(x, y, seed.wrapping_add(octave * 131)));
        total += weight;
        weight *= 0.5;
        (x, y) = (
            2.02 * (TURN.0 * x - TURN.1 * y),
            2.02 * (TURN.1 * x + TURN.0 * y),
        );
    }
    sum / total
}

fn fade(t: f32) -> f32 {
    t * t * t * (t * (t * 6.0 - 15.0) + 10.0)
}

fn lerp(a: f32, b: f32, t: f32) -> f32 {
    a + (b - a) * t
}
