//! The head of an age file: a stanza per recipient, and the MAC over them.

use std::io::{self, BufRead, Read};

use aws_lc_rs::hmac;
use data_encoding::BASE64_NOPAD;

use super::{FileKey, OpenError, WRAPPED_BYTES, scrypt};

const VERSION: &str = "age-encryption.org/v1";
const STANZA: &str = "-> ";
const FOOTER: &str = "---";
/// Letters of a full line of a stanza's body; a shorter one is the last.
const LINE_LETTERS: usize = 64;
/// Room for a thousand recipients.
const HEADER_BYTES_MAX: u64 = 256 * 1024;

/// The file key, wrapped for one recipient.
pub(super) struct Stanza {
    /// The kind, and what is public.
    pub(super) arguments: Vec<String>,
    pub(super) body: Vec<u8>,
}

pub(super) struct Header(pub(super) Vec<Stanza>);

/// A header as it was read, with the MAC that it claims.
pub(super) struct Signed {
    bytes: Vec<u8>,
    mac: Vec<u8>,
}

impl Header {
    /// Its bytes, under a MAC that only whoever has the file key could make.
    pub(super) fn sign(&self, key: &FileKey) -> Vec<u8> {
        let mut text = format!("{VERSION}\n");
        for Stanza { arguments, body } in &self.0 {
            text += &format!("{STANZA}{}\n", arguments.join(" "));
            let body = BASE64_NOPAD.encode(body);
            let lines = body.as_bytes().chunks(LINE_LETTERS);
            for line in lines {
                text.extend(line.iter().copied().map(char::from));
                text.push('\n');
            }
            if body.len().is_multiple_of(LINE_LETTERS) {
                text.push('\n');
            }
        }
        text += FOOTER;
        let mac = hmac::sign(&mac_key(key), text.as_bytes());
        text += &format!(" {}\n", BASE64_NOPAD.encode(mac.as_ref()));
        text.into_bytes()
    }

    pub(super) fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Stanza> {
        self.0.iter().filter(move |stanza| stanza.kind() == kind)
    }

    /// The one stanza of a file that is sealed with a passphrase.
    pub(super) fn scrypt(&self) -> Option<&Stanza> {
        self.of_kind(scrypt::KIND).next()
    }
}

impl Stanza {
    /// The body as a wrapped file key.
    pub(super) fn wrapped_key(&self) -> Result<&[u8; WRAPPED_BYTES], OpenError> {
        let body = self.body.as_slice().try_into();
        body.map_err(|_| OpenError::Format)
    }

    fn kind(&self) -> &str {
        self.arguments.first().map_or("", String::as_str)
    }
}

impl Signed {
    pub(super) fn verify(&self, key: &FileKey) -> Result<(), OpenError> {
        let verified = hmac::verify(&mac_key(key), &self.bytes, &self.mac);
        verified.map_err(|_| OpenError::HeadChanged)
    }
}

fn mac_key(key: &FileKey) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, &*key.derive(&[], "header"))
}

/// An argument of so many bytes.
pub(super) fn decode<const N: usize>(argument: &str) -> Result<[u8; N], OpenError> {
    let bytes = BASE64_NOPAD.decode(argument.as_bytes());
    let bytes = bytes.map_err(|_| OpenError::Format)?;
    bytes.try_into().map_err(|_| OpenError::Format)
}

/// Reads up to the first byte of the payload.
pub(super) fn read(input: &mut impl BufRead) -> Result<(Header, Signed), OpenError> {
    let mut lines = Lines {
        input: input.take(HEADER_BYTES_MAX),
        read: Vec::new(),
    };
    if lines.next()? != VERSION {
        return Err(OpenError::Format);
    }
    let mut stanzas = Vec::new();
    loop {
        let line = lines.next()?;
        if let Some(arguments) = line.strip_prefix(STANZA) {
            let arguments = arguments.split(' ').map(str::to_owned).collect();
            stanzas.push(Stanza {
                arguments,
                body: body(&mut lines)?,
            });
        } else if let Some(mac) = line
            .strip_prefix(FOOTER)
            .and_then(|mac| mac.strip_prefix(' '))
        {
            let mac = BASE64_NOPAD.decode(mac.as_bytes());
            let mac = mac.map_err(|_| OpenError::Format)?;
            let header = checked(Header(stanzas))?;
            let bytes = lines.until_mac(&line);
            return Ok((header, Signed { bytes, mac }));
        } else {
            return Err(OpenError::Format);
        }
    }
}

/// A header that could have been made: something in every argument, and a passphrase stands alone.
fn checked(header: Header) -> Result<Header, OpenError> {
    let mut arguments = header.0.iter().flat_map(|stanza| &stanza.arguments);
    let is_visible = |text: &String| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
    let stands_alone = header.scrypt().is_none() || header.0.len() == 1;
    match arguments.all(is_visible) && stands_alone && !header.0.is_empty() {
        true => Ok(header),
        false => Err(OpenError::Format),
    }
}

fn body(lines: &mut Lines<impl BufRead>) -> Result<Vec<u8>, OpenError> {
    let mut body = Vec::new();
    loop {
        let line = lines.next()?;
        let bytes = BASE64_NOPAD.decode(line.as_bytes());
        body.extend(bytes.map_err(|_| OpenError::Format)?);
        match line.len() {
            LINE_LETTERS => {}
            0..LINE_LETTERS => return Ok(body),
            _ => return Err(OpenError::Format),
        }
    }
}

/// Lines, and every byte of them.
struct Lines<R> {
    input: io::Take<R>,
    read: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    /// The next one without its end.
    fn next(&mut self) -> Result<String, OpenError> {
        let start = self.read.len();
        self.input.read_until(b'\n', &mut self.read)?;
        let line = &self.read[start..];
        let Some(line) = line.strip_suffix(b"\n") else {
            let begun = [VERSION.as_bytes(), b"\n"].concat();
            let is_cut = self.input.limit() > 0
                && (begun.starts_with(&self.read) || self.read.starts_with(&begun));
            return Err(match is_cut {
                true => io::Error::from(io::ErrorKind::UnexpectedEof).into(),
                false => OpenError::Format,
            });
        };
        String::from_utf8(line.to_vec()).map_err(|_| OpenError::Format)
    }

    /// What the MAC covers: everything up to and with the footer's mark.
    fn until_mac(self, last: &str) -> Vec<u8> {
        let mut read = self.read;
        let behind = last.len() + "\n".len() - FOOTER.len();
        read.truncate(read.len() - behind);
        read
    }
}
