//! age v1 files: what seals a backup, as `age` and every other program of that format reads it.
//!
//! Written by the specification, <https://c2sp.org/age>, on the one crypto library of the house: a
//! file key wrapped for each recipient, a header under its MAC, and a payload of sealed chunks.

mod bech32;
mod header;
mod payload;
mod scrypt;
mod x25519;

use std::io::{self, BufRead, Write};

use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::{hkdf, rand};
use zeroize::Zeroizing;

use header::{Header, Stanza};

pub(crate) use payload::{Reader, Writer};
pub use scrypt::Passphrase;
pub(crate) use scrypt::WORK_FACTOR;
pub(crate) use x25519::Recipient;
pub use x25519::{Identity, InvalidKey};

/// What the payload's key and the header's are derived from.
struct FileKey(Zeroizing<[u8; FILE_KEY_BYTES]>);

const FILE_KEY_BYTES: usize = 16;
const TAG_BYTES: usize = 16;
/// A file key under an authenticated cipher.
const WRAPPED_BYTES: usize = FILE_KEY_BYTES + TAG_BYTES;

/// Why an age file cannot be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    #[error("it is no age file of version 1")]
    Format,
    #[error("no key fits")]
    NoKeyFits,
    #[error("it is sealed with a passphrase")]
    WantsPassphrase,
    #[error("it is sealed for keys")]
    WantsIdentity,
    #[error("the passphrase does not fit")]
    WrongPassphrase,
    #[error("its head was changed")]
    HeadChanged,
    #[error("it asks for work of 2^{0}")]
    TooMuchWork(u8),
    #[error(transparent)]
    Read(#[from] io::Error),
}

/// Begins a file that whoever holds the key of one of `recipients` can read.
pub(crate) fn seal_for<W: Write>(output: W, recipients: &[Recipient]) -> io::Result<Writer<W>> {
    let key = FileKey::generate()?;
    let stanzas = recipients.iter().map(|recipient| recipient.wrap(&key));
    let stanzas = stanzas.collect::<io::Result<Vec<_>>>()?;
    begin(output, &key, stanzas)
}

/// Begins a file that whoever knows the passphrase can read.
pub(crate) fn seal_with<W: Write>(
    output: W,
    passphrase: &Passphrase,
    work_factor: u8,
) -> io::Result<Writer<W>> {
    let key = FileKey::generate()?;
    let stanza = passphrase.wrap(&key, work_factor)?;
    begin(output, &key, vec![stanza])
}

fn begin<W: Write>(mut output: W, key: &FileKey, stanzas: Vec<Stanza>) -> io::Result<Writer<W>> {
    output.write_all(&Header(stanzas).sign(key))?;
    Writer::begin(output, key)
}

/// Opens a file with the first of `identities` that fits.
pub(crate) fn open_by<R: BufRead>(
    input: R,
    identities: &[Identity],
) -> Result<Reader<R>, OpenError> {
    open(input, |header| {
        if header.scrypt().is_some() {
            return Err(OpenError::WantsPassphrase);
        }
        for stanza in header.of_kind(x25519::KIND) {
            for identity in identities {
                if let Some(key) = identity.unwrap(stanza)? {
                    return Ok(key);
                }
            }
        }
        Err(OpenError::NoKeyFits)
    })
}

/// Opens a file that was sealed with a passphrase.
pub(crate) fn open_with<R: BufRead>(
    input: R,
    passphrase: &Passphrase,
) -> Result<Reader<R>, OpenError> {
    open(input, |header| match header.scrypt() {
        Some(stanza) => passphrase.unwrap(stanza),
        None => Err(OpenError::WantsIdentity),
    })
}

fn open<R: BufRead>(
    mut input: R,
    unwrap: impl FnOnce(&Header) -> Result<FileKey, OpenError>,
) -> Result<Reader<R>, OpenError> {
    let (header, signed) = header::read(&mut input)?;
    let key = unwrap(&header)?;
    signed.verify(&key)?;
    Ok(Reader::begin(input, &key)?)
}

impl FileKey {
    fn generate() -> io::Result<Self> {
        let mut key = Zeroizing::new([0; FILE_KEY_BYTES]);
        rand::fill(&mut *key).map_err(library)?;
        Ok(Self(key))
    }

    /// A key for one purpose (HKDF-SHA-256, RFC 5869).
    fn derive(&self, salt: &[u8], purpose: &str) -> Zeroizing<[u8; 32]> {
        derive(&*self.0, salt, purpose)
    }

    /// Under a key that is used this once, so that the nonce may be zero.
    fn seal(&self, under: &[u8; 32]) -> io::Result<Vec<u8>> {
        let mut sealed = self.0.to_vec();
        cipher(under)
            .seal_in_place_append_tag(zero(), Aad::empty(), &mut sealed)
            .map_err(library)?;
        Ok(sealed)
    }

    /// `None` where it was sealed under another key, or changed.
    fn open(sealed: &[u8; WRAPPED_BYTES], under: &[u8; 32]) -> Option<Self> {
        let mut sealed = Zeroizing::new(*sealed);
        let opened = cipher(under).open_in_place(zero(), Aad::empty(), &mut *sealed);
        let key = opened.ok()?.first_chunk().copied()?;
        Some(Self(Zeroizing::new(key)))
    }
}

fn derive(secret: &[u8], salt: &[u8], purpose: &str) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, salt);
    let info = [purpose.as_bytes()];
    let pseudorandom = salt.extract(secret);
    // 32 bytes of the 8160 that there may be.
    let filled = pseudorandom
        .expand(&info, hkdf::HKDF_SHA256)
        .and_then(|output| output.fill(&mut *key));
    debug_assert!(filled.is_ok(), "a key of 32 bytes");
    key
}

fn cipher(key: &[u8; 32]) -> LessSafeKey {
    let key = UnboundKey::new(&CHACHA20_POLY1305, key);
    LessSafeKey::new(key.expect("the cipher takes keys of 32 bytes"))
}

fn zero() -> Nonce {
    Nonce::assume_unique_for_key([0; 12])
}

fn library(_: aws_lc_rs::error::Unspecified) -> io::Error {
    io::Error::other("the crypto library failed")
}

#[cfg(test)]
mod tests;
