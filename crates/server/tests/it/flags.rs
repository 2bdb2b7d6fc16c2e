//! Runtime flags on a running node: off with the next request, there again after `kill -9`, kept
//! over a reload, and told to the app.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use rustix::process::Signal;
use serde_json::Value;

use crate::app::{App, ok};
use crate::gateway::TestGateway;
use crate::process::told;
use crate::process::{Process, run};

const FLAGS: &str = "\
[flags.uploads]
description = \"Photo uploads\"
paths = [\"/api/uploads/**\"]
methods = [\"POST\"]

[flags.beta]
default = false
paths = [\"/beta/**\"]
when_off = \"not-found\"

[flags.new-checkout]
default = false
";

fn node(folder: &Path, text: &str) -> Process {
    let file = folder.join("palisade.toml");
    fs::write(&file, text).unwrap();
    let arguments = ["-c", file.to_str().unwrap(), "--log-format", "off"];
    Process::serve(&folder.join("data"), &arguments, Stdio::null())
}

fn upload(process: &Process) -> u16 {
    let line = "Content-Length: 0\r\n";
    process
        .client()
        .ask("POST", "/api/uploads/1", line)
        .status()
}

#[test]
fn a_part_that_is_turned_off_is_off_at_once_and_after_a_kill_until_it_is_turned_on() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::answering(ok("text/plain", "x"));
    let configuration = app.upstream("") + FLAGS;
    let process = node(folder.path(), &configuration);
    let mut client = process.client();
    assert_eq!(upload(&process), 200);

    let off = ["flag", "set", "uploads", "off", "--reason", "virus wave"];
    assert!(told(folder.path(), &off).starts_with("uploads: off"));
    // On a connection that lives too.
    let refused = client.ask("POST", "//api/Uploads/1", "Content-Length: 0\r\n");
    assert_eq!(
        (refused.status(), refused.json()["code"].as_str()),
        (503, Some("switched-off"))
    );
    assert_eq!(refused.one("retry-after"), "300");
    assert_eq!(client.get("/api/uploads/1").status(), 200);
    assert_eq!(client.get("/beta").status(), 404);
    let refusals = "palisade_flag_refusals_total{flag=\"uploads\"} 1\n";
    assert!(process.metrics().contains(refusals));

    process.signal(Signal::KILL);
    drop(process);
    let process = node(folder.path(), &configuration);
    assert_eq!(upload(&process), 503, "it was acknowledged");
    let list = told(folder.path(), &["flag", "list"]);
    assert!(list.contains("uploads       off  Photo uploads"), "{list}");
    assert!(list.contains("Z (virus wave)"), "{list}");
    told(folder.path(), &["flag", "set", "uploads", "on"]);
    assert_eq!(upload(&process), 200);
    let record = told(folder.path(), &["change", "list"]);
    assert!(
        record.contains("flag.set          uploads: off → on"),
        "{record}"
    );
}

#[test]
fn what_an_operator_has_set_outlives_a_reload_and_a_time_out_of_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::answering(ok("text/plain", "x"));
    let configuration = app.upstream("") + FLAGS;
    let process = node(folder.path(), &configuration);
    let reload = |text: &str| {
        fs::write(folder.path().join("palisade.toml"), text).unwrap();
        process.signal(Signal::HUP);
        process.message("A new policy is in force");
    };
    told(folder.path(), &["flag", "set", "beta", "on"]);
    told(folder.path(), &["flag", "set", "uploads", "off"]);
    reload(&(configuration.clone() + "description = \"another\"\n"));
    assert_eq!(process.client().get("/beta").status(), 200);
    assert_eq!(upload(&process), 503);

    reload(&app.upstream(""));
    assert_eq!(upload(&process), 200);
    let list = told(folder.path(), &["flag", "list"]);
    assert!(list.contains("not in the configuration"), "{list}");
    reload(&configuration);
    assert_eq!(upload(&process), 503);
    told(folder.path(), &["flag", "set", "uploads", "default"]);
    assert_eq!(upload(&process), 200);
}

#[test]
fn the_app_is_told_of_every_flag_and_believes_no_client() {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::plain(&(app.upstream("") + FLAGS));
    let forged = "Palisade-Flags: beta\r\npalisade_flags: beta\r\nPalisade-Role: admin\r\n";
    gateway.client().ask("GET", "/", forged);
    let seen = app.request();
    assert_eq!(
        seen.all("palisade-flags"),
        ["beta=?0, new-checkout=?0, uploads"]
    );
    assert_eq!(seen.all("palisade_flags"), [""; 0]);
    assert_eq!(seen.all("palisade-role"), [""; 0]);

    gateway.get("/beta");
    // Workers write their lines in no order.
    let lines = gateway.log.lines(2);
    assert!(lines.iter().any(|line| line["flag"] == "beta"));
    gateway.rewrite(&app.upstream(""));
    gateway.reload().unwrap();
    gateway.client().ask("GET", "/", forged);
    assert_eq!(app.request().all("palisade-flags"), [""; 0]);
}

#[test]
fn a_name_that_is_no_flag_is_answered_with_the_nearest() {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::plain(&(app.upstream("") + FLAGS));
    let data = gateway.data().path().to_str().unwrap().to_owned();
    let refused = run(&["flag", "set", "uplods", "off", "--data-dir", &data]);
    assert_eq!(refused.status.code(), Some(3));
    let errors = String::from_utf8(refused.stderr).unwrap();
    assert!(errors.contains("did you mean `uploads`?"), "{errors}");
    let output = run(&["flag", "list", "--json", "--data-dir", &data]);
    let list: Value = serde_json::from_slice(&output.stdout).unwrap();
    let uploads = &list["flags"][2];
    assert_eq!(
        (&uploads["name"], &uploads["on"]),
        (&"uploads".into(), &true.into())
    );
    assert_eq!(uploads["configured"]["paths"][0], "/api/uploads/**");
}

#[test]
fn a_flag_that_could_refuse_nothing_is_not_put_in_force() {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::plain(&app.upstream(""));
    let ours = "[flags.health]\npaths = [\"/.palisade/**\"]\n";
    gateway.rewrite(&(app.upstream("") + ours));
    let refused = gateway.reload().unwrap_err().to_string();
    assert!(
        refused.contains("flags.health.paths: the flag would not bite"),
        "{refused}"
    );
}
