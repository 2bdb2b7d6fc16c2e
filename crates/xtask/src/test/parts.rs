//! The one list of what tests need beyond Rust. To add a part: write its file, add its row.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};

use super::{chromium, fastapi, postgres, redis};
use crate::install::{self, Needed};
use crate::interrupt::Interrupt;
use crate::process::{Process, Stop};

/// How long a part may take from its start to its first right answer.
const READY_LIMIT: Duration = Duration::from_secs(30);

/// A server or a tool that tests use.
pub(crate) struct Part {
    pub(crate) name: &'static str,
    /// The programs it is made of, with Debian's package for each.
    pub(crate) needed: &'static [Needed],
    /// The variable that tells tests where it is.
    pub(crate) variable: &'static str,
    /// Prepares it and, if it is a server, starts it.
    pub(crate) start: fn(&Site) -> Result<Started>,
    /// Asks something that only a working part answers; repeated until it does.
    pub(crate) probe: fn(&str) -> Result<()>,
    /// How a server is ended.
    pub(crate) stop: Stop,
}

/// Every part, in the order in which they start.
pub(crate) const PARTS: &[Part] = &[postgres::PART, redis::PART, chromium::PART, fastapi::PART];

/// Programs that tests run by their name, as clients that are none of ours.
const PROGRAMS: &[Needed] = &[
    Needed {
        program: "curl",
        package: "curl",
    },
    Needed {
        program: "openssl",
        package: "openssl",
    },
];

/// What a start gives: the address or path for the variable, and the process of a server.
pub(crate) struct Started {
    pub(crate) address: String,
    pub(crate) process: Option<Process>,
}

/// Where parts may write, and what ends them.
pub(crate) struct Site {
    scratch: tempfile::TempDir,
    pub(crate) interrupt: Interrupt,
}

impl Site {
    pub(crate) fn prepare(interrupt: Interrupt) -> Result<Self> {
        let scratch = tempfile::Builder::new()
            .prefix("palisade-test-")
            // Servers that refuse root run as accounts of their own and must reach their folder.
            .permissions(PermissionsExt::from_mode(0o755))
            .tempdir()
            .context("cannot create a scratch folder")?;
        Ok(Self { scratch, interrupt })
    }

    /// A new folder for one part, removed at the end.
    pub(crate) fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.scratch.path().join(name);
        std::fs::create_dir(&folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
        Ok(folder)
    }
}

/// All parts, up and probed; dropping it stops them.
pub(crate) struct Running {
    environment: Vec<(String, String)>,
    /// In the order of their start, dropped in reverse.
    processes: Vec<Process>,
}

impl Running {
    pub(crate) fn environment(&self) -> &[(String, String)] {
        &self.environment
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        while let Some(process) = self.processes.pop() {
            drop(process);
        }
    }
}

pub(crate) fn start_all(site: &Site) -> Result<Running> {
    let of_parts = PARTS.iter().flat_map(|part| part.needed);
    let needed: Vec<_> = of_parts.chain(PROGRAMS).copied().collect();
    install::ensure(&needed)?;
    let mut running = Running {
        environment: Vec::new(),
        processes: Vec::new(),
    };
    for part in PARTS {
        site.interrupt.check()?;
        let started = start(part, site).with_context(|| format!("{} cannot be used", part.name))?;
        println!("{} is ready", part.name);
        running
            .environment
            .push((part.variable.to_owned(), started.address));
        running.processes.extend(started.process);
    }
    Ok(running)
}

fn start(part: &Part, site: &Site) -> Result<Started> {
    let mut started = (part.start)(site)?;
    match &mut started.process {
        Some(server) => {
            server.stop_by(part.stop);
            server.wait_until(READY_LIMIT, || {
                site.interrupt.check()?;
                (part.probe)(&started.address)
            })?;
        }
        None => (part.probe)(&started.address)?,
    }
    Ok(started)
}

/// A path as text for an address or an argument.
pub(crate) fn text(path: &Path) -> Result<&str> {
    path.to_str()
        .with_context(|| format!("{} is not valid UTF-8", path.display()))
}
