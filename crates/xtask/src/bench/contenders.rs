//! The proxies that are measured: one row each, the first is what the others are compared with.

use std::path::PathBuf;

use anyhow::Result;

use super::rig::Rig;
use super::scenarios::Protocol;
use super::{haproxy, nginx, palisade};
use crate::install::Needed;

pub(crate) struct Contender {
    pub(crate) name: &'static str,
    pub(crate) needed: &'static [Needed],
    /// Builds it, where it is not a package.
    pub(crate) prepare: fn() -> Result<()>,
    /// What it says of its version.
    pub(crate) version: fn() -> Result<String>,
    /// Writes its configuration and gives the command that runs it in the foreground.
    pub(crate) configure: fn(&Rig, &Setup) -> Result<Program>,
}

pub(crate) const CONTENDERS: &[Contender] =
    &[nginx::CONTENDER, haproxy::CONTENDER, palisade::CONTENDER];

/// What a proxy has to do: everyone gets the same.
pub(crate) struct Setup {
    /// Where it listens, on loopback.
    pub(crate) port: u16,
    /// Where it forwards to, on loopback, over HTTP/1.1 with keep-alive.
    pub(crate) upstream_port: u16,
    pub(crate) protocol: Protocol,
    pub(crate) headers: bool,
    /// Whether bodies are far larger than memory, and must be passed on as they come.
    pub(crate) streaming: bool,
    /// Its own folder.
    pub(crate) folder: PathBuf,
}

impl Setup {
    /// Where its access log goes, a line per request; proxies that log to stdout are sent there.
    pub(crate) fn access_log(&self) -> PathBuf {
        self.folder.join("access.log")
    }
}

pub(crate) struct Program {
    pub(crate) path: String,
    pub(crate) arguments: Vec<String>,
}

/// What the proxies add in the scenario with headers.
pub(crate) const HEADERS: &[(&str, &str)] = &[
    ("strict-transport-security", "max-age=300"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "SAMEORIGIN"),
    ("referrer-policy", "strict-origin-when-cross-origin"),
    (
        "permissions-policy",
        "camera=(), geolocation=(), microphone=()",
    ),
    ("cross-origin-opener-policy", "same-origin-allow-popups"),
];
