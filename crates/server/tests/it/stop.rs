//! How a node ends, beside what `lifecycle` says of it: what still works meanwhile, what is waited
//! for, and what is written about the rest.

use std::fs;
use std::io::Read;
use std::net::TcpStream;
use std::path::Path;
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::mpsc::channel;

use rustix::process::Signal;
use serde_json::Value;

use crate::app::{App, ok};
use crate::client::Client;
use crate::patience::eventually;
use crate::process::Process;

fn node(folder: &Path, app: &App, listen: &str, access_log: Stdio) -> Process {
    let file = folder.join("palisade.toml");
    fs::write(&file, format!("{}[listen]\n{listen}\n", app.upstream(""))).unwrap();
    let arguments = ["-c", file.to_str().unwrap(), "--log-format", "json"];
    Process::serve(&folder.join("data"), &arguments, access_log)
}

fn readiness(process: &Process) -> u16 {
    Client::plain(process.ops_address()).get("/readyz").status()
}

#[test]
fn during_the_delay_it_is_unready_and_serves_on() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::answering(ok("text/plain", "x"));
    let delay = "drain_delay = \"5m\"";
    let mut process = node(folder.path(), &app, delay, Stdio::null());
    process.signal(Signal::TERM);
    process.message("Shutting down");
    eventually("it is unready", || {
        (readiness(&process) == 503).then_some(())
    });
    let mut new = process.client();
    assert_eq!((new.get("/").status(), new.get("/").status()), (200, 200));
    process.signal(Signal::TERM);
    assert_eq!(
        process.exit_code(),
        130,
        "asked twice, it waits for nothing"
    );
}

#[test]
fn an_output_that_nobody_reads_holds_up_no_end() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::answering(ok("text/plain", "x"));
    let mut process = node(folder.path(), &app, "", Stdio::piped());
    let _unread = process.stdout();
    // More lines than a pipe holds.
    let path = format!("/{}", "x".repeat(900));
    let mut client = process.client();
    for _ in 0..128 {
        assert_eq!(client.get(&path).status(), 200);
    }
    process.signal(Signal::TERM);
    process.message("Shutting down");
    process.signal(Signal::TERM);
    assert_eq!(
        process.exit_code(),
        130,
        "asked twice, it waits for nothing"
    );
}

#[test]
fn after_the_delay_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::answering(ok("text/plain", "x"));
    let delay = "drain_delay = \"100ms\"";
    let mut process = node(folder.path(), &app, delay, Stdio::null());
    process.signal(Signal::TERM);
    assert_eq!(process.exit_code(), 0);
}

const UPGRADE: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
const SWITCH: &str = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\
    Upgrade: websocket\r\n\r\n";

#[test]
fn tunnels_flow_while_a_request_is_waited_for_and_end_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let (release, released) = channel();
    let released = Mutex::new(released);
    let app = App::scripted(move |wire, requests| {
        let request = wire.message()?;
        if request.has("upgrade", "websocket") {
            wire.send(SWITCH)?;
            while let Ok(word) = wire.bytes(4) {
                wire.send(word)?;
            }
            return Ok(());
        }
        let _ = requests.send(request);
        let waiting = released.lock().unwrap();
        waiting.recv().map_err(std::io::Error::other)?;
        wire.send(ok("text/plain", "finished"))
    });
    // Far beyond the test's patience: if tunnels were waited for, it would fail.
    let mut process = node(folder.path(), &app, "drain = \"1h\"", Stdio::null());
    let (mut tunnel, mut busy) = (process.client(), process.client());
    assert_eq!(tunnel.ask("GET", "/", UPGRADE).status(), 101);
    busy.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    app.request();

    process.signal(Signal::TERM);
    process.message("Shutting down");
    eventually("the port is closed", || {
        TcpStream::connect(process.address()).err()
    });
    tunnel.send("ping").unwrap();
    let mut word = [0; 4];
    tunnel.read_exact(&mut word).unwrap();
    assert_eq!(&word, b"ping");
    release.send(()).unwrap();
    assert_eq!(busy.answer().text(), "finished");
    assert_eq!(process.exit_code(), 0);
    assert_eq!(tunnel.rest().unwrap(), b"", "the tunnel is closed");
}

#[test]
fn a_request_that_the_node_cuts_is_logged_as_cut() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::scripted(|wire, requests| {
        let _ = requests.send(wire.message()?);
        wire.rest().map(drop)
    });
    let mut process = node(folder.path(), &app, "drain = \"0s\"", Stdio::piped());
    let mut log = process.stdout();
    let mut client = process.client();
    client
        .send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        .unwrap();
    app.request();
    process.signal(Signal::TERM);
    assert_eq!(process.exit_code(), 0);
    let mut text = String::new();
    log.read_to_string(&mut text).unwrap();
    let line: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(line["path"], "/slow");
    assert_eq!(
        (&line["complete"], &line["cut"]),
        (&false.into(), &true.into())
    );
}
