//! The clock, the environment and the processors of the machine these commands run on.
//!
//! The product takes all of these as arguments; a command for people reads them here, so that the
//! lints which forbid it elsewhere stay whole.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// How long a poll for a server's readiness or end waits between two looks.
const POLL_PAUSE: Duration = Duration::from_millis(20);

#[expect(clippy::disallowed_methods, reason = "the one clock of xtask")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where xtask reads its environment"
)]
pub(crate) fn environment(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Looks again and again until `done` answers or `limit` has passed, then gives `None`.
pub(crate) fn poll_until<T>(limit: Duration, mut done: impl FnMut() -> Option<T>) -> Option<T> {
    let start = now();
    loop {
        if let Some(found) = done() {
            return Some(found);
        }
        if start.elapsed() > limit {
            return None;
        }
        pause();
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "another program's start has no event to wait for"
)]
fn pause() {
    std::thread::sleep(POLL_PAUSE);
}

/// Where downloads and builds of these commands are kept: outside of the checkout.
pub(crate) fn cache_directory() -> Result<PathBuf> {
    let base = match (environment("XDG_CACHE_HOME"), environment("HOME")) {
        (Some(cache), _) => PathBuf::from(cache),
        (None, Some(home)) => PathBuf::from(home).join(".cache"),
        (None, None) => anyhow::bail!("neither XDG_CACHE_HOME nor HOME is set: set one of them"),
    };
    let directory = base.join("palisade");
    std::fs::create_dir_all(&directory)
        .with_context(|| format!("cannot create the cache folder {}", directory.display()))?;
    Ok(directory)
}

pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Whether continuous integration runs us, where nobody can answer a question.
pub(crate) fn is_unattended() -> bool {
    environment("CI").is_some()
}

/// `bytes` random bytes of the kernel as hexadecimal digits: a password for one run.
pub(crate) fn random_hex(bytes: usize) -> Result<String> {
    use std::io::Read;
    let mut buffer = vec![0_u8; bytes];
    std::fs::File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut buffer))
        .context("cannot read /dev/urandom")?;
    Ok(buffer.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A loopback port that nobody listens on now.
pub(crate) fn free_port() -> Result<u16> {
    let listener =
        std::net::TcpListener::bind("127.0.0.1:0").context("cannot bind a port of 127.0.0.1")?;
    Ok(listener.local_addr()?.port())
}
