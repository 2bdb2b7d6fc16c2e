//! What goes wrong from outside: the right status or an error that says what to do, counted.

use std::fs::{self, File};
use std::io::Read;
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;

use http::Request;

use crate::app::{App, ok};
use crate::certificates::Pair;
use crate::gateway::{TestGateway, sample_of};
use crate::patience::eventually;
use crate::process::{Process, run};

#[track_caller]
fn check_lie(lie: &'static [u8], code: &str) {
    let app = App::scripted(move |wire, _| {
        wire.message()?;
        wire.send(lie)
    });
    let gateway = TestGateway::plain(&app.upstream("retries_max = 0"));
    let answer = gateway.get("/");
    assert_eq!(answer.status(), 502);
    assert_eq!(
        answer.json()["code"],
        code,
        "{}",
        String::from_utf8_lossy(lie)
    );
    gateway.await_metric(&format!("palisade_problems_total{{code=\"{code}\"}}"), 1);
    assert_eq!(gateway.log.line()["problem"], code);
}

#[test]
fn an_answer_that_is_not_http_is_a_502_that_says_so() {
    check_lie(b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "upstream-invalid");
    check_lie(
        b"HTTP/1.1 200 OK\r\nbroken header\r\n\r\n",
        "upstream-invalid",
    );
    check_lie(
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        "upstream-invalid",
    );
    check_lie(b"HTTP/9.9 200 OK\r\n\r\n", "upstream-invalid");
    check_lie(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "upstream-invalid",
    );
}

