//! Out: seals line after line; what is under way is one chunk of the age file, 64 KiB.

use std::io::{self, Write};

use aws_lc_rs::digest;
use data_encoding::HEXLOWER_PERMISSIVE;
use serde_json::{Value as Json, json};

use super::{End, KeptFile, Manifest};
use crate::age;
use crate::key::Sealing;

pub(crate) struct Writer<W: Write> {
    output: age::Writer<W>,
    digest: digest::Context,
    rows: u64,
    files: u64,
}

impl<W: Write> Writer<W> {
    pub(crate) fn begin(output: W, sealing: &Sealing, manifest: &Manifest) -> io::Result<Self> {
        let mut writer = Self {
            output: sealing.seal(output)?,
            digest: digest::Context::new(&digest::SHA256),
            rows: 0,
            files: 0,
        };
        writer.write(&serde_json::to_vec(manifest)?)?;
        Ok(writer)
    }

    /// A line of the state.
    pub(crate) fn line(&mut self, line: &Json) -> io::Result<()> {
        self.rows += u64::from(line.is_array());
        self.write(&serde_json::to_vec(line)?)
    }

    pub(crate) fn file(&mut self, file: &KeptFile) -> io::Result<()> {
        self.files += 1;
        let line = json!({
            "file": file.name,
            "mode": format!("{:o}", file.mode),
            "hex": HEXLOWER_PERMISSIVE.encode(&file.bytes),
        });
        self.write(&serde_json::to_vec(&line)?)
    }

    /// Writes the end and hands the output back, to be synced.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        let end = End {
            rows: self.rows,
            files: self.files,
            sha256: HEXLOWER_PERMISSIVE.encode(self.digest.clone().finish().as_ref()),
        };
        self.write(&serde_json::to_vec(&json!({ "end": end }))?)?;
        self.output.finish()
    }

    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        for part in [line, b"\n"] {
            self.digest.update(part);
            self.output.write_all(part)?;
        }
        Ok(())
    }
}
