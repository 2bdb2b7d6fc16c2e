//! How the modes of a control are written.

use palisade_kernel::Mode;

use crate::config::kinds::Named;

impl Named for Mode {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("off", Self::Off),
        ("shadow", Self::Shadow),
        ("enforce", Self::Enforce),
    ];
}
