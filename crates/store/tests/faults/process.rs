//! The program under test, its commands and what it says.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::disk::Disk;

/// How long a line may take on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Program {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl Program {
    /// Starts it on `disk`, and waits until its store is open.
    pub(crate) fn start(disk: &Disk) -> Self {
        let mut program = Self::spawn(disk);
        program.until("open");
        program
    }

    pub(crate) fn spawn(disk: &Disk) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_store-on-a-bad-disk"));
        command
            .arg(disk.folder())
            .env("LD_PRELOAD", disk.layer())
            .env("FAULT_FOLDER", disk.folder())
            .env("FAULT_CONTROL", disk.control())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            let mut lines = output.lines().map_while(Result::ok);
            lines.all(|line| sender.send(line).is_ok())
        });
        let input = child.stdin.take();
        Self {
            child,
            input,
            lines,
        }
    }

    pub(crate) fn say(&mut self, command: &str) {
        writeln!(self.input.as_mut().unwrap(), "{command}").unwrap();
    }

    /// The next line it says.
    pub(crate) fn line(&mut self) -> String {
        self.lines
            .recv_timeout(PATIENCE)
            .expect("the program says something")
    }

    /// All lines up to one that begins with `start`, that one at the end.
    pub(crate) fn until(&mut self, start: &str) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            lines.push(self.line());
            if lines.last().is_some_and(|line| line.starts_with(start)) {
                return lines;
            }
        }
    }

    /// Says `command` and answers the line that begins with `start`.
    pub(crate) fn ask(&mut self, command: &str, start: &str) -> String {
        self.say(command);
        self.until(start).pop().unwrap()
    }

    /// What the store holds.
    pub(crate) fn list(&mut self) -> Vec<i64> {
        let line = self.ask("list", "list");
        line.split(' ')
            .skip(1)
            .filter(|word| !word.is_empty())
            .map(|n| n.parse().unwrap())
            .collect()
    }

    /// `kill -9`, and what it had said by then.
    pub(crate) fn kill(mut self) -> Vec<String> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.lines.iter().collect()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Both fail only where it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The numbers that were acknowledged in these lines.
pub(crate) fn acknowledged(lines: &[String]) -> Vec<i64> {
    let acks = lines.iter().filter_map(|line| line.strip_prefix("ack "));
    acks.map(|number| number.parse().unwrap()).collect()
}
