//! From a subject to a JPEG: sampling, tone, vignette, grain, encoding, camera data.

use anyhow::Context;
use jpeg_encoder::{ColorType, Encoder};

use super::Subject;
use super::color::Rgb;
use super::noise::hash;
use super::scenes::Scene;

const QUALITY: u8 = 86;

/// Paints `subject` with its long edge `long_edge` pixels long.
///
/// `exif` goes into the file as it is; pass an empty slice for none.
pub(crate) fn develop(subject: Subject, long_edge: u16, exif: &[u8]) -> anyhow::Result<Vec<u8>> {
    let (width, height) = subject.dimensions(long_edge);
    let scene = subject.motif.scene(subject.seed, subject.aspect);
    let mut pixels = Vec::with_capacity(usize::from(width) * usize::from(height) * 3);
    for row in 0..height {
        let y = (f32::from(row) + 0.5) / f32::from(height);
        for column in 0..width {
            let x = (f32::from(column) + 0.5) / f32::from(height);
            let color = finish(
                smooth(scene.as_ref(), x, y, 1.0 / f32::from(height)),
                x / subject.aspect,
                y,
            );
            let grain = (hash(column.into(), row.into(), subject.seed) - 0.5) * 0.022;
            pixels.extend([color.0, color.1, color.2].map(|channel| to_byte(channel + grain)));
        }
    }
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, QUALITY);
    if !exif.is_empty() {
        encoder
            .add_app_segment(1, exif)
            .context("the camera data does not fit into a JPEG")?;
    }
    encoder
        .encode(&pixels, width, height, ColorType::Rgb)
        .context("a photo was not encoded")?;
    Ok(file)
}

impl Subject {
    /// Width and height in pixels for a long edge of `long_edge` pixels.
    pub(crate) fn dimensions(self, long_edge: u16) -> (u16, u16) {
        let edge = f32::from(long_edge);
        if self.aspect >= 1.0 {
            (long_edge, (edge / self.aspect).round() as u16)
        } else {
            ((edge * self.aspect).round() as u16, long_edge)
        }
    }
}

/// The mean of two points of the pixel, on its diagonal: enough to soften edges at half the price
/// of a full grid.
fn smooth(scene: &dyn Scene, x: f32, y: f32, pixel: f32) -> Rgb {
    let quarter = pixel * 0.25;
    (scene.shade(x - quarter, y - quarter * 0.9) + scene.shade(x + quarter, y + quarter * 0.9))
        * 0.5
}

/// Contrast curve and the falling off of light towards the corners. `u`, `v` in 0..1.
fn finish(color: Rgb, u: f32, v: f32) -> Rgb {
    let (dx, dy) = (u - 0.5, v - 0.5);
    let vignette = 1.0 - 0.30 * (dx * dx + dy * dy) * 1.6;
    let tone = |channel: f32| {
        let channel = (channel * vignette).max(0.0);
        // Highlights roll off instead of clipping.
        let rolled = if channel > 0.8 {
            0.8 + 0.2 * (1.0 - (-(channel - 0.8) / 0.2).exp())
        } else {
            channel
        };
        let s_curve = rolled * rolled * (3.0 - 2.0 * rolled);
        rolled + (s_curve - rolled) * 0.28
    };
    Rgb(tone(color.0), tone(color.1), tone(color.2))
}

fn to_byte(channel: f32) -> u8 {
    (channel.clamp(0.0, 1.0) * 255.0 + 0.5) as u8
}
