//! Who touches a decoy is banned, where the app does not have it, and nobody else.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use rustix::process::Signal;

use crate::app::{App, answer, ok};
use crate::gateway::{TestGateway, sample_of};
use crate::patience::eventually;
use crate::process::{Process, told};
use crate::wire::Message;

/// The test's own connections stand for a proxy, so that clients can have any address. The route
/// spells out the host, so that its decoys are armed from the start.
const ENFORCED: &str = "[[routes]]\nhost = \"localhost\"\nupstream = \"app\"\n\
                        [listen]\ntrusted_proxies = [\"127.0.0.0/8\"]\n\
                        [edge.honeypot]\nmode = \"enforce\"\ncredentials = [\"decoy-key-1\"]\n";

/// An app with a home page, and `also` for further paths.
fn app_with(also: fn(&str) -> Option<Vec<u8>>) -> App {
    App::start(move |request| {
        let path = request.start.split(' ').nth(1).unwrap();
        let page = (path == "/").then(|| ok("text/html", "home"));
        let missing = || {
            let headers = "Content-Type: text/html\r\nX-Style: own\r\n";
            answer(404, headers, &format!("<p>Cannot GET {path}"))
        };
        page.or_else(|| also(path)).unwrap_or_else(missing)
    })
}

fn armed(app: &App, more: &str) -> TestGateway {
    let gateway = TestGateway::plain(&(app.upstream("") + ENFORCED + more));
    await_armed(&gateway);
    gateway
}

const ARMED: &str = "palisade_decoys{armed=\"true\"}";

/// A host's decoys become known all at once.
fn await_armed(gateway: &TestGateway) {
    eventually("armed decoys", || (gateway.metric(ARMED) > 0).then_some(()));
}

#[track_caller]
fn ask(gateway: &TestGateway, chain: &str, path: &str, lines: &str) -> Message {
    let lines = format!("X-Forwarded-For: {chain}\r\n{lines}");
    gateway.client().ask("GET", path, &lines)
}

#[track_caller]
fn await_banned(gateway: &TestGateway, chain: &str) {
    let refused = eventually("a ban", || {
        let answer = ask(gateway, chain, "/", "");
        (answer.status() == 403).then_some(answer)
    });
    assert_eq!(refused.json()["code"], "banned");
    let wait: u64 = refused.one("retry-after").parse().unwrap();
    assert!((1..=61).contains(&wait), "{wait}");
}

#[test]
fn who_touches_a_decoy_is_banned_and_others_are_not() {
    let app = app_with(|_| None);
    let gateway = armed(&app, "");
    drop(app.unseen_requests());
    let touched = ask(&gateway, "203.0.113.9", "/.env", "");
    assert_eq!(touched.status(), 404);
    assert_eq!(touched.text(), "<p>Cannot GET /.env");
    assert_eq!(touched.one("x-style"), "own");
    await_banned(&gateway, "203.0.113.9");
    // What was asked before the ban was in force has reached it; the decoy has not.
    let reached = app.unseen_requests();
    assert!(
        reached
            .iter()
            .all(|request| !request.start.contains(".env"))
    );
    assert_eq!(ask(&gateway, "203.0.113.8", "/", "").status(), 200);
    let made = "palisade_bans_made_total{source=\"edge.honeypot\"}";
    assert_eq!(gateway.metric(made), 1);
    assert_eq!(gateway.metric("palisade_bans"), 1);
}

#[test]
fn a_decoy_credential_bans_on_any_path() {
    let app = app_with(|_| None);
    let gateway = armed(&app, "");
    let key = "Authorization: Bearer decoy-key-1\r\n";
    assert_eq!(ask(&gateway, "203.0.113.9", "/", key).status(), 401);
    await_banned(&gateway, "203.0.113.9");
}

#[test]
fn a_forged_chain_bans_who_sent_it_and_nobody_else() {
    let app = app_with(|_| None);
    let gateway = armed(&app, "");
    ask(&gateway, "198.51.100.7, 203.0.113.9", "/.env", "");
    await_banned(&gateway, "203.0.113.9");
    assert_eq!(ask(&gateway, "198.51.100.7", "/", "").status(), 200);
    assert_eq!(gateway.bans().len(), 1);
}

#[test]
fn visitors_of_a_hostile_page_prefetches_and_previews_are_not_banned() {
    let app = app_with(|_| None);
    let gateway = armed(&app, "");
    for lines in [
        "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n",
        "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n",
        "Sec-Purpose: prefetch\r\n",
        "Referer: https://evil.test/\r\n",
    ] {
        assert_eq!(ask(&gateway, "203.0.113.9", "/.env", lines).status(), 404);
    }
    let head = "X-Forwarded-For: 203.0.113.9\r\n";
    assert_eq!(gateway.client().ask("HEAD", "/.env", head).status(), 404);
    // Signals are heard in their order: once this ban is there, no other will come.
    ask(&gateway, "203.0.113.8", "/.env", "");
    await_banned(&gateway, "203.0.113.8");
    assert_eq!(ask(&gateway, "203.0.113.9", "/", "").status(), 200);
    assert_eq!(gateway.bans().len(), 1);
}

