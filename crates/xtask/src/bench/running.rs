//! A proxy under test, as it runs: started on its processor, with its access log watched.

use std::fs;

use anyhow::{Result, bail};

use super::contenders::{Contender, Program, Setup};
use super::rig::{self, Rig};
use crate::process::{Launch, Process};

/// A proxy that runs.
pub(crate) struct Running {
    pub(crate) name: &'static str,
    pub(crate) process: Process,
    pub(crate) setup: Setup,
}

impl Running {
    pub(crate) fn start(rig: &Rig, contender: &'static Contender, setup: Setup) -> Result<Self> {
        let program = (contender.configure)(rig, &setup)?;
        Self::launch(rig, contender.name, &program, setup)
    }

    /// Starts a program that has been configured to do what `setup` says.
    pub(crate) fn launch(
        rig: &Rig,
        name: &'static str,
        program: &Program,
        setup: Setup,
    ) -> Result<Self> {
        let arguments: Vec<_> = program.arguments.iter().map(String::as_str).collect();
        // nginx opens its log itself; the others are given theirs as stdout.
        let launch = Launch {
            processor: Some(rig.proxy_processor),
            output: Some(&setup.access_log()),
            ..Launch::default()
        };
        let mut process = Process::start(name, &program.path, &arguments, launch)?;
        rig::wait_for_port(&mut process, setup.port)?;
        Ok(Self {
            name,
            process,
            setup,
        })
    }

    /// Empties the access log, and fails where there was none: a proxy that does not log has
    /// less to do than the others.
    pub(crate) fn empty_access_log(&self) -> Result<()> {
        let path = self.setup.access_log();
        let log = fs::OpenOptions::new().write(true).open(&path)?;
        if log.metadata()?.len() == 0 {
            bail!("{} wrote no access log to {}", self.name, path.display());
        }
        Ok(log.set_len(0)?)
    }
}
