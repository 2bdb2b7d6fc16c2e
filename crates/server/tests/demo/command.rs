//! Each test runs the binary in an empty folder, on ports of the system's choice.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

struct Palisade {
    directory: TempDir,
    command: Command,
}

/// `palisade demo` in an empty folder, on ports of the system's choice.
fn demo(arguments: &[&str]) -> Palisade {
    let directory = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_palisade"));
    command
        .current_dir(directory.path())
        .env_clear()
        .arg("demo")
        .args(arguments);
    for flag in [
        "--app-port",
        "--port",
        "--redirect-port",
        "--admin-port",
        "--ops-port",
    ] {
        if !arguments.contains(&flag) {
            command.args([flag, "0"]);
        }
    }
    Palisade { directory, command }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn ended(mut palisade: Palisade) -> Output {
    palisade.command.output().unwrap()
}

#[test]
fn once_exits_0_after_the_table() {
    let output = ended(demo(&["--once"]));
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{out}{err}");
    assert!(
        out.contains("Security headers on a page") && out.contains("Still open"),
        "{out}"
    );
    assert!(
        !out.contains("Look around") && !out.contains('\u{1b}'),
        "{out}"
    );
    assert_eq!(err, "");
}

#[test]
fn once_exits_1_when_a_row_breaks_its_promise() {
    let mut demo = demo(&["--once", "--json"]);
    demo.command.env("PALISADE_EDGE__HEADERS__MODE", "off");
    let output = ended(demo);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = report["rows"].as_array().unwrap();
    assert!(rows.iter().any(|row| row["as_promised"] == false));
}

#[test]
fn a_port_in_use_is_named_with_its_flag_and_nothing_moves() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = ended(demo(&["--once", "--admin-port", &port]));
    assert_eq!(output.status.code(), Some(3));
    let err = text(&output.stderr);
    assert!(
        err.contains(&format!("{port} (admin) is in use")) && err.contains("--admin-port"),
        "{err}"
    );
}

#[test]
fn an_environment_that_opens_the_weak_app_to_the_network_is_refused() {
    let mut demo = demo(&["--once"]);
    demo.command.env("PALISADE_OPS__ADDRESS", "0.0.0.0:0");
    let output = ended(demo);
    assert_eq!(output.status.code(), Some(3));
    assert!(
        text(&output.stderr).contains("0.0.0.0:0"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn serve_refuses_the_demos_secrets() {
    let mut demo = demo(&["--once"]);
    assert_eq!(demo.command.status().unwrap().code(), Some(0));
    let output = Command::new(env!("CARGO_BIN_EXE_palisade"))
        .current_dir(demo.directory.path())
        .args([
            "serve",
            "--upstream",
            "http://127.0.0.1:1",
            "--data-dir",
            "palisade-demo",
        ])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stderr).contains("palisade demo"));
}

/// A demo that serves; killed at the latest when the test ends.
struct Serving {
    child: Child,
    _directory: TempDir,
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Both fail only where it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Serving {
    fn start() -> (Self, impl BufRead) {
        let Palisade {
            directory,
            mut command,
        } = demo(&[]);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let serving = Self {
            child,
            _directory: directory,
        };
        (serving, out)
    }

    /// Ctrl-C, then the exit code.
    fn interrupt(&mut self) -> Option<i32> {
        let process = self.child.id().to_string();
        let sent = Command::new("kill")
            .args(["-INT", &process])
            .status()
            .unwrap();
        assert!(sent.success());
        self.child.wait().unwrap().code()
    }
}

/// Reads up to the line that says that the demo serves; returns the ops listener's address.
fn ops_address(out: &mut impl BufRead) -> SocketAddr {
    let mut address = None;
    for line in out.lines() {
        let line = line.unwrap();
        if let Some((_, rest)) = line.split_once("http://")
            && let Some(found) = rest.strip_suffix("/metrics")
        {
            address = found.parse().ok();
        }
        if line.starts_with("Serving until") {
            break;
        }
    }
    address.expect("an address for metrics")
}

fn get(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn it_serves_until_it_is_interrupted() {
    let (mut serving, mut out) = Serving::start();
    let ops = ops_address(&mut out);
    assert!(get(ops, "/readyz").starts_with("HTTP/1.0 200"));
    assert_eq!(serving.interrupt(), Some(0));
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert_eq!(
        rest, "",
        "the demo's own requests are not in the access log"
    );
}

#[test]
fn it_goes_on_serving_when_nobody_reads_any_more() {
    let (mut serving, mut out) = Serving::start();
    let ops = ops_address(&mut out);
    drop(out);
    assert!(get(ops, "/readyz").starts_with("HTTP/1.0 200"));
    assert_eq!(serving.interrupt(), Some(0));
}
