//! What is sealed: chunks of 64 KiB, each under the payload's key and its number, so that none can be
//! changed, swapped or left out, and the last one known for the last (STREAM, Hoang et al. 2015).

use std::io::{self, BufRead, Read, Write};

use aws_lc_rs::aead::{Aad, LessSafeKey, Nonce};
use aws_lc_rs::rand;

use super::{FileKey, TAG_BYTES, cipher, library};

const CHUNK_BYTES: usize = 64 * 1024;
const SALT_BYTES: usize = 16;

/// The number of a chunk: 11 bytes that count, and one that is 1 for the last.
#[derive(Default)]
struct Number(u128);

impl Number {
    fn next(&mut self, is_last: bool) -> Nonce {
        let [.., a, b, c, d, e, f, g, h, i, j, k] = self.0.to_be_bytes();
        self.0 += 1;
        Nonce::assume_unique_for_key([a, b, c, d, e, f, g, h, i, j, k, u8::from(is_last)])
    }
}

/// Seals what is written to it. Without [`Writer::finish`] the file is cut short, and is found so.
pub(crate) struct Writer<W> {
    output: W,
    cipher: LessSafeKey,
    number: Number,
    /// The chunk under way: at most [`CHUNK_BYTES`], with room for its tag.
    chunk: Vec<u8>,
}

impl<W: Write> Writer<W> {
    pub(super) fn begin(mut output: W, key: &FileKey) -> io::Result<Self> {
        let mut salt = [0; SALT_BYTES];
        rand::fill(&mut salt).map_err(library)?;
        output.write_all(&salt)?;
        Ok(Self {
            output,
            cipher: cipher(&key.derive(&salt, "payload")),
            number: Number::default(),
            chunk: Vec::with_capacity(CHUNK_BYTES + TAG_BYTES),
        })
    }

    /// Writes the last chunk and hands the output back.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        self.seal(true)?;
        self.output.flush()?;
        Ok(self.output)
    }

    fn seal(&mut self, is_last: bool) -> io::Result<()> {
        let number = self.number.next(is_last);
        self.cipher
            .seal_in_place_append_tag(number, Aad::empty(), &mut self.chunk)
            .map_err(library)?;
        self.output.write_all(&self.chunk)?;
        self.chunk.clear();
        Ok(())
    }
}

impl<W: Write> Write for Writer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full chunk waits for more: it might be the last.
        if self.chunk.len() == CHUNK_BYTES && !bytes.is_empty() {
            self.seal(false)?;
        }
        let taken = bytes.len().min(CHUNK_BYTES - self.chunk.len());
        self.chunk.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    /// Whole chunks alone: a short one would be the last.
    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }
}

/// Opens what is read from it. Not a byte comes out of a chunk that was changed.
pub(crate) struct Reader<R> {
    input: R,
    cipher: LessSafeKey,
    number: Number,
    chunk: Vec<u8>,
    /// What of the chunk has not been handed out.
    left: std::ops::Range<usize>,
    is_over: bool,
}

impl<R: BufRead> Reader<R> {
    pub(super) fn begin(mut input: R, key: &FileKey) -> io::Result<Self> {
        let mut salt = [0; SALT_BYTES];
        input.read_exact(&mut salt)?;
        Ok(Self {
            input,
            cipher: cipher(&key.derive(&salt, "payload")),
            number: Number::default(),
            chunk: Vec::with_capacity(CHUNK_BYTES + TAG_BYTES),
            left: 0..0,
            is_over: false,
        })
    }

    fn open(&mut self) -> io::Result<()> {
        let is_first = self.number.0 == 0;
        self.chunk.clear();
        let mut input = (&mut self.input).take((CHUNK_BYTES + TAG_BYTES) as u64);
        input.read_to_end(&mut self.chunk)?;
        if self.chunk.len() < TAG_BYTES {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.is_over = self.input.fill_buf()?.is_empty();
        let number = self.number.next(self.is_over);
        let opened = self
            .cipher
            .open_in_place(number, Aad::empty(), &mut self.chunk);
        let opened = opened.map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
        // Nothing after something would be a second way to write the same.
        if opened.is_empty() && !is_first {
            return Err(io::ErrorKind::InvalidData.into());
        }
        self.left = 0..opened.len();
        Ok(())
    }
}

impl<R: BufRead> Read for Reader<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.left.is_empty() && !self.is_over && !into.is_empty() {
            self.open()?;
        }
        let count = into.len().min(self.left.len());
        let from = self.left.start;
        into[..count].copy_from_slice(&self.chunk[from..from + count]);
        self.left.start += count;
        Ok(count)
    }
}
