//! A file key for whoever holds a key pair on Curve25519 (RFC 7748).

use std::fmt;
use std::io;
use std::str::FromStr;

use aws_lc_rs::agreement::{PrivateKey, UnparsedPublicKey, X25519, agree};
use aws_lc_rs::rand;
use data_encoding::BASE64_NOPAD;
use zeroize::Zeroizing;

use super::header::{self, Stanza};
use super::{FileKey, OpenError, bech32, derive, library};

pub(super) const KIND: &str = "X25519";

const PURPOSE: &str = "age-encryption.org/v1/X25519";
const PUBLIC_PREFIX: &str = "age";
const SECRET_PREFIX: &str = "age-secret-key-";
const KEY_BYTES: usize = 32;

/// The public half, `age1…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Recipient([u8; KEY_BYTES]);

/// The secret half, `AGE-SECRET-KEY-1…`. It is never printed, and its own copy is wiped
/// with its last use.
#[derive(Clone)]
pub struct Identity {
    secret: Zeroizing<[u8; KEY_BYTES]>,
    public: Recipient,
}

/// What is no key of this kind.
#[derive(Debug)]
pub struct InvalidKey;

impl Recipient {
    pub(super) fn wrap(&self, file_key: &FileKey) -> io::Result<Stanza> {
        let once = Identity::generate()?;
        let under = once.agree(self, &once.public, self);
        let under = under.ok_or_else(|| io::Error::other("a recipient's key is no good one"))?;
        Ok(Stanza {
            arguments: vec![KIND.to_owned(), BASE64_NOPAD.encode(&once.public.0)],
            body: file_key.seal(&under)?,
        })
    }
}

impl Identity {
    pub(crate) fn generate() -> io::Result<Self> {
        let mut secret = Zeroizing::new([0; KEY_BYTES]);
        rand::fill(&mut *secret).map_err(library)?;
        Self::new(secret).map_err(|InvalidKey| io::Error::other("the crypto library failed"))
    }

    fn new(secret: Zeroizing<[u8; KEY_BYTES]>) -> Result<Self, InvalidKey> {
        let key = PrivateKey::from_private_key(&X25519, &*secret).map_err(|_| InvalidKey)?;
        let public = key.compute_public_key().map_err(|_| InvalidKey)?;
        let public = public.as_ref().try_into().map_err(|_| InvalidKey)?;
        let public = Recipient(public);
        Ok(Self { secret, public })
    }

    pub(crate) fn recipient(&self) -> &Recipient {
        &self.public
    }

    /// As [`FromStr`] reads it.
    pub(crate) fn expose(&self) -> Zeroizing<String> {
        let text = Zeroizing::new(bech32::encode(SECRET_PREFIX, &*self.secret));
        Zeroizing::new(text.to_ascii_uppercase())
    }

    /// `None` where the stanza is for somebody else.
    pub(super) fn unwrap(&self, stanza: &Stanza) -> Result<Option<FileKey>, OpenError> {
        let [_, share] = stanza.arguments.as_slice() else {
            return Err(OpenError::Format);
        };
        let share = Recipient(header::decode(share)?);
        let body = stanza.wrapped_key()?;
        // A share of low order agrees on nothing, whoever holds which key.
        let under = self.agree(&share, &share, &self.public);
        Ok(FileKey::open(body, &*under.ok_or(OpenError::Format)?))
    }

    /// The key that both halves know, bound to `share` and `recipient`.
    fn agree(
        &self,
        with: &Recipient,
        share: &Recipient,
        recipient: &Recipient,
    ) -> Option<Zeroizing<[u8; 32]>> {
        let salt = [share.0, recipient.0].concat();
        let key = PrivateKey::from_private_key(&X25519, &*self.secret).ok()?;
        let with = UnparsedPublicKey::new(&X25519, with.0);
        agree(&key, with, InvalidKey, |shared| {
            match shared.iter().all(|byte| *byte == 0) {
                true => Err(InvalidKey),
                false => Ok(derive(shared, &salt, PURPOSE)),
            }
        })
        .ok()
    }
}

impl FromStr for Recipient {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        let is_lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
        let bytes = bech32::decode(PUBLIC_PREFIX, text).filter(|_| is_lower);
        let bytes = bytes.ok_or(InvalidKey)?.try_into();
        bytes.map(Self).map_err(|_| InvalidKey)
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&bech32::encode(PUBLIC_PREFIX, &self.0))
    }
}

impl FromStr for Identity {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        let is_upper = !text.bytes().any(|byte| byte.is_ascii_lowercase());
        let bytes = bech32::decode(SECRET_PREFIX, text).filter(|_| is_upper);
        let bytes = Zeroizing::new(bytes.ok_or(InvalidKey)?);
        let secret = bytes.as_slice().try_into().map_err(|_| InvalidKey)?;
        Self::new(Zeroizing::new(secret))
    }
}
