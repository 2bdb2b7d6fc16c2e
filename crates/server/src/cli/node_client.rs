//! Asks a running node, over the Unix socket in its data directory.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::data_directory;

/// A node that takes longer is not well.
const TIMEOUT: Duration = Duration::from_secs(10);

/// More than any answer of the admin API.
const ANSWER_BYTES_MAX: u64 = 16 << 20;

/// `GET path`, as JSON.
pub(super) fn get<T: DeserializeOwned>(directory: &Path, path: &str) -> anyhow::Result<T> {
    parse(&send(directory, "GET", path, None)?)
}

/// Changes something and reads what the node says of it.
pub(crate) fn change<T: DeserializeOwned>(
    directory: &Path,
    method: &str,
    path: &str,
    body: &impl Serialize,
) -> anyhow::Result<T> {
    let body = serde_json::to_string(body)?;
    parse(&send(directory, method, path, Some(&body))?)
}

/// Changes something of which there is nothing to say.
pub(super) fn order(
    directory: &Path,
    method: &str,
    path: &str,
    body: Option<&impl Serialize>,
) -> anyhow::Result<()> {
    let body = body.map(serde_json::to_string).transpose()?;
    send(directory, method, path, body.as_deref()).map(drop)
}

fn parse<T: DeserializeOwned>(body: &str) -> anyhow::Result<T> {
    serde_json::from_str(body).context("the node's answer cannot be read: is it another version?")
}

fn send(directory: &Path, method: &str, path: &str, body: Option<&str>) -> anyhow::Result<String> {
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
    let body = body.unwrap_or_default();
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )?;
    let mut answer = String::new();
    stream
        .take(ANSWER_BYTES_MAX)
        .read_to_string(&mut answer)
        .context("the node did not answer")?;
    let (head, body) = answer
        .split_once("\r\n\r\n")
        .context("the node's answer broke off")?;
    let status = head.lines().next().unwrap_or_default();
    match status.split(' ').nth(1) {
        Some("200" | "204") => Ok(body.to_owned()),
        _ => match serde_json::from_str(body) {
            Ok(Refusal { detail }) => bail!("{detail}"),
            Err(_) => bail!("the node answered `{status}` to {path}"),
        },
    }
}

/// What matters here of a problem document.
#[derive(Deserialize)]
struct Refusal {
    detail: String,
}
