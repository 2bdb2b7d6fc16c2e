//! The name of one request, in logs, problem documents and the app's own headers.

use std::fmt;

use crate::clock::Timestamp;

/// A UUID version 7 (RFC 9562 section 5.7): sorts by time, cannot be guessed onward.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestId([u8; 16]);

/// Length of the textual form: 32 hexadecimal digits and four hyphens.
pub const TEXT_LEN: usize = 36;

impl RequestId {
    /// Of `entropy`, 74 bits are used.
    pub fn new(now: Timestamp, entropy: [u8; 10]) -> Self {
        let mut bytes = [0; 16];
        bytes[..6].copy_from_slice(&now.unix_millis().to_be_bytes()[2..]);
        bytes[6..].copy_from_slice(&entropy);
        bytes[6] = 0x70 | (bytes[6] & 0x0f);
        bytes[8] = 0x80 | (bytes[8] & 0x3f);
        Self(bytes)
    }

    /// The lower-case textual form, without allocating.
    pub fn text(&self) -> [u8; TEXT_LEN] {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut text = [b'-'; TEXT_LEN];
        let mut at = 0;
        for (index, byte) in self.0.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                at += 1;
            }
            text[at] = HEX[usize::from(byte >> 4)];
            text[at + 1] = HEX[usize::from(byte & 0x0f)];
            at += 2;
        }
        text
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.text()).unwrap_or_default())
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carries_time_version_and_variant() {
        let id = RequestId::new(
            Timestamp::from_unix_micros(0x0192_abcd_ef01 * 1_000),
            [0xff; 10],
        );
        assert_eq!(id.to_string(), "0192abcd-ef01-7fff-bfff-ffffffffffff");
    }
}
