//! State in Postgres: made by one command, kept through a kill, and no request's business when
//! the database goes.

use std::fs;
use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;

use crate::app::{App, ok};
use crate::client::Client;
use crate::parts::variable;
use crate::patience::eventually;
use crate::process::{Process, palisade, run};

/// What `store prepare` prints for a schema of the test's own.
fn prepared(folder: &Path) -> Vec<(String, String)> {
    let name = folder.file_name().unwrap().to_str().unwrap();
    let schema: String = format!("it_{name}")
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_ascii_lowercase();
    let owner = folder.join("owner-url");
    fs::write(&owner, variable("PALISADE_TEST_POSTGRES_URL")).unwrap();
    let owner = owner.to_str().unwrap();
    let prepare = ["store", "prepare", "--owner-url-file", owner];
    let names = ["--schema", &schema, "--prefix", &schema];
    let output = run(&[&prepare[..], &names].concat());
    let lines = succeeded(&output);
    let pairs = lines.lines().map(|line| line.split_once('=').unwrap());
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

#[track_caller]
fn succeeded(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A data directory and a prepared, migrated schema in Postgres, reached through a relay.
struct Deployment {
    folder: TempDir,
    relay: Relay,
    app: App,
}

impl Deployment {
    fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("store").tempdir().unwrap();
        let settings = prepared(folder.path());
        let migrate = palisade(&["store", "migrate", "--upstream", "http://127.0.0.1:1"])
            .envs(settings.clone())
            .output()
            .unwrap();
        assert!(succeeded(&migrate).contains("that of this version"));
        let setting = |name: &str| {
            let found = settings.iter().find(|(one, _)| one == name);
            &found.unwrap().1
        };
        let (url, schema) = (
            setting("PALISADE_STORE__URL"),
            setting("PALISADE_STORE__SCHEMA"),
        );
        let (login, place) = url.split_once('@').unwrap();
        let (address, database) = place.split_once('/').unwrap();
        let relay = Relay::to(address.parse().unwrap());
        let app = App::answering(ok("text/plain", "x"));
        let file = format!(
            "[store]\nurl = \"{login}@{}/{database}\"\nschema = \"{schema}\"\n{}",
            relay.address,
            app.upstream("")
        );
        fs::write(folder.path().join("palisade.toml"), file).unwrap();
        Self { folder, relay, app }
    }

    fn node(&self) -> Process {
        let file = self.folder.path().join("palisade.toml");
        let arguments = ["-c", file.to_str().unwrap()];
        Process::serve(&self.data(), &arguments, Stdio::null())
    }

    fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    fn command(&self, arguments: &[&str]) -> Output {
        let data = self.data();
        let target = ["--data-dir", data.to_str().unwrap()];
        run(&[arguments, &target].concat())
    }
}

/// Passes bytes between clients and a server, until it is cut.
struct Relay {
    address: SocketAddr,
    state: Arc<Mutex<RelayState>>,
}

#[derive(Default)]
struct RelayState {
    is_cut: bool,
    streams: Vec<TcpStream>,
}

impl Relay {
    fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(RelayState::default()));
        let shared = state.clone();
        thread::spawn(move || {
            for client in listener.incoming() {
                let mut state = shared.lock().unwrap();
                if state.is_cut {
                    continue;
                }
                let client = client.unwrap();
                let server = TcpStream::connect(server).unwrap();
                state.streams.push(client.try_clone().unwrap());
                state.streams.push(server.try_clone().unwrap());
                pass(client.try_clone().unwrap(), server.try_clone().unwrap());
                pass(server, client);
            }
        });
        Self { address, state }
    }

    fn cut(&self) {
        let mut state = self.state.lock().unwrap();
        state.is_cut = true;
        for stream in state.streams.drain(..) {
            // Fails only where it has ended already.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    fn mend(&self) {
        self.state.lock().unwrap().is_cut = false;
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream) {
    thread::spawn(move || {
        // However it ends, the other end learns of it.
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
}

fn store_in_readyz(process: &Process) -> (u16, Value) {
    let answer = Client::plain(process.ops_address()).get("/readyz");
    (answer.status(), answer.json()["store"].clone())
}

#[test]
fn what_is_decreed_is_kept_in_postgres_by_a_login_that_changes_no_schema() {
    let deployment = Deployment::new();
    let process = deployment.node();
    let status = succeeded(&deployment.command(&["store", "status"]));
    // The tests' server does not sync; the roles lack nothing.
    let (health, rest) = status.split_once('\n').unwrap();
    assert_eq!(health, "Postgres: serving");
    assert!(
        rest.lines().all(|line| line.contains("fsync = off")),
        "{status}"
    );
    succeeded(&deployment.command(&["maintenance", "on"]));
    assert_eq!(process.client().get("/").status(), 503);
    process.signal(Signal::KILL);
    drop(process);
    let process = deployment.node();
    assert_eq!(
        process.client().get("/").status(),
        503,
        "it was acknowledged"
    );
}

#[test]
fn a_database_that_is_gone_costs_no_request_and_decrees_say_so_until_it_is_back() {
    let deployment = Deployment::new();
    let process = deployment.node();
    assert_eq!(
        store_in_readyz(&process),
        (200, Value::String("serving".to_owned()))
    );

    deployment.relay.cut();
    let refused = deployment.command(&["maintenance", "on"]);
    assert_eq!(refused.status.code(), Some(3));
    let errors = String::from_utf8(refused.stderr).unwrap();
    assert!(
        errors.contains("store does not answer; nothing was changed"),
        "{errors}"
    );
    assert_eq!(
        process.client().get("/").status(),
        200,
        "nothing is in force"
    );
    deployment.app.request();
    let (status, _) = eventually("readyz tells", || {
        let told = store_in_readyz(&process);
        (told.1 == "gone").then_some(told)
    });
    assert_eq!(status, 200, "requests are still judged: the node stays in");
    assert!(
        process
            .metrics()
            .contains("palisade_store_serving{engine=\"Postgres\"} 0")
    );

    deployment.relay.mend();
    eventually("the store serves again", || {
        (store_in_readyz(&process).1 == "serving").then_some(())
    });
    succeeded(&deployment.command(&["maintenance", "on"]));
    assert_eq!(process.client().get("/").status(), 503);
}

#[test]
fn a_login_that_may_not_migrate_is_told_who_may() {
    let folder = tempfile::Builder::new().prefix("store").tempdir().unwrap();
    let settings = prepared(folder.path());
    let refused = palisade(&["store", "migrate", "--upstream", "http://127.0.0.1:1"])
        .envs(
            settings
                .into_iter()
                .filter(|(name, _)| !name.contains("MIGRATION")),
        )
        .output()
        .unwrap();
    let errors = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(3));
    assert!(errors.contains("migration"), "{errors}");
}

#[test]
fn migrating_without_a_database_or_by_a_wrong_login_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let none = run(&["store", "migrate", "--upstream", "http://127.0.0.1:1"]);
    let errors = String::from_utf8(none.stderr).unwrap();
    assert!(errors.contains("PALISADE_STORE__URL"), "{errors}");

    let file = folder.path().join("url");
    fs::write(&file, "postgres://nobody:secret@127.0.0.1:1/none").unwrap();
    let prepare = [
        "store",
        "prepare",
        "--owner-url-file",
        file.to_str().unwrap(),
    ];
    let refused = run(&prepare);
    let errors = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(3));
    assert!(
        errors.contains("127.0.0.1:1/none") && !errors.contains("secret"),
        "{errors}"
    );
}
