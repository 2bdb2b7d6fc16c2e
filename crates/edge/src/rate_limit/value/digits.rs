//! Decimal digits of every script: libraries that read phone numbers take them all, so whoever
//! counts by number must.

/// Code points of the zeros of Unicode 14 (category Nd); the nine that follow each are its digits.
const ZEROS: [u32; 66] = [
    0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66,
    0xde6, 0xe50, 0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90,
    0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
    0x104a0, 0x10d30, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650,
    0x116c0, 0x11730, 0x118e0, 0x11950, 0x11c50, 0x11d50, 0x11da0, 0x16a60, 0x16ac0, 0x16b50,
    0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e950, 0x1fbf0,
];

/// Its value, for a decimal digit of any script.
pub(super) fn digit(c: char) -> Option<u8> {
    let after = ZEROS.partition_point(|zero| *zero <= u32::from(c));
    let zero = ZEROS.get(after.checked_sub(1)?)?;
    u8::try_from(u32::from(c) - zero)
        .ok()
        .filter(|value| *value < 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_every_script_have_their_value() {
        assert!(ZEROS.is_sorted());
        for digits in [
            "0123456789",
            "٠١٢٣٤٥٦٧٨٩",
            "०१२३४५६७८९",
            "０１２３４５６７８９",
            "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗",
        ] {
            let values: Vec<_> = digits.chars().filter_map(digit).collect();
            assert_eq!(values, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        }
        for c in ['/', ':', 'a', '²', '½', '一', '\u{10ffff}', '\0'] {
            assert_eq!(digit(c), None, "{c}");
        }
    }
}
