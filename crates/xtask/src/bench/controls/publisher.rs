//! An operator who bans somebody every 50 ms, over the Unix socket of a node.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// The pause between two bans, which is how often the data plane is told at most.
const INTERVAL: Duration = Duration::from_millis(50);
/// How long a node may take for one.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);
/// The longest answer that is read.
const ANSWER_BYTES_MAX: u64 = 16 * 1024;

/// Bans until it is asked how many there were.
pub(crate) struct Publisher {
    stop: mpsc::Sender<()>,
    publisher: JoinHandle<Result<u32>>,
}

impl Publisher {
    /// `first` is the number of the first ban, so that none is made twice.
    pub(crate) fn start(data: &Path, first: u32) -> Self {
        let socket = data.join("admin.sock");
        let (stop, stopped) = mpsc::channel();
        let publisher = std::thread::spawn(move || {
            let mut made = 0;
            loop {
                ban(&socket, first + made)?;
                made += 1;
                if stopped.recv_timeout(INTERVAL) != Err(mpsc::RecvTimeoutError::Timeout) {
                    return Ok(made);
                }
            }
        });
        Self { stop, publisher }
    }

    /// Ends it. Gives the number of bans that were acknowledged.
    pub(crate) fn end(self) -> Result<u32> {
        drop(self.stop);
        let made = self.publisher.join();
        made.map_err(|_| anyhow::anyhow!("the publisher of bans ended early"))?
    }
}

/// One address of 48.0.0.0/8, from which no load comes.
fn ban(socket: &PathBuf, number: u32) -> Result<()> {
    let [_, a, b, c] = number.to_be_bytes();
    let body = format!("{{\"network\":\"48.{a}.{b}.{c}\"}}");
    let mut stream = UnixStream::connect(socket).context("the node's socket does not answer")?;
    stream.set_read_timeout(Some(ANSWER_LIMIT))?;
    write!(
        stream,
        "POST /api/v1/bans HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.take(ANSWER_BYTES_MAX).read_to_string(&mut answer)?;
    match answer.split(' ').nth(1) {
        Some("200") => Ok(()),
        _ => bail!("a ban was not taken: {answer}"),
    }
}
