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
use crate::process::{Process, run, told};
use crate::wire::Message;

fn node(folder: &Path, app: &App) -> Process {
    node_with(folder, app, "")
}

fn node_with(folder: &Path, app: &App, rest: &str) -> Process {
    let file = folder.join("palisade.toml");
    fs::write(&file, app.upstream("") + rest).unwrap();
    let arguments = ["-c", file.to_str().unwrap()];
    Process::serve(&folder.join("data"), &arguments, Stdio::null())
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

/// Loopback is never banned: clients come through a proxy on it.
const TRUSTING: &str = "[listen]\ntrusted_proxies = [\"127.0.0.1\"]\n";

fn ask_as(client: &str, process: &Process) -> Message {
    let client = format!("X-Forwarded-For: {client}\r\n");
    process.client().ask("GET", "/", &client)
}

#[test]
fn a_ban_acts_at_once_survives_a_kill_and_ends_when_it_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::answering(ok("text/plain", "x"));
    let start = || node_with(folder.path(), &app, TRUSTING);
    let process = start();
    let ban = [
        "ban",
        "add",
        "203.0.113.9",
        "--for",
        "10m",
        "--why",
        "a test",
    ];
    assert!(told(folder.path(), &ban).starts_with("203.0.113.9/32"));
    let refused = ask_as("203.0.113.9", &process);
    assert_eq!(
        (refused.status(), refused.json()["code"].as_str()),
        (403, Some("banned"))
    );
    process.signal(Signal::KILL);
    drop(process);
    let process = start();
    assert_eq!(
        ask_as("203.0.113.9", &process).status(),
        403,
        "it was acknowledged"
    );
    assert!(told(folder.path(), &["ban", "list"]).contains("operator         a test"));
    told(folder.path(), &["ban", "remove", "203.0.113.9"]);
    assert_eq!(ask_as("203.0.113.9", &process).status(), 200);
    assert_eq!(told(folder.path(), &["ban", "list"]), "");
}

#[test]
fn a_list_of_bans_is_taken_from_a_file_and_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::answering(ok("text/plain", "x"));
    let start = || node_with(folder.path(), &app, TRUSTING);
    let process = start();
    let list = folder.path().join("list.txt");
    let many: String = (0..2500)
        .map(|number| format!("11.0.{}.{}\n", number / 250, number % 250))
        .collect();
    fs::write(
        &list,
        format!("# a list\n{many}203.0.113.0/24 ; a network\n"),
    )
    .unwrap();
    let list = list.to_str().unwrap();
    let add = ["ban", "add", "--file", list, "--for", "1h"];
    assert_eq!(told(folder.path(), &add), "2501 networks are banned\n");
    assert_eq!(ask_as("203.0.113.9", &process).status(), 403);
    process.signal(Signal::KILL);
    drop(process);
    let process = start();
    let answer = ask_as("203.0.113.9", &process);
    assert_eq!(answer.status(), 403, "it was acknowledged");
    assert!(told(folder.path(), &["change", "list"]).contains("501 networks"));
}

#[test]
fn a_list_with_mistakes_bans_nobody_and_tells_each_line() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::answering(ok("text/plain", "x"));
    let _process = node(folder.path(), &app);
    let list = folder.path().join("list.txt");
    let refused = |text: &str| {
        fs::write(&list, text).unwrap();
        let data = folder.path().join("data");
        let (list, data) = (list.to_str().unwrap(), data.to_str().unwrap());
        let output = run(&["ban", "add", "--file", list, "--data-dir", data]);
        assert_eq!(output.status.code(), Some(3));
        String::from_utf8(output.stderr).unwrap()
    };
    let errors = refused("192.0.2.7\nexample.com\n\n192.0.2.0/33\n");
    assert!(errors.contains("line 2: \"example.com\""), "{errors}");
    assert!(errors.contains("line 4: "), "{errors}");
    let errors = refused("192.0.2.7\n0.0.0.0/0\n");
    assert!(errors.contains("lines 1 to 2 were not taken"), "{errors}");
    assert!(errors.contains("large part of the internet"), "{errors}");
    assert_eq!(told(folder.path(), &["ban", "list"]), "");
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
    for reason in ["one\nuid:0  token.create", "\u{1b}[2J"] {
        let body = json!({ "on": true, "reason": reason });
        let refused = ask(&gateway, "PUT", "/api/v1/maintenance", token, &body);
        assert_eq!(refused.status(), 400, "{body}");
        assert!(refused.text().contains("on one line"), "{body}");
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
