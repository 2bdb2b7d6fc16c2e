//! A file key under a passphrase, and the function that makes guessing it dear (RFC 7914).

use std::io;
use std::num::NonZeroU32;

use aws_lc_rs::{pbkdf2, rand};
use data_encoding::BASE64_NOPAD;
use zeroize::Zeroizing;

use super::header::{self, Stanza};
use super::{FileKey, OpenError, library};

pub(super) const KIND: &str = "scrypt";

const LABEL: &[u8] = b"age-encryption.org/v1/scrypt";
const SALT_BYTES: usize = 16;
/// What age asks for: 2^18, about a second and 256 MiB.
pub(crate) const WORK_FACTOR: u8 = 18;
/// More is not done for a file that asks for it: 2^20 takes 1 GiB.
const WORK_FACTOR_MAX: u8 = 20;
/// The block size of age, `r` of RFC 7914.
const BLOCK_SIZE: usize = 8;
/// A block is `2 r` pieces of 64 bytes.
const BLOCK_WORDS: usize = 2 * BLOCK_SIZE * PIECE_WORDS;
const PIECE_WORDS: usize = 16;

/// What a person knows. It is never printed, and its own copy is wiped with its last use.
#[derive(Clone)]
pub struct Passphrase(Zeroizing<String>);

impl From<&str> for Passphrase {
    fn from(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }
}

impl Passphrase {
    #[cfg(test)]
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    pub(super) fn wrap(&self, key: &FileKey, work_factor: u8) -> io::Result<Stanza> {
        let mut salt = [0; SALT_BYTES];
        rand::fill(&mut salt).map_err(library)?;
        let body = key.seal(&self.key(&salt, work_factor))?;
        let arguments = [
            KIND.to_owned(),
            BASE64_NOPAD.encode(&salt),
            work_factor.to_string(),
        ];
        Ok(Stanza {
            arguments: arguments.into(),
            body,
        })
    }

    pub(super) fn unwrap(&self, stanza: &Stanza) -> Result<FileKey, OpenError> {
        let [_, salt, work_factor] = stanza.arguments.as_slice() else {
            return Err(OpenError::Format);
        };
        let salt: [u8; SALT_BYTES] = header::decode(salt)?;
        let body = stanza.wrapped_key()?;
        let work_factor = parse_work_factor(work_factor).ok_or(OpenError::Format)?;
        if work_factor > WORK_FACTOR_MAX {
            return Err(OpenError::TooMuchWork(work_factor));
        }
        FileKey::open(body, &self.key(&salt, work_factor)).ok_or(OpenError::WrongPassphrase)
    }

    fn key(&self, salt: &[u8; SALT_BYTES], work_factor: u8) -> Zeroizing<[u8; 32]> {
        let salt = [LABEL, salt].concat();
        let mut key = Zeroizing::new([0; 32]);
        scrypt(self.0.as_bytes(), &salt, work_factor, &mut *key);
        key
    }
}

/// Decimal, without sign or leading zeros; zero is none.
fn parse_work_factor(text: &str) -> Option<u8> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    is_plain.then(|| text.parse().ok()).flatten()
}

/// scrypt of RFC 7914 with `N = 2^work_factor`, `r = 8` and `p = 1`.
fn scrypt(passphrase: &[u8], salt: &[u8], work_factor: u8, key: &mut [u8]) {
    let mut block = Zeroizing::new([0; BLOCK_WORDS * 4]);
    stretch(passphrase, salt, &mut *block);
    let mut words = Zeroizing::new([0_u32; BLOCK_WORDS]);
    for (word, bytes) in words.iter_mut().zip(block.as_chunks().0) {
        *word = u32::from_le_bytes(*bytes);
    }
    mix(&mut words, 1 << work_factor);
    for (word, bytes) in words.iter().zip(block.as_chunks_mut().0) {
        *bytes = word.to_le_bytes();
    }
    stretch(passphrase, &*block, key);
}

fn stretch(passphrase: &[u8], salt: &[u8], into: &mut [u8]) {
    let once = NonZeroU32::MIN;
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, once, salt, passphrase, into);
}

