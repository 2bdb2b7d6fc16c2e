//! Start, operation and end of a node, as the people who run it meet them.

use std::fs;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;

use rustix::process::Signal;
use serde_json::Value;

use crate::app::{App, ok};
use crate::client::Client;
use crate::gateway::TestGateway;
use crate::patience::eventually;
use crate::process::{Process, run};

fn node(data: &Path, app: &App, more: &[&str]) -> Process {
    let url = format!("http://{}", app.address());
    let arguments = [&["--upstream", &url, "--log-format", "off"], more].concat();
    Process::serve(data, &arguments, Stdio::null())
}

#[test]
fn the_state_is_for_its_owner_alone_whatever_the_directory_allows() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    fs::set_permissions(&data, fs::Permissions::from_mode(0o755)).unwrap();
    let app = App::answering(ok("text/plain", "x"));
    let _process = node(&data, &app, &[]);
    for entry in fs::read_dir(&data).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o077;
        let is_public = entry.file_name() == "ca.pem" || entry.file_name() == "lock";
        assert!(mode == 0 || is_public, "{entry:?}: {mode:o}");
    }
}

#[test]
fn when_asked_to_stop_it_finishes_what_it_has_begun_and_takes_nothing_new() {
    let folder = tempfile::tempdir().unwrap();
    let (app, release) = App::held(ok("text/plain", "finished"));
    let mut process = node(folder.path(), &app, &[]);
    let (mut busy, mut idle) = (process.client(), process.client());
    assert_eq!(idle.get("/.palisade/health").status(), 200);
    busy.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    app.request();
    let ready = || Client::plain(process.ops_address()).get("/readyz");
    assert_eq!(ready().status(), 200);

    process.signal(Signal::TERM);
    process.message("Shutting down");
    assert_eq!(idle.rest().unwrap(), b"", "an idle connection is closed");
    let unready = ready();
    assert_eq!(unready.status(), 503);
    assert_eq!(unready.json()["reasons"][0], "it is shutting down");
    eventually("the port is closed", || {
        TcpStream::connect(process.address()).err()
    });

    release.send(()).unwrap();
    assert_eq!(busy.answer().text(), "finished");
    assert_eq!(process.exit_code(), 0);
}

#[test]
fn an_interrupt_at_the_terminal_ends_it_too() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::answering(ok("text/plain", "x"));
    let mut process = node(folder.path(), &app, &[]);
    process.signal(Signal::INT);
    assert_eq!(process.exit_code(), 0);
}

#[test]
fn a_request_that_does_not_end_in_time_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::scripted(|wire, requests| {
        let _ = requests.send(wire.message()?);
        wire.rest().map(drop)
    });
    let file = folder.path().join("palisade.toml");
    fs::write(&file, app.upstream("") + "[listen]\ndrain = \"0s\"\n").unwrap();
    let arguments = ["-c", file.to_str().unwrap()];
    let mut process = Process::serve(&folder.path().join("data"), &arguments, Stdio::null());
    let mut client = process.client();
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    app.request();
    process.signal(Signal::TERM);
    process.message("were cut");
    assert_eq!(process.exit_code(), 0);
    assert!(client.head().is_err());
}

#[test]
fn an_open_web_socket_does_not_keep_it_from_ending() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::scripted(|wire, _| {
        wire.message()?;
        wire.send(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\
             Upgrade: websocket\r\n\r\n",
        )?;
        wire.rest().map(drop)
    });
    let file = folder.path().join("palisade.toml");
    fs::write(&file, app.upstream("") + "[listen]\ndrain = \"1s\"\n").unwrap();
    let arguments = ["-c", file.to_str().unwrap()];
    let mut process = Process::serve(&folder.path().join("data"), &arguments, Stdio::null());
    let mut client = process.client();
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
    assert_eq!(client.ask("GET", "/", upgrade).status(), 101);
    process.signal(Signal::TERM);
    assert_eq!(process.exit_code(), 0);
    assert!(client.head().is_err(), "the socket is closed");
}

#[test]
fn one_data_directory_serves_one_node() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::answering(ok("text/plain", "x"));
    let process = node(folder.path(), &app, &[]);
    let data = folder.path().to_str().unwrap();
    let second = run(&[
        "serve",
        "--upstream",
        "http://127.0.0.1:1",
        "--data-dir",
        data,
    ]);
    let errors = String::from_utf8(second.stderr).unwrap();
    assert_eq!(second.status.code(), Some(3));
    assert!(errors.contains("in use by another palisade"), "{errors}");
    assert_eq!(process.client().get("/").status(), 200);
    assert_eq!(
        process.admin("/api/v1/node").status(),
        200,
        "its socket is still there"
    );
}

