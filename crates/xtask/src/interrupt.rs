//! Ctrl-C and its kin: they end the program that runs now, and then the command unwinds, so that
//! every server it started is stopped and every scratch folder is removed.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::command;

/// Listens for signals for as long as the command runs.
#[derive(Clone, Default)]
pub(crate) struct Interrupt {
    came: Arc<AtomicBool>,
    foreground: Arc<Mutex<Option<Pid>>>,
}

/// Which output of a program is read, line by line, while it also goes to the terminal.
#[derive(Clone, Copy)]
pub(crate) enum Watched {
    Stdout,
    Stderr,
}

impl Interrupt {
    pub(crate) fn install() -> Result<Self> {
        let interrupt = Self::default();
        let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM])
            .context("cannot listen for signals, so servers could be left behind")?;
        let seen = interrupt.clone();
        std::thread::spawn(move || {
            for _ in signals.forever() {
                seen.came.store(true, Ordering::SeqCst);
                if let Some(pid) = *seen
                    .foreground
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                {
                    // The program may have ended by itself in this moment.
                    let _ = kill_process(pid, Signal::TERM);
                }
            }
        });
        Ok(interrupt)
    }

    /// Fails once a signal has come: called between steps.
    pub(crate) fn check(&self) -> Result<()> {
        if self.came.load(Ordering::SeqCst) {
            bail!("interrupted");
        }
        Ok(())
    }

    /// Runs a program to its end, handing each line of one of its outputs to `line`.
    pub(crate) fn watch(
        &self,
        program: &mut Command,
        watched: Watched,
        mut line: impl FnMut(&str),
    ) -> Result<ExitStatus> {
        self.check()?;
        match watched {
            Watched::Stdout => program.stdout(Stdio::piped()),
            Watched::Stderr => program.stderr(Stdio::piped()),
        };
        let mut child = program
            .stdin(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {}", command::line(program)))?;
        self.name_foreground(Some(&child));
        let output: Box<dyn std::io::Read> = match (child.stdout.take(), child.stderr.take()) {
            (Some(stdout), _) => Box::new(stdout),
            (None, Some(stderr)) => Box::new(stderr),
            (None, None) => Box::new(std::io::empty()),
        };
        let mut reader = BufReader::new(output);
        let mut bytes = Vec::new();
        while reader.read_until(b'\n', &mut bytes)? > 0 {
            line(String::from_utf8_lossy(&bytes).trim_end_matches('\n'));
            bytes.clear();
        }
        let status = child.wait();
        self.name_foreground(None);
        self.check()?;
        Ok(status?)
    }

    fn name_foreground(&self, child: Option<&Child>) {
        *self
            .foreground
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = child.map(Pid::from_child);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_program_are_seen_and_its_status_kept() {
        let mut lines = Vec::new();
        let mut program = Command::new("sh");
        program.args(["-c", "echo one >&2; echo two >&2; exit 3"]);
        let status = Interrupt::default()
            .watch(&mut program, Watched::Stderr, |line| {
                lines.push(line.to_owned())
            })
            .unwrap();
        assert_eq!(
            (lines, status.code()),
            (vec!["one".to_owned(), "two".to_owned()], Some(3))
        );
    }

    #[test]
    fn after_a_signal_no_further_program_starts() {
        let interrupt = Interrupt::default();
        interrupt.came.store(true, Ordering::SeqCst);
        let refused = interrupt.watch(&mut Command::new("true"), Watched::Stdout, |_| {});
        assert_eq!(refused.unwrap_err().to_string(), "interrupted");
    }
}