/// `scryptROMix`: fills `count` blocks of memory and reads them in an order that only their content
/// tells.
fn mix(block: &mut [u32; BLOCK_WORDS], count: usize) {
    let mut memory = Zeroizing::new(vec![0; count * BLOCK_WORDS]);
    for kept in memory.chunks_exact_mut(BLOCK_WORDS) {
        kept.copy_from_slice(block);
        mix_block(block);
    }
    for _ in 0..count {
        // `Integerify`: the first word of the last piece; `count` is a power of two.
        let at = block[BLOCK_WORDS - PIECE_WORDS] as usize & (count - 1);
        let kept = &memory[at * BLOCK_WORDS..(at + 1) * BLOCK_WORDS];
        for (word, kept) in block.iter_mut().zip(kept) {
            *word ^= kept;
        }
        mix_block(block);
    }
}

/// `scryptBlockMix`: each piece mixed with the one before it, even ones first.
fn mix_block(block: &mut [u32; BLOCK_WORDS]) {
    let pieces = block.as_chunks::<PIECE_WORDS>().0;
    let mut mixed = [[0; PIECE_WORDS]; 2 * BLOCK_SIZE];
    let mut last = pieces[2 * BLOCK_SIZE - 1];
    for (at, piece) in pieces.iter().enumerate() {
        for (word, other) in last.iter_mut().zip(piece) {
            *word ^= other;
        }
        salsa20_8(&mut last);
        mixed[at / 2 + at % 2 * BLOCK_SIZE] = last;
    }
    block.copy_from_slice(mixed.as_flattened());
}

/// The Salsa20/8 core (RFC 7914 section 3).
fn salsa20_8(piece: &mut [u32; PIECE_WORDS]) {
    const QUARTERS: [[usize; 4]; 8] = [
        [0, 4, 8, 12],
        [5, 9, 13, 1],
        [10, 14, 2, 6],
        [15, 3, 7, 11],
        [0, 1, 2, 3],
        [5, 6, 7, 4],
        [10, 11, 8, 9],
        [15, 12, 13, 14],
    ];
    let mut x = *piece;
    for _ in 0..4 {
        for [a, b, c, d] in QUARTERS {
            x[b] ^= x[a].wrapping_add(x[d]).rotate_left(7);
            x[c] ^= x[b].wrapping_add(x[a]).rotate_left(9);
            x[d] ^= x[c].wrapping_add(x[b]).rotate_left(13);
            x[a] ^= x[d].wrapping_add(x[c]).rotate_left(18);
        }
    }
    for (word, mixed) in piece.iter_mut().zip(x) {
        *word = word.wrapping_add(mixed);
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::*;

    /// The vector of RFC 7914 section 12 that has our `r` and `p = 1`.
    #[test]
    fn it_is_the_function_of_the_rfc() {
        let mut key = [0; 64];
        scrypt(b"pleaseletmein", b"SodiumChloride", 14, &mut key);
        assert_eq!(
            HEXLOWER.encode(&key),
            "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2\
             d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
        );
    }

    /// Section 8.
    #[test]
    fn its_core_is_that_of_the_rfc() {
        let words = |hex: &str| -> [u32; PIECE_WORDS] {
            let bytes = HEXLOWER.decode(hex.as_bytes()).unwrap();
            let words = bytes
                .as_chunks()
                .0
                .iter()
                .map(|word| u32::from_le_bytes(*word));
            words.collect::<Vec<_>>().try_into().unwrap()
        };
        let mut piece = words(
            "7e879a214f3ec9867ca940e641718f26baee555b8c61c1b50df846116dcd3b1d\
             ee24f319df9b3d8514121e4b5ac5aa3276021d2909c74829edebc68db8b8c25e",
        );
        salsa20_8(&mut piece);
        let mixed = words(
            "a41f859c6608cc993b81cacb020cef05044b2181a2fd337dfd7b1c6396682f29\
             b4393168e3c9e6bcfe6bc5b7a06d96bae424cc102c91745c24ad673dc7618f81",
        );
        assert_eq!(piece, mixed);
    }

    #[test]
    fn work_is_a_plain_number() {
        assert_eq!(parse_work_factor("18"), Some(18));
        for text in ["", "0", "018", "+1", "-1", "1 ", "256", "a"] {
            assert_eq!(parse_work_factor(text), None, "{text}");
        }
    }
}
