//! A schema and roles of a test's own in the Postgres of `cargo xtask test`, made by the commands
//! that users have, and reached through a relay that a test can cut.

use std::fs;
use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use tempfile::TempDir;

use crate::app::{App, ok};
use crate::parts::variable;
use crate::process::{Process, palisade, run};

/// What `store prepare` prints for a schema of the test's own.
pub(crate) fn prepared(folder: &Path) -> Vec<(String, String)> {
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
pub(crate) fn succeeded(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A data directory and a prepared, migrated schema in Postgres, reached through a relay.
pub(crate) struct Deployment {
    pub(crate) relay: Relay,
    pub(crate) app: App,
    folder: TempDir,
}

impl Deployment {
    pub(crate) fn new() -> Self {
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
            "[store]\nurl = \"{login}@{}/{database}\"\nschema = \"{schema}\"\n[flags.uploads]\n{}",
            relay.address,
            app.upstream("")
        );
        fs::write(folder.path().join("palisade.toml"), file).unwrap();
        Self { relay, app, folder }
    }

    pub(crate) fn node(&self) -> Process {
        let file = self.folder.path().join("palisade.toml");
        let arguments = ["-c", file.to_str().unwrap()];
        Process::serve(&self.data(), &arguments, Stdio::null())
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Output {
        let data = self.data();
        let target = ["--data-dir", data.to_str().unwrap()];
        run(&[arguments, &target].concat())
    }
}

/// Passes bytes between clients and a server, until it is cut.
pub(crate) struct Relay {
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

    pub(crate) fn cut(&self) {
        let mut state = self.state.lock().unwrap();
        state.is_cut = true;
        for stream in state.streams.drain(..) {
            // Fails only where it has ended already.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    pub(crate) fn mend(&self) {
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
