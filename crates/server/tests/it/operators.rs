//! What operators decree on a running node: in force at once, there again after `kill -9`, and
//! closed to whoever may not.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::app::{App, ok};
use crate::client::Client;
use crate::gateway::TestGateway;
use crate::process::{Process, run};
use crate::wire::Message;

/// Rounds of decrees and kills.
const KILLS: usize = 20;

fn node(folder: &Path, app: &App) -> Process {
    let file = folder.join("palisade.toml");
    fs::write(&file, app.upstream("")).unwrap();
    let arguments = ["-c", file.to_str().unwrap()];
    Process::serve(&folder.join("data"), &arguments, Stdio::null())
}

/// Runs a command on the node of `folder` and returns what it prints.
pub(crate) fn told(folder: &Path, arguments: &[&str]) -> String {
    let data = folder.join("data");
    let arguments = [arguments, &["--data-dir", data.to_str().unwrap()]].concat();
    let output = run(&arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_kill_switch_shuts_the_app_tells_for_how_long_and_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::answering(ok("text/plain", "x"));
    let process = node(folder.path(), &app);
    assert_eq!(process.client().get("/").status(), 200);
    let on = ["maintenance", "on", "--for", "10m", "--why", "a test"];
    assert!(told(folder.path(), &on).starts_with("shut: "));

    let shut = process.client().get("/");
    assert_eq!(
        (shut.status(), shut.json()["code"].as_str()),
        (503, Some("maintenance"))
    );
    let wait: u32 = shut.one("retry-after").parse().unwrap();
    assert!((590..=600).contains(&wait), "{wait}");
    assert_eq!(process.client().get("/.palisade/health").status(), 200);

    process.signal(Signal::KILL);
    drop(process);
    let process = node(folder.path(), &app);
    assert_eq!(
        process.client().get("/").status(),
        503,
        "it was acknowledged"
    );
    assert!(told(folder.path(), &["maintenance", "off"]).starts_with("open: "));
    assert_eq!(process.client().get("/").status(), 200);
    let record = told(folder.path(), &["change", "list"]);
    let lines: Vec<&str> = record.lines().collect();
    assert!(lines[0].contains("maintenance.off"), "{record}");
    assert!(
        lines[1].contains("uid:") && lines[1].ends_with("(a test)"),
        "{record}"
    );
}

#[test]
fn a_decreed_mode_acts_at_once_and_is_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::answering(ok("text/plain", "x"));
    let process = node(folder.path(), &app);
    let framed = |process: &Process| {
        process
            .client()
            .get("/")
            .has("x-frame-options", "SAMEORIGIN")
    };
    assert!(framed(&process));
    told(
        folder.path(),
        &["control", "mode", "edge.headers", "shadow"],
    );
    assert!(!framed(&process));
    assert!(told(folder.path(), &["control", "list"]).contains("set by an operator"));
    told(folder.path(), &["control", "mode", "edge.headers"]);
    assert!(framed(&process));
    let data = folder.path().join("data");
    let unknown = ["control", "mode", "edge.header", "off", "--data-dir"];
    let refused = run(&[&unknown[..], &[data.to_str().unwrap()]].concat());
    assert_eq!(refused.status.code(), Some(3));
    let errors = String::from_utf8(refused.stderr).unwrap();
    assert!(
        errors.contains("There is no control `edge.header`"),
        "{errors}"
    );
}

#[test]
fn a_ban_acts_at_once_survives_a_kill_and_ends_when_it_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::answering(ok("text/plain", "x"));
    let process = node(folder.path(), &app);
    let ban = ["ban", "add", "127.0.0.1", "--for", "10m", "--why", "a test"];
    assert!(told(folder.path(), &ban).starts_with("127.0.0.1/32"));
    let refused = process.client().get("/");
    assert_eq!(
        (refused.status(), refused.json()["code"].as_str()),
        (403, Some("banned"))
    );
    process.signal(Signal::KILL);
    drop(process);
    let process = node(folder.path(), &app);
    assert_eq!(
        process.client().get("/").status(),
        403,
        "it was acknowledged"
    );
    assert!(told(folder.path(), &["ban", "list"]).contains("operator  a test"));
    told(folder.path(), &["ban", "remove", "127.0.0.1"]);
    assert_eq!(process.client().get("/").status(), 200);
    assert_eq!(told(folder.path(), &["ban", "list"]), "");
}