#[test]
fn a_request_that_cannot_be_forwarded_without_guessing_is_refused() {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::plain(&app.upstream(""));
    for (request, status, code) in [
        ("GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400, "bad-request"),
        ("GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400, "bad-request"),
        (
            "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
            400,
            "bad-request",
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            501,
            "transfer-coding-not-supported",
        ),
    ] {
        let mut client = gateway.client();
        client.send(request).unwrap();
        let answer = client.answer();
        assert_eq!(
            (answer.status(), &answer.json()["code"]),
            (status, &code.into()),
            "{request}"
        );
    }
    assert!(app.unseen_requests().is_empty());
}

#[test]
fn over_http2_the_bounds_and_forms_of_http1_hold() {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::tls(&app.upstream(""));
    let get = || Request::get("https://localhost/");
    let with_fields = |count: usize, name: fn(usize) -> String| {
        (0..count).fold(get(), |request, at| request.header(name(at), "1"))
    };
    let many = with_fields(101, |at| format!("x-field-{at}"));
    let refused = gateway.http2_client().send(many, "");
    assert_eq!(
        (refused.status(), refused.json()["code"].as_str()),
        (431, Some("header-too-large"))
    );
    let crumbs = with_fields(101, |_| "cookie".to_owned());
    assert_eq!(gateway.http2_client().send(crumbs, "").status(), 200);
    app.request();
}

#[test]
fn an_app_that_switches_to_what_nobody_offered_is_a_502() {
    let switch = |to: &str| {
        let head = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n";
        let app = App::answering(format!("{head}Upgrade: {to}\r\n\r\n"));
        let folder = tempfile::tempdir().unwrap();
        let process = node(folder.path(), &app, Stdio::null());
        let offers = "Connection: Upgrade\r\nUpgrade: foo/2, websocket\r\n";
        process.client().ask("GET", "/", offers).status()
    };
    assert_eq!(switch("WebSocket"), 101);
    assert_eq!(switch("foo/2"), 101);
    assert_eq!(switch("h2c"), 502);
    assert_eq!(switch("websocket, bar"), 502);
}

#[test]
fn an_app_that_closes_without_an_answer_is_a_502() {
    check_lie(b"", "upstream-unreachable");
    check_lie(b"HTTP/1.1 200 O", "upstream-unreachable");
}

#[test]
fn a_head_without_end_is_a_502() {
    let app = App::scripted(|wire, _| {
        wire.message()?;
        wire.send("HTTP/1.1 200 OK\r\n")?;
        loop {
            wire.send("X-More: and more and more and more and more\r\n".repeat(1000))?;
        }
    });
    let gateway = TestGateway::plain(&app.upstream(""));
    assert_eq!(gateway.get("/").json()["code"], "upstream-invalid");
}

/// The client must never take half a body for a whole one.
#[track_caller]
fn check_broken(head_and_half: &'static str) {
    let app = App::scripted(move |wire, _| {
        wire.message()?;
        wire.send(head_and_half)
    });
    let gateway = TestGateway::tls(&app.upstream(""));
    let mut client = gateway.client();
    client
        .send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .unwrap();
    let mut message = client.head().unwrap();
    assert_eq!(message.status(), 200);
    assert!(client.body_of(&mut message).is_err());
    let request = Request::get("https://localhost/");
    assert!(gateway.http2_client().try_send(request, "").is_err());
    for line in gateway.log.lines(2) {
        assert_eq!(line["complete"], false);
    }
}

#[test]
fn a_body_shorter_than_its_length_is_broken_for_the_client_too() {
    check_broken("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
}

#[test]
fn a_chunked_body_without_its_end_is_broken_for_the_client_too() {
    check_broken("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
}

#[test]
fn a_chunked_body_with_a_broken_chunk_is_broken_for_the_client_too() {
    check_broken("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nXYZ\r\n");
}

#[test]
fn a_hanging_app_is_a_504_in_the_time_configured() {
    let app = App::scripted(|wire, _| wire.rest().map(drop));
    let gateway = TestGateway::plain(&app.upstream("first_byte_timeout = \"1s\""));
    assert_eq!(gateway.get("/").json()["code"], "upstream-timeout");
    let url = format!("http://{}", app.address());
    let timeouts =
        format!("palisade_upstream_timeouts_total{{upstream=\"app\",instance=\"{url}\"}}");
    assert_eq!(gateway.metric(&timeouts), 1);
}

#[test]
fn a_client_that_never_finishes_its_head_is_let_go() {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::plain(&(app.upstream("") + "[listen]\nheader_timeout = \"1s\"\n"));
    let mut client = gateway.client();
    client.send("GET / HTTP/1.1\r\nHost: a\r\n").unwrap();
    // Waiting in vain would be an error, and an answer would be bytes.
    client.rest().expect("the gateway closes the connection");
    assert!(app.unseen_requests().is_empty());
}

#[test]
fn connections_beyond_the_limit_are_closed_and_counted() {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::plain(&(app.upstream("") + "[listen]\nconnections_max = 1\n"));
    let mut first = gateway.client();
    assert_eq!(first.get("/").status(), 200);
    let mut second = gateway.client();
    // Closed unread: whether the client sees an end or a reset depends on what it has sent.
    assert!(second.head().is_err());
    assert_eq!(first.get("/").status(), 200);
    assert_eq!(gateway.metric("palisade_connections_refused_total"), 1);
}

/// Runs a command that must fail, and gives what it says.
#[track_caller]
fn complaint(arguments: &[&str], exit_code: i32) -> String {
    let output = run(arguments);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(exit_code), "{errors}");
    errors
}

#[test]
fn a_port_in_use_is_named_together_with_the_flag_that_chooses_another() {
    const FLAGS: [&str; 3] = ["--port", "--admin-port", "--ops-port"];
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = holder.local_addr().unwrap().port().to_string();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let file = folder.path().join("palisade.toml");
    fs::write(
        &file,
        format!("{UPSTREAM}[listen]\nmode = \"plain\"\naddress = \"127.0.0.1:1\"\n"),
    )
    .unwrap();
    for taken in FLAGS {
        let mut arguments = vec!["serve", "-c", file.to_str().unwrap(), "--data-dir", data];
        for flag in FLAGS {
            arguments.extend([flag, if flag == taken { &port } else { "0" }]);
        }
        let complaint = complaint(&arguments, 3);
        assert!(
            complaint.contains(&port) && complaint.contains(taken),
            "{taken}: {complaint}"
        );
    }
}

#[track_caller]
fn check_configuration(text: &str, says: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("palisade.toml");
    fs::write(&file, text).unwrap();
    let complaint = complaint(&["serve", "-c", file.to_str().unwrap()], 1);
    for expected in says.iter().chain([&"palisade.toml"]) {
        assert!(complaint.contains(expected), "{expected}: {complaint}");
    }
}

const UPSTREAM: &str = "[[upstreams]]\nname = \"app\"\nurls = [\"http://127.0.0.1:1\"]\n";

#[test]
fn a_configuration_cut_short_is_refused_with_its_place() {
    check_configuration(
        "[[upstreams]]\nname = \"app\"\nurls = [\"http://127.0",
        &["3:"],
    );
    check_configuration("[listen", &["1:"]);
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest_name() {
    let text = format!("{UPSTREAM}[listen]\nadress = \"127.0.0.1:0\"\n");
    check_configuration(&text, &["adress", "`address`", "5:"]);
}

#[test]
fn a_configuration_that_cannot_be_read_is_named() {
    let missing = complaint(&["serve", "-c", "/nowhere/palisade.toml"], 1);
    assert!(missing.contains("/nowhere/palisade.toml"), "{missing}");
    let folder = complaint(&["serve", "-c", "/tmp"], 1);
    assert!(folder.contains("/tmp"), "{folder}");
}

#[test]
fn an_expired_certificate_is_named_together_with_when_it_ended() {
    let folder = tempfile::tempdir().unwrap();
    let past = time::macros::datetime!(2024-02-03 0:00 UTC);
    let pair = Pair::write(folder.path(), "old", past);
    let file = folder.path().join("palisade.toml");
    fs::write(&file, format!("{UPSTREAM}{}", pair.section())).unwrap();
    let data = folder.path().join("data");
    let complaint = complaint(
        &[
            "serve",
            "-c",
            file.to_str().unwrap(),
            "--data-dir",
            data.to_str().unwrap(),
        ],
        1,
    );
    assert!(
        complaint.contains("old.pem expired on 2024-02-03"),
        "{complaint}"
    );
}

#[test]
fn an_unknown_host_is_told_that_it_is_not_served_here() {
    let app = App::answering(ok("text/plain", "x"));
    let only = "[[routes]]\nhost = \"shop.test\"\nupstream = \"app\"\n";
    // Else the app would be asked for decoys.
    let no_decoys = "[edge.honeypot]\nmode = \"off\"\n";
    let gateway = TestGateway::tls(&(app.upstream("") + only + no_decoys));
    let elsewhere = gateway.get("/");
    assert_eq!(
        (elsewhere.status(), elsewhere.json()["code"].clone()),
        (421, "unknown-host".into())
    );
    assert!(app.unseen_requests().is_empty());
    let mut client = gateway.client();
    client
        .send("GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n")
        .unwrap();
    assert_eq!(client.answer().status(), 200);
}

/// A node over an app, with `access_log` as its standard output.
fn node(data: &Path, app: &App, access_log: Stdio) -> Process {
    let url = format!("http://{}", app.address());
    Process::serve(
        data,
        &["--upstream", &url, "--log-format", "json"],
        access_log,
    )
}

#[track_caller]
fn check_lost_lines(process: &Process) {
    let mut client = process.client();
    for _ in 0..3 {
        assert_eq!(client.get("/").status(), 200);
    }
    eventually("the lost lines are counted", || {
        let lost = sample_of(&process.metrics(), "palisade_access_log_dropped_total");
        (lost == 3).then_some(())
    });
    process.message("The access log cannot be written");
    assert_eq!(client.get("/").status(), 200);
}

#[test]
fn a_full_disk_costs_log_lines_and_no_request() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::answering(ok("text/plain", "x"));
    let full = File::options().write(true).open("/dev/full").unwrap();
    check_lost_lines(&node(folder.path(), &app, full.into()));
}

#[test]
fn a_closed_output_costs_log_lines_and_no_request() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::answering(ok("text/plain", "x"));
    let mut process = node(folder.path(), &app, Stdio::piped());
    drop(process.stdout());
    check_lost_lines(&process);
}

#[test]
fn a_slow_reader_of_the_log_holds_up_no_request_and_misses_nothing() {
    /// Together far more than a pipe holds (64 KiB), and less than the log's own buffers.
    const REQUESTS: usize = 1_000;
    let folder = tempfile::tempdir().unwrap();
    let app = App::answering(ok("text/plain", "x"));
    let mut process = node(folder.path(), &app, Stdio::piped());
    let mut client = process.client();
    for _ in 0..REQUESTS {
        assert_eq!(client.get("/").status(), 200);
    }
    let mut output = process.stdout();
    process.signal(rustix::process::Signal::TERM);
    let mut lines = String::new();
    output.read_to_string(&mut lines).unwrap();
    assert_eq!(lines.lines().count(), REQUESTS);
    assert_eq!(process.exit_code(), 0);
}