#[test]
fn what_the_app_really_has_is_no_decoy() {
    let app = app_with(|path| (path == "/wp-login.php").then(|| ok("text/html", "log in")));
    let gateway = armed(&app, "");
    let page = ask(&gateway, "203.0.113.9", "/wp-login.php", "");
    assert_eq!((page.status(), page.text().as_str()), (200, "log in"));
    ask(&gateway, "203.0.113.8", "/.env", "");
    await_banned(&gateway, "203.0.113.8");
    assert_eq!(ask(&gateway, "203.0.113.9", "/", "").status(), 200);
}

#[test]
fn an_app_that_answers_every_path_keeps_those_that_may_be_pages_of_it() {
    let app = app_with(|_| Some(ok("text/html", "the app")));
    let gateway = armed(&app, "");
    let page = ask(&gateway, "203.0.113.9", "/internal/console", "");
    assert_eq!(page.text(), "the app");
    ask(&gateway, "203.0.113.8", "/.git/config", "");
    await_banned(&gateway, "203.0.113.8");
    assert_eq!(ask(&gateway, "203.0.113.9", "/", "").status(), 200);
}

#[test]
fn operators_and_the_proxy_itself_are_not_banned() {
    let app = app_with(|_| None);
    let operators = "[edge.maintenance]\nallow = [\"198.51.100.0/24\"]\n";
    let gateway = armed(&app, operators);
    ask(&gateway, "198.51.100.7", "/.env", "");
    gateway.get("/.env");
    gateway.await_metric("palisade_bans_spared_total", 2);
    assert_eq!(ask(&gateway, "198.51.100.7", "/", "").status(), 200);
    assert_eq!(gateway.get("/").status(), 200);
}

#[test]
fn a_host_that_no_route_spells_out_is_armed_when_a_decoy_is_first_touched() {
    let app = app_with(|_| None);
    let any = ENFORCED.replace("host = \"localhost\"\n", "");
    let gateway = TestGateway::plain(&(app.upstream("") + &any));
    assert_eq!(ask(&gateway, "203.0.113.9", "/.env", "").status(), 404);
    await_armed(&gateway);
    assert_eq!(gateway.bans(), []);
    ask(&gateway, "203.0.113.9", "/.env", "");
    await_banned(&gateway, "203.0.113.9");
}

#[test]
fn in_shadow_decoys_are_counted_and_the_app_answers() {
    let app = app_with(|_| None);
    let shadow = ENFORCED.replace("enforce", "shadow");
    let gateway = TestGateway::plain(&(app.upstream("") + &shadow));
    await_armed(&gateway);
    drop(app.unseen_requests());
    ask(&gateway, "203.0.113.9", "/.env", "");
    assert!(app.request().start.contains("/.env"));
    let sample =
        "palisade_control_findings_total{control=\"edge.honeypot\",finding=\"would-refuse\"}";
    gateway.await_metric(sample, 1);
    assert_eq!(gateway.bans(), []);
}

#[test]
fn a_page_that_tells_how_the_app_is_made_is_not_worn() {
    let app = App::start(|_| answer(404, "Content-Type: text/html\r\n", DEBUG_PAGE));
    let gateway = armed(&app, "");
    let touched = ask(&gateway, "203.0.113.9", "/.env", "");
    assert_eq!(touched.status(), 404);
    assert_eq!(touched.json()["code"], "not-found");
}

const DEBUG_PAGE: &str = "<p>You see this error because you have <code>DEBUG = True</code>.";

fn node(folder: &Path, app: &App) -> Process {
    let file = folder.join("palisade.toml");
    fs::write(&file, app.upstream("") + ENFORCED).unwrap();
    let arguments = ["-c", file.to_str().unwrap()];
    let process = Process::serve(&folder.join("data"), &arguments, Stdio::null());
    eventually("armed decoys", || {
        (sample_of(&process.metrics(), ARMED) > 0).then_some(())
    });
    process
}

#[test]
fn a_ban_that_is_listed_survives_a_kill_and_can_be_taken_back() {
    const SCANNER: &str = "X-Forwarded-For: 203.0.113.9\r\n";
    let folder = tempfile::tempdir().unwrap();
    let app = app_with(|_| None);
    let process = node(folder.path(), &app);
    process.client().ask("GET", "/.env", SCANNER);
    // What is listed is written.
    let listed = eventually("a kept ban", || {
        let listed = told(folder.path(), &["ban", "list"]);
        (!listed.is_empty()).then_some(listed)
    });
    assert!(listed.starts_with("203.0.113.9/32"), "{listed}");
    assert!(
        listed.contains("edge.honeypot") && listed.contains("the decoy /.env"),
        "{listed}"
    );
    process.signal(Signal::KILL);
    drop(process);

    let process = node(folder.path(), &app);
    assert_eq!(process.client().ask("GET", "/", SCANNER).status(), 403);
    told(folder.path(), &["ban", "remove", "203.0.113.9"]);
    assert_eq!(process.client().ask("GET", "/", SCANNER).status(), 200);
    assert_eq!(told(folder.path(), &["ban", "list"]), "");
}
