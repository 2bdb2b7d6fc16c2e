//! The hour of the day: every colour a landscape needs, chosen together.

use super::color::Rgb;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Light {
    Dawn,
    Golden,
    Noon,
    Dusk,
    Ember,
    Mist,
    Night,
}

/// The colours of an hour, from the zenith down to the nearest shadow.
pub(super) struct Palette {
    pub(super) sky: [Rgb; 4],
    pub(super) sun: Rgb,
    pub(super) cloud_lit: Rgb,
    pub(super) cloud_shade: Rgb,
    pub(super) haze: Rgb,
    pub(super) near: Rgb,
    pub(super) lit: Rgb,
    pub(super) snow: Rgb,
    /// How strongly the sun blooms, 0 to 1.
    pub(super) glow: f32,
}

impl Light {
    pub(super) fn palette(self) -> Palette {
        let [
            a,
            b,
            c,
            d,
            sun,
            cloud_lit,
            cloud_shade,
            haze,
            near,
            lit,
            snow,
        ] = match self {
            Self::Dawn => [
                0x2f4f7f, 0x7f90b8, 0xe0a9a6, 0xffd9b0, 0xffe2b8, 0xffd2bf, 0x8d86ab, 0xd9aeb0,
                0x17202f, 0xd58f76, 0xffd6c4,
            ],
            Self::Golden => [
                0x4a7499, 0x93adb8, 0xeec48a, 0xffdf9e, 0xffedb5, 0xffe6bd, 0xa9917f, 0xe3b982,
                0x1d2417, 0xd39a48, 0xffe9c4,
            ],
            Self::Noon => [
                0x1f5f9f, 0x4a8dc4, 0x8fbfe0, 0xd6e8f0, 0xfff7e6, 0xffffff, 0x9fb4c8, 0xa9c6dc,
                0x14261f, 0x86936a, 0xffffff,
            ],
            Self::Dusk => [
                0x1a2350, 0x4b4579, 0xa8647f, 0xf6a57c, 0xffcf9a, 0xf2a08c, 0x4d4370, 0x8a6488,
                0x0c0f22, 0xa5687a, 0xd9a9b4,
            ],
            Self::Ember => [
                0x2a1c33, 0x7a2f3d, 0xd9562f, 0xffb050, 0xffd27a, 0xff8e4f, 0x4f2a3b, 0xc0522f,
                0x120a10, 0xc25a35, 0xf0ae86,
            ],
            Self::Mist => [
                0x9fb0b5, 0xb8c6c8, 0xcdd7d6, 0xdde4e1, 0xf3f4ee, 0xe6ebe9, 0xaebcbe, 0xc6d1d0,
                0x1b2c2e, 0x6a8280, 0xe8eeee,
            ],
            Self::Night => [
                0x050a1c, 0x0b1733, 0x16294d, 0x2a4a70, 0xdfe8ff, 0x31466b, 0x0c1730, 0x1d3557,
                0x03060f, 0x2c476b, 0x7f9cc4,
            ],
        }
        .map(Rgb::hex);
        let glow = match self {
            Self::Noon => 0.35,
            Self::Mist => 0.3,
            Self::Night => 0.22,
            Self::Dawn | Self::Golden | Self::Dusk | Self::Ember => 0.62,
        };
        Palette {
            sky: [a, b, c, d],
            sun,
            cloud_lit,
            cloud_shade,
            haze,
            near,
            lit,
            snow,
            glow,
        }
    }
}
