//! What is written down: enough to run a service, nothing that must not be read.

use std::collections::BTreeSet;
use std::io::Read;
use std::process::Stdio;
use std::sync::mpsc::channel;

use rustix::process::Signal;

use crate::app::{App, answer, nobody, ok};
use crate::gateway::TestGateway;
use crate::patience::PATIENCE;
use crate::process::Process;

#[test]
fn each_request_is_one_line_with_these_fields() {
    let app = App::answering(ok("text/plain", "hello"));
    let gateway = TestGateway::tls(&app.upstream(""));
    let mut client = gateway.client();
    client
        .send("POST /a?token=t HTTP/1.1\r\nHost: Shop.test\r\nContent-Length: 2\r\n\r\nhi")
        .unwrap();
    client.answer();
    let line = gateway.log.line();
    let fields: Vec<&str> = line
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        fields,
        [
            "bytes_in",
            "bytes_out",
            "client",
            "complete",
            "controls",
            "duration_us",
            "host",
            "method",
            "path",
            "protocol",
            "request_id",
            "secure",
            "status",
            "time",
            "upstream",
            "upstream_status",
            "upstream_us",
        ]
    );
    for (field, value) in [
        ("method", "POST"),
        ("host", "shop.test"),
        ("path", "/a"),
        ("client", "127.0.0.0"),
        ("protocol", "HTTP/1.1"),
        ("upstream", "app"),
    ] {
        assert_eq!(line[field], value);
    }
    for (field, value) in [
        ("status", 200),
        ("upstream_status", 200),
        ("bytes_in", 2),
        ("bytes_out", 5),
    ] {
        assert_eq!(line[field], value, "{field}");
    }
    assert_eq!(
        (&line["secure"], &line["complete"]),
        (&true.into(), &true.into())
    );
    assert_eq!(line["controls"]["edge.headers"], "amended");
}

/// 499 is what nginx made customary for a client that did not wait for its answer.
#[test]
fn a_client_that_leaves_before_its_answer_is_logged_and_the_app_is_let_go() {
    let (tell, left) = channel();
    let app = App::scripted(move |wire, requests| {
        let _ = requests.send(wire.message()?);
        let rest = wire.rest();
        let _ = tell.send(());
        rest.map(drop)
    });
    let gateway = TestGateway::tls(&app.upstream(""));
    let mut client = gateway.client();
    client
        .send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        .unwrap();
    app.request();
    drop(client);
    left.recv_timeout(PATIENCE)
        .expect("the app sees that nobody waits");
    let line = gateway.log.line();
    assert_eq!(
        (&line["status"], &line["path"]),
        (&499.into(), &"/slow".into())
    );
    assert_eq!(line["complete"], false);
}

#[test]
fn a_path_cannot_break_out_of_its_line() {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::plain(&app.upstream(""));
    let path = "/\"},{\"status\":200,\\u0022%0a%22";
    gateway.get(path);
    assert_eq!(gateway.log.line()["path"], path);
    assert_eq!(gateway.log.text().lines().count(), 1);
}

/// Whoever reads logs and metrics must not find what users and apps entrust to the gateway.
#[test]
fn secrets_that_pass_through_appear_in_no_output() {
    const CANARY: &str = "canary-7f3a";
    let folder = tempfile::tempdir().unwrap();
    let cookie = format!("Set-Cookie: session={CANARY}\r\nX-Api-Key: {CANARY}\r\n");
    let app = App::start(move |request| match request.start.contains("/lie") {
        true => format!("{CANARY}\r\n\r\n").into_bytes(),
        false => answer(200, &cookie, CANARY),
    });
    let dead = format!(
        "[[upstreams]]\nname = \"dead\"\nurls = [\"http://{}\"]\n[[routes]]\nupstream = \"app\"\n\
         [[routes]]\npath = \"/dead\"\nupstream = \"dead\"\n[log]\nlevel = \"trace\"\n",
        nobody()
    );
    let file = folder.path().join("palisade.toml");
    std::fs::write(&file, app.upstream("") + &dead).unwrap();
    let arguments = ["-c", file.to_str().unwrap(), "--log-format", "json"];
    let mut process = Process::serve(&folder.path().join("data"), &arguments, Stdio::piped());
    let mut output = process.stdout();

    let lines = format!(
        "Authorization: Bearer {CANARY}\r\nCookie: session={CANARY}\r\nX-Api-Key: {CANARY}\r\n\
         Referer: https://a/?{CANARY}\r\nX-Forwarded-For: {CANARY}\r\nX-Request-Id: {CANARY}\r\n\
         User-Agent: {CANARY}\r\nContent-Length: {}\r\n",
        CANARY.len()
    );
    for path in ["/", "/dead", "/lie", "/.palisade/x"] {
        let mut client = process.client();
        client
            .send(format!(
                "POST {path}?t={CANARY} HTTP/1.1\r\nHost: a\r\n{lines}\r\n{CANARY}"
            ))
            .unwrap();
        client.answer();
    }
    let metrics = process.metrics();
    process.signal(Signal::TERM);
    let mut written = String::new();
    output.read_to_string(&mut written).unwrap();
    let messages = process.messages_to_the_end();
    assert_eq!(written.lines().count(), 4);
    assert!(messages.contains("The application did not answer a request"));
    for (place, text) in [
        ("log", written),
        ("metrics", metrics),
        ("messages", messages),
    ] {
        assert!(!text.contains(CANARY), "{place}: {text}");
    }
}

/// The text format of Prometheus, as far as it is used: comments, and samples with labels.
#[test]
fn the_metrics_page_is_well_formed() {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::tls(&app.upstream(""));
    gateway.get("/");
    let page = gateway.metrics();
    let (mut helped, mut typed, mut samples) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for line in page.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, _) = help.split_once(' ').unwrap();
            assert!(helped.insert(name), "{name} is helped twice");
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').unwrap();
            assert!(matches!(kind, "counter" | "gauge" | "histogram"), "{line}");
            assert!(typed.insert(name), "{name} is typed twice");
        } else {
            let (sample, value) = line.rsplit_once(' ').unwrap();
            value.parse::<f64>().unwrap();
            assert!(samples.insert(sample), "{sample} stands twice");
            let name = sample.split('{').next().unwrap();
            let family = ["_bucket", "_sum", "_count"]
                .iter()
                .find_map(|end| name.strip_suffix(end));
            let known = typed.contains(name) || family.is_some_and(|family| typed.contains(family));
            assert!(known, "{line}");
        }
    }
    assert_eq!(helped, typed);
    assert!(page.ends_with('\n'));
}

#[test]
fn whatever_clients_send_there_is_no_new_label() {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::plain(&app.upstream(""));
    let names = |page: String| -> Vec<String> {
        let samples = page.lines().filter(|line| !line.starts_with('#'));
        samples
            .map(|line| line.rsplit_once(' ').unwrap().0.to_owned())
            .collect()
    };
    let before = names(gateway.metrics());
    let mut client = gateway.client();
    for number in 0..50 {
        let request =
            format!("METHOD{number} /path{number} HTTP/1.1\r\nHost: host{number}.test\r\n\r\n");
        client.send(request).unwrap();
        assert_eq!(client.answer().status(), 200);
    }
    assert_eq!(names(gateway.metrics()), before);
    let served = "palisade_requests_total{upstream=\"app\",class=\"2xx\"}";
    gateway.await_metric(served, 50);
}
