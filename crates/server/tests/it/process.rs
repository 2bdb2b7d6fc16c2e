//! The real binary as a process: for signals, exit codes, and what its outputs say.

use std::fmt::Write;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};

use palisade_server::admin::NodeAnswer;
use palisade_server::data_directory;
use rustix::process::{Pid, Signal};
use serde_json::Value;

use crate::client::Client;
use crate::patience::PATIENCE;
use crate::wire::Message;

/// `palisade` with these arguments and nothing of the test's environment.
pub(crate) fn palisade(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_palisade"));
    command.args(arguments).env_clear().stdin(Stdio::null());
    command
}

/// Runs a command that ends by itself.
pub(crate) fn run(arguments: &[&str]) -> Output {
    palisade(arguments).output().unwrap()
}

/// Runs a command on the node whose data directory is `data` in `folder`, and returns what it
/// prints.
pub(crate) fn told(folder: &Path, arguments: &[&str]) -> String {
    let data = folder.join("data");
    let arguments = [arguments, &["--data-dir", data.to_str().unwrap()]].concat();
    let output = run(&arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// `palisade serve` on free ports. Dropping it kills what is left.
pub(crate) struct Process {
    child: Child,
    /// Standard error, a message per line.
    messages: Receiver<Value>,
    data: PathBuf,
    node: Option<NodeAnswer>,
}

impl Process {
    /// Starts a node in mode "plain" with `arguments`, and waits until it serves.
    pub(crate) fn serve(data: &Path, arguments: &[&str], access_log: Stdio) -> Self {
        let mut process = Self::start(data, arguments, access_log);
        process.message("Admin at");
        let node = process.admin("/api/v1/node").json();
        process.node = Some(serde_json::from_value(node).unwrap());
        process
    }

    fn start(data: &Path, arguments: &[&str], access_log: Stdio) -> Self {
        let mut command = palisade(&["serve", "--address", "127.0.0.1:0"]);
        command
            .args(["--admin-port", "0", "--ops-port", "0", "--data-dir"])
            .arg(data)
            .args(arguments)
            .env("PALISADE_LISTEN__MODE", "plain")
            .stdout(access_log)
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let errors = BufReader::new(child.stderr.take().unwrap());
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            for line in errors.lines() {
                let line = line.unwrap();
                let message = serde_json::from_str(&line).unwrap_or(Value::String(line));
                // The test may have ended first.
                let _ = sender.send(message);
            }
        });
        Self {
            child,
            messages,
            data: data.to_owned(),
            node: None,
        }
    }

    fn node(&self) -> &NodeAnswer {
        self.node.as_ref().unwrap()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.node().public.parse().unwrap()
    }

    pub(crate) fn ops_address(&self) -> SocketAddr {
        self.node().ops.parse().unwrap()
    }

    pub(crate) fn client(&self) -> Client {
        Client::plain(self.address())
    }

    pub(crate) fn metrics(&self) -> String {
        Client::plain(self.ops_address()).get("/metrics").text()
    }

    /// Asks the admin socket.
    pub(crate) fn admin(&self, path: &str) -> Message {
        Client::unix(&data_directory::socket(&self.data)).get(path)
    }

    /// The next message that contains `text`, as soon as it is written.
    #[track_caller]
    pub(crate) fn message(&self, text: &str) -> Value {
        let mut seen = Vec::new();
        loop {
            match self.messages.recv_timeout(PATIENCE) {
                Ok(message) if message.to_string().contains(text) => return message,
                Ok(message) => seen.push(message.to_string()),
                Err(_) => panic!("no message with {text:?}, but: {}", seen.join("\n")),
            }
        }
    }

    /// Every message that nobody has looked at, until the process has ended.
    pub(crate) fn messages_to_the_end(&self) -> String {
        let mut text = String::new();
        while let Ok(message) = self.messages.recv_timeout(PATIENCE) {
            writeln!(text, "{message}").unwrap();
        }
        text
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id()).unwrap();
        rustix::process::kill_process(Pid::from_raw(id).unwrap(), signal).unwrap();
    }

    pub(crate) fn stdout(&mut self) -> std::process::ChildStdout {
        self.child.stdout.take().unwrap()
    }

    /// The exit code, once it has ended; bounded because standard error ends with it.
    #[track_caller]
    pub(crate) fn exit_code(&mut self) -> i32 {
        loop {
            match self.messages.recv_timeout(PATIENCE) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return self.child.wait().unwrap().code().unwrap();
                }
                Err(RecvTimeoutError::Timeout) => panic!("the process does not end"),
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only where it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
