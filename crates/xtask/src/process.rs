//! A server that xtask started: it is stopped by its own pid, and it cannot outlive us.
//!
//! `setpriv --pdeathsig` makes the kernel end it even when this process is killed outright, and
//! drops root for servers that refuse it. Each one leads its own process group, so that Ctrl-C at
//! the terminal reaches only us and the stop stays orderly.

use std::fs::{File, OpenOptions};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process};

use crate::{command, machine};

/// How long a server may take to end before it is killed.
const STOP_LIMIT: Duration = Duration::from_secs(10);

/// How a server is run.
#[derive(Clone, Copy, Default)]
pub(crate) struct Launch<'a> {
    /// The account it runs as when we are root.
    pub(crate) user: Option<&'a str>,
    /// The one processor it may use.
    pub(crate) processor: Option<usize>,
    /// Where its stdout goes, appended; stderr goes to a file beside it that ends in `.errors`.
    /// Else both are dropped.
    pub(crate) output: Option<&'a Path>,
}

/// The signal that ends a server in good order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Stop {
    #[default]
    Terminate,
    /// What Postgres calls a fast shutdown, and most others treat like the first.
    Interrupt,
}

#[derive(Debug)]
pub(crate) struct Process {
    name: &'static str,
    child: Child,
    stop: Stop,
    /// Where its stderr is kept.
    errors: Option<PathBuf>,
}

impl Process {
    pub(crate) fn start(
        name: &'static str,
        program: &str,
        arguments: &[&str],
        launch: Launch<'_>,
    ) -> Result<Self> {
        let mut command = as_child(launch);
        command
            .arg(program)
            .args(arguments)
            .stdin(Stdio::null())
            .process_group(0);
        match launch.output {
            Some(path) => {
                command
                    .stdout(append(path)?)
                    .stderr(append(&errors_beside(path))?);
            }
            None => {
                command.stdout(Stdio::null()).stderr(Stdio::null());
            }
        }
        let child = command.spawn().with_context(|| {
            format!(
                "cannot start {name}; the command was: {}",
                command::line(&command)
            )
        })?;
        Ok(Self {
            name,
            child,
            stop: Stop::default(),
            errors: launch.output.map(errors_beside),
        })
    }

    /// Says which signal ends it in good order.
    pub(crate) fn stop_by(&mut self, stop: Stop) {
        self.stop = stop;
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for `ready`, and fails at once when the server ends first.
    pub(crate) fn wait_until(
        &mut self,
        limit: Duration,
        mut ready: impl FnMut() -> Result<()>,
    ) -> Result<()> {
        let mut last = None;
        let name = self.name;
        let child = &mut self.child;
        let errors = &self.errors;
        let outcome = machine::poll_until(limit, || {
            if let Ok(Some(status)) = child.try_wait() {
                let said = errors.as_deref().map(last_lines).unwrap_or_default();
                return Some(Err(anyhow::anyhow!(
                    "{name} ended as it started ({status}){said}"
                )));
            }
            match ready() {
                Ok(()) => Some(Ok(())),
                Err(failure) => {
                    last = Some(failure);
                    None
                }
            }
        });
        match (outcome, last) {
            (Some(outcome), _) => outcome,
            (None, Some(failure)) => {
                Err(failure.context(format!("{name} did not answer within {limit:?}")))
            }
            (None, None) => anyhow::bail!("{name} did not answer within {limit:?}"),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let signal = match self.stop {
            Stop::Terminate => Signal::TERM,
            Stop::Interrupt => Signal::INT,
        };
        // It may have ended already; the wait below tells.
        let _ = kill_process(Pid::from_child(&self.child), signal);
        let ended = machine::poll_until(STOP_LIMIT, || self.child.try_wait().ok().flatten());
        if ended.is_none() {
            eprintln!(
                "{} did not stop within {STOP_LIMIT:?}; killing it",
                self.name
            );
            drop(self.child.kill());
            drop(self.child.wait());
        }
    }
}

/// The wrappers that stand before the server's own command; each replaces itself by the next, so
/// that the pid is the server's.
fn as_child(launch: Launch<'_>) -> Command {
    let mut command = Command::new("setpriv");
    // What a person has set for a server of their own must not change one of ours.
    command.env_clear();
    command.envs(
        ["PATH", "HOME", "LANG"]
            .iter()
            .filter_map(|name| machine::environment(name).map(|value| (name, value))),
    );
    if let Some(user) = launch.user.filter(|_| machine::is_root()) {
        command.args(["--reuid", user, "--regid", user, "--init-groups"]);
    }
    command.args(["--pdeathsig", "TERM", "--"]);
    if let Some(processor) = launch.processor {
        command.args(["taskset", "-c", &processor.to_string()]);
    }
    command
}

fn errors_beside(output: &Path) -> PathBuf {
    output.with_extension("errors")
}

/// The end of what a server wrote to its stderr, to be read after the reason of a failure.
fn last_lines(errors: &Path) -> String {
    /// Enough for the reason, short enough to be read.
    const LINES_MAX: usize = 5;
    let text = std::fs::read_to_string(errors).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    let tail = &lines[lines.len().saturating_sub(LINES_MAX)..];
    tail.iter().map(|line| format!("\n  {line}")).collect()
}

fn append(path: &Path) -> Result<File> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(script: &str) -> Process {
        Process::start("sh", "/bin/sh", &["-c", script], Launch::default()).unwrap()
    }

    #[test]
    fn a_dropped_server_is_gone() {
        let process = start("exec tail -f /dev/null");
        let entry = format!("/proc/{}", process.pid());
        assert!(Path::new(&entry).exists());
        drop(process);
        assert!(!Path::new(&entry).exists());
    }

    #[test]
    fn a_server_sees_nothing_of_our_environment_but_where_programs_are() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("output");
        let launch = Launch {
            output: Some(&output),
            ..Launch::default()
        };
        let mut process = Process::start("env", "/usr/bin/env", &[], launch).unwrap();
        process.child.wait().unwrap();
        let text = std::fs::read_to_string(&output).unwrap();
        let names: Vec<_> = text
            .lines()
            .filter_map(|line| line.split('=').next())
            .collect();
        assert!(names.contains(&"PATH"), "{text}");
        let known = ["PATH", "HOME", "LANG"];
        assert!(names.iter().all(|name| known.contains(name)), "{text}");
    }

    #[test]
    fn a_server_that_ends_at_once_is_reported_before_the_limit() {
        let failure = start("exit 7")
            .wait_until(Duration::from_secs(60), || anyhow::bail!("not yet"))
            .unwrap_err();
        assert!(
            failure.to_string().contains("ended as it started"),
            "{failure}"
        );
    }
}