#[test]
fn whatever_was_acknowledged_is_there_after_twenty_kills() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::answering(ok("text/plain", "x"));
    for round in 0..KILLS {
        let process = node(folder.path(), &app);
        let expected = if round % 2 == 0 { 200 } else { 503 };
        assert_eq!(
            process.client().get("/").status(),
            expected,
            "round {round}"
        );
        let word = if round % 2 == 0 { "on" } else { "off" };
        told(folder.path(), &["maintenance", word]);
        process.signal(Signal::KILL);
    }
    let _process = node(folder.path(), &app);
    let record: Value =
        serde_json::from_str(&told(folder.path(), &["change", "list", "--json"])).unwrap();
    assert_eq!(record["changes"].as_array().unwrap().len(), KILLS);
}

/// Asks the admin API over HTTPS.
fn ask(gateway: &TestGateway, method: &str, path: &str, token: &str, body: &Value) -> Message {
    let mut client = Client::tls(gateway.admin_address(), &gateway.ca());
    let credential = match token {
        "" => String::new(),
        token => format!("Authorization: Bearer {token}\r\n"),
    };
    let body = body.to_string();
    let length = body.len();
    client
        .send(format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\n{credential}\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        ))
        .unwrap();
    client.answer()
}

#[test]
fn over_https_a_token_says_what_one_may() {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::plain(&app.upstream(""));
    let on = json!({ "on": true });
    let shut = |token: &str| ask(&gateway, "PUT", "/api/v1/maintenance", token, &on);
    let none = shut("");
    assert_eq!(none.status(), 401);
    assert!(none.one("www-authenticate").starts_with("Bearer"));
    assert_eq!(shut("pal_000000000000_nonsense").status(), 401);

    let data = gateway.data().path().to_str().unwrap().to_owned();
    let create = |permission: &str| {
        let arguments = [
            "admin",
            "token",
            "create",
            "--name",
            "t",
            "--permission",
            permission,
        ];
        let output = run(&[&arguments[..], &["--data-dir", &data]].concat());
        let told = String::from_utf8(output.stdout).unwrap();
        told.lines().next().unwrap().to_owned()
    };
    let (reader, operator) = (create("read"), create("operate"));
    let refused = shut(&reader);
    assert_eq!(refused.status(), 403);
    assert!(refused.text().contains("operate"));
    assert_eq!(gateway.get("/").status(), 200, "nothing has changed");
    assert_eq!(shut(&operator).json()["on"], true);
    assert_eq!(gateway.get("/").status(), 503);
    let seen = ask(&gateway, "GET", "/api/v1/changes", &reader, &json!({}));
    let actor = seen.json()["changes"][0]["actor"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        operator.contains(actor.strip_prefix("token:").unwrap()),
        "{actor}"
    );
    let tokens = ask(&gateway, "GET", "/api/v1/tokens", &operator, &json!({}));
    assert_eq!(tokens.status(), 403);
}

#[test]
fn nonsense_for_the_admin_api_is_told_and_changes_nothing() {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::plain(&app.upstream(""));
    let data = gateway.data().path().to_str().unwrap().to_owned();
    let arguments = [
        "admin",
        "token",
        "create",
        "--name",
        "t",
        "--permission",
        "operate",
    ];
    let output = run(&[&arguments[..], &["--data-dir", &data]].concat());
    let told = String::from_utf8(output.stdout).unwrap();
    let token = told.lines().next().unwrap();
    for body in [
        json!({}),
        json!({ "on": 1 }),
        json!({ "on": true, "of": 1 }),
        json!([]),
    ] {
        let refused = ask(&gateway, "PUT", "/api/v1/maintenance", token, &body);
        assert_eq!(refused.status(), 400, "{body}");
        assert!(refused.text().contains("cannot be read"), "{body}");
    }
    assert_eq!(gateway.get("/").status(), 200);
}

#[test]
fn the_openapi_document_names_every_endpoint_and_what_it_asks_for() {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::plain(&app.upstream(""));
    let document = gateway.admin("/api/v1/openapi.json").json();
    assert_eq!(document["openapi"], "3.1.0");
    let shut = &document["paths"]["/api/v1/maintenance"]["put"];
    assert_eq!(shut["x-permission"], "operate");
    let reference = shut["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str();
    let name = reference
        .unwrap()
        .strip_prefix("#/components/schemas/")
        .unwrap();
    assert!(document["components"]["schemas"][name]["properties"]["on"].is_object());
    let parameters = &document["paths"]["/api/v1/controls/{control}/mode"]["put"]["parameters"];
    assert_eq!(parameters[0]["name"], "control");
}
