//! Asks a running node, over the Unix socket in its data directory.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use serde::de::DeserializeOwned;

use crate::data_directory;

/// A node that takes longer is not well.
const TIMEOUT: Duration = Duration::from_secs(10);

/// More than any answer of the admin API.
const ANSWER_BYTES_MAX: u64 = 16 << 20;

/// `GET path`, as JSON.
pub(super) fn get<T: DeserializeOwned>(directory: &Path, path: &str) -> anyhow::Result<T> {
    let socket = data_directory::socket(directory);
    let mut stream = UnixStream::connect(&socket).with_context(|| {
        format!(
            "no node answers at {}. Start one with `palisade serve`, or name its data directory \
             with --data-dir",
            socket.display()
        )
    })?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n")?;
    let mut answer = String::new();
    stream
        .take(ANSWER_BYTES_MAX)
        .read_to_string(&mut answer)
        .context("the node did not answer")?;
    let (head, body) = answer
        .split_once("\r\n\r\n")
        .context("the node's answer broke off")?;
    let status = head.lines().next().unwrap_or_default();
    if status.split(' ').nth(1) != Some("200") {
        bail!("the node answered `{status}` to {path}");
    }
    serde_json::from_str(body).context("the node's answer cannot be read: is it another version?")
}
