//! A new configuration takes force without a dropped connection, or not at all.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use rustix::process::Signal;

use crate::app::{App, ok};
use crate::certificates::Pair;
use crate::client::{Client, connect};
use crate::gateway::TestGateway;
use crate::patience::eventually;
use crate::process::Process;

/// The app's configuration with a rule that shows on every answer.
fn marked(app: &App, mark: &str) -> String {
    let rule = "[[edge.headers.rules]]\nheader = \"X-Mark\"\nverb = \"set\"\n";
    format!("{}{rule}value = \"{mark}\"\n", app.upstream(""))
}

/// The binary, with `text` as its file.
fn node(folder: &Path, text: &str) -> Process {
    let file = folder.join("palisade.toml");
    fs::write(&file, text).unwrap();
    let arguments = ["-c", file.to_str().unwrap(), "--log-format", "off"];
    Process::serve(&folder.join("data"), &arguments, Stdio::null())
}

#[test]
fn a_hangup_puts_the_new_policy_in_force_on_connections_that_live() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::answering(ok("text/plain", "x"));
    let process = node(folder.path(), &marked(&app, "old"));
    let mut client = process.client();
    assert_eq!(client.get("/").one("x-mark"), "old");
    fs::write(folder.path().join("palisade.toml"), marked(&app, "new")).unwrap();
    process.signal(Signal::HUP);
    process.message("A new policy is in force");
    assert_eq!(client.get("/").one("x-mark"), "new");
}

#[test]
fn a_file_that_changed_is_noticed_and_one_that_is_half_written_waits_for_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::answering(ok("text/plain", "x"));
    let process = node(folder.path(), &marked(&app, "old"));
    let mut client = process.client();
    let whole = marked(&app, "new");
    let file = folder.path().join("palisade.toml");
    fs::write(&file, &whole[..whole.len() - 5]).unwrap();
    process.message("The new configuration is refused; the running policy stays");
    assert_eq!(client.get("/").one("x-mark"), "old");
    assert_eq!(
        process.admin("/api/v1/node").json()["last_reload_failed"],
        true
    );
    fs::write(&file, &whole).unwrap();
    process.message("A new policy is in force");
    assert_eq!(client.get("/").one("x-mark"), "new");
    assert_eq!(
        process.admin("/api/v1/node").json()["last_reload_failed"],
        false
    );
}

#[test]
fn a_file_that_changed_while_the_node_was_starting_is_noticed() {
    let app = App::answering(ok("text/plain", "x"));
    let new = marked(&app, "new");
    let gateway =
        TestGateway::plain_while(&marked(&app, "old"), |file| fs::write(file, new).unwrap());
    let mut client = gateway.client();
    eventually("the new policy is in force", || {
        (client.get("/").one("x-mark") == "new").then_some(())
    });
}

#[test]
fn a_bad_file_is_refused_whole_and_the_running_policy_stays() {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::plain(&marked(&app, "old"));
    let mut client = gateway.client();
    for bad in [
        // The good half of the file must not act either.
        marked(&app, "new") + "[compression]\nenabled = \"perhaps\"\n",
        marked(&app, "new") + "[nonsense]\n",
        app.upstream("[upstreams.tls]\nca_file = \"/nowhere/ca.pem\""),
        String::new(),
    ] {
        gateway.rewrite(&bad);
        assert!(gateway.reload().is_err(), "{bad}");
        assert_eq!(client.get("/").one("x-mark"), "old");
    }
    let node = gateway.admin("/api/v1/node").json();
    assert_eq!(
        (&node["generation"], &node["last_reload_failed"]),
        (&1.into(), &true.into())
    );
    assert_eq!(gateway.metric("palisade_policy_generation"), 1);
    // The watch may have refused one of them as well.
    assert!(gateway.metric("palisade_config_reload_failures_total") >= 4);
    fs::remove_file(gateway.file()).unwrap();
    assert!(gateway.reload().is_err(), "a file that is gone");
    assert_eq!(client.get("/").one("x-mark"), "old");
}

#[test]
fn a_request_under_way_ends_under_the_policy_it_began_with() {
    let (app, release) = App::held(ok("text/plain", "x"));
    let gateway = TestGateway::plain(&marked(&app, "old"));
    let mut client = gateway.client();
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    app.request();
    gateway.rewrite(&marked(&app, "new"));
    gateway.reload().unwrap();
    release.send(()).unwrap();
    assert_eq!(client.answer().one("x-mark"), "old");
}

#[test]
fn an_upstream_that_stays_keeps_its_connections() {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::plain(&marked(&app, "old"));
    let mut client = gateway.client();
    client.get("/");
    gateway.rewrite(&marked(&app, "new"));
    gateway.reload().unwrap();
    assert_eq!(client.get("/").one("x-mark"), "new");
    let url = format!("http://{}", app.address());
    let connects =
        format!("palisade_upstream_connects_total{{upstream=\"app\",instance=\"{url}\"}}");
    assert_eq!(gateway.metric(&connects), 1);
}

#[test]
fn what_acts_only_after_a_restart_is_said_until_it_is_as_it_was() {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::plain(&app.upstream(""));
    let fewer = app.upstream("") + "[listen]\nconnections_max = 7\n";
    for (text, needs_restart) in [
        (fewer.clone(), vec!["listen.connections_max"]),
        (fewer + "drain = \"5s\"\n", vec!["listen.connections_max"]),
        // Both of these are read at every use.
        (app.upstream("") + "[listen]\ndrain = \"6s\"\n", vec![]),
        (
            app.upstream("") + "[listen]\ntrusted_proxies = [\"10.0.0.0/8\"]\n",
            vec![],
        ),
    ] {
        gateway.rewrite(&text);
        assert_eq!(
            gateway.reload().unwrap().needs_restart,
            needs_restart,
            "{text}"
        );
        let node = gateway.admin("/api/v1/node").json();
        assert_eq!(node["needs_restart"], serde_json::json!(needs_restart));
    }
}

#[test]
fn new_certificates_are_taken_up_while_connections_live() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::answering(ok("text/plain", "x"));
    let (served, next) = (
        Pair::valid(folder.path(), "served"),
        Pair::valid(folder.path(), "next"),
    );
    let first = folder.path().join("first.pem");
    fs::copy(&served.certificate, &first).unwrap();
    let gateway = TestGateway::tls(&(app.upstream("") + &served.section()));
    let mut old = Client::tls(gateway.address(), &first);
    assert_eq!(old.get("/").status(), 200);
    let stranger = Client::handshake(connect(gateway.address()).unwrap(), &next.certificate);
    assert!(stranger.is_err());

    fs::copy(&next.key, &served.key).unwrap();
    fs::copy(&next.certificate, &served.certificate).unwrap();
    let mut new = eventually("the new certificate is shown", || {
        Client::handshake(connect(gateway.address()).unwrap(), &next.certificate).ok()
    });
    assert_eq!(new.get("/").status(), 200);
    assert_eq!(old.get("/").status(), 200);
}