#[test]
fn secrets_of_a_demonstration_are_not_served_with() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("demo"), "").unwrap();
    let data = folder.path().to_str().unwrap();
    let refused = run(&[
        "serve",
        "--upstream",
        "http://127.0.0.1:1",
        "--data-dir",
        data,
    ]);
    let errors = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(3));
    assert!(errors.contains("belongs to `palisade demo`"), "{errors}");
}

#[test]
fn what_it_keeps_is_for_its_owner_alone() {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::tls(&app.upstream(""));
    for (name, mode) in [("", 0o700), ("admin.sock", 0o600), ("ca.key", 0o600)] {
        let path = gateway.data().path().join(name);
        let permissions = fs::metadata(&path).unwrap().permissions();
        assert_eq!(permissions.mode() & 0o777, mode, "{}", path.display());
    }
}

#[test]
fn controls_are_listed_from_the_node_that_runs() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::answering(ok("text/plain", "x"));
    let _process = node(folder.path(), &app, &[]);
    let data = folder.path().to_str().unwrap();
    let table = run(&["control", "list", "--data-dir", data]);
    let table = String::from_utf8(table.stdout).unwrap();
    let rows: Vec<Vec<&str>> = table
        .lines()
        .map(|line| line.split_whitespace().take(3).collect())
        .collect();
    for row in [
        ["edge.client-ip", "always", "proved"],
        ["edge.headers", "enforce", "proved"],
    ] {
        assert!(rows.contains(&row.to_vec()), "{table}");
    }

    let json = run(&["control", "list", "--json", "--data-dir", data]);
    let json: Value = serde_json::from_slice(&json.stdout).unwrap();
    let controls = json["controls"].as_array().unwrap();
    let control = controls.iter().find(|row| row["control"] == "edge.headers");
    let control = control.unwrap();
    assert_eq!(control["state"], "proved");
    assert!(control["hostile"].as_u64() > Some(0));
}

#[test]
fn without_a_node_the_command_says_how_to_get_one() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let alone = run(&["control", "list", "--data-dir", data]);
    let errors = String::from_utf8(alone.stderr).unwrap();
    assert_eq!(alone.status.code(), Some(3));
    for says in ["no node answers", "palisade serve", "--data-dir"] {
        assert!(errors.contains(says), "{errors}");
    }
}

#[test]
fn the_check_of_a_configuration_answers_by_its_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("palisade.toml");
    let app = "[[upstreams]]\nname = \"app\"\nurls = [\"http://127.0.0.1:1\"]\n";
    for (more, code, says) in [
        ("", 0, "is good: 1 upstream, 1 route."),
        ("[admin]\naddress = \"0.0.0.0:9443\"\n", 1, "admin.address"),
    ] {
        fs::write(&file, format!("{app}{more}")).unwrap();
        let checked = run(&["config", "check", "-c", file.to_str().unwrap()]);
        let output = String::from_utf8(checked.stdout).unwrap();
        assert_eq!(checked.status.code(), Some(code), "{output}");
        assert!(output.contains(says), "{output}");
    }
}

#[test]
fn a_command_line_that_makes_no_sense_is_told_apart_from_a_failure() {
    assert_eq!(run(&["serve", "--prot", "1"]).status.code(), Some(2));
}

#[test]
fn the_admin_listener_answers_to_loopback_names_alone() {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::plain(&app.upstream(""));
    let ask = |path: &str, lines: &str| {
        let mut client = Client::tls(gateway.admin_address(), &gateway.ca());
        client
            .send(format!("GET {path} HTTP/1.1\r\n{lines}\r\n"))
            .unwrap();
        client.answer()
    };
    let own = ask("/api/v1/controls", "Host: localhost:9443\r\n");
    assert_eq!(own.json()["controls"][0]["state"], "proved");
    let page = ask("/", "Host: 127.0.0.1\r\n");
    assert!(page.text().contains("edge.headers"));
    assert!(
        page.one("content-security-policy")
            .contains("default-src 'none'")
    );
    assert_eq!(ask("/", "Host: rebound.test\r\n").status(), 421);
    let foreign = "Host: localhost\r\nOrigin: https://evil.test\r\n";
    assert_eq!(ask("/api/v1/node", foreign).status(), 421);
}

#[test]
fn ops_says_that_it_lives_and_that_it_is_ready() {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::plain(&app.upstream(""));
    let mut client = Client::plain(gateway.ops_address());
    assert_eq!(client.get("/healthz").json()["status"], "ok");
    let ready = client.get("/readyz");
    assert_eq!(
        (ready.status(), &ready.json()["generation"]),
        (200, &1.into())
    );
}
