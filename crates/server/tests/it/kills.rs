//! `kill -9` twenty times in the middle of it, with requests under way and operators changing
//! everything that they can change. The next start has all that was acknowledged.

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use palisade_server::data_directory;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::app::{App, ok};
use crate::client::connect;
use crate::patience::PATIENCE;
use crate::postgres::Deployment;
use crate::process::Process;
use crate::wire::Wire;

const KILLS: usize = 20;

/// Connections with requests under way when the node is killed.
const CLIENTS: usize = 3;

/// How many orders are acknowledged in a round before the kill; another number each time, so that
/// it does not always hit the same moment of the store's work.
const fn orders(round: usize) -> usize {
    12 + round * 7 % 19
}

/// One thing that operators change, as a sequence of orders: each leaves another state than the
/// one before, so that the state tells which was the last.
struct Dial {
    method: &'static str,
    path: &'static str,
    order: fn(usize) -> Value,
    /// Whether the node is as `kept` orders have left it.
    shows: fn(&Process, kept: usize) -> bool,
}

const MODES: [&str; 3] = ["off", "shadow", "enforce"];

static DIALS: &[Dial] = &[
    Dial {
        method: "POST",
        path: "/api/v1/bans",
        order: |at| json!({ "network": banned(at), "reason": "a test" }),
        shows: |process, kept| {
            let answer = process.admin("/api/v1/bans").json();
            let listed = answer["bans"].as_array().unwrap().iter();
            let listed: BTreeSet<&str> =
                listed.map(|ban| ban["network"].as_str().unwrap()).collect();
            let expected: BTreeSet<String> = (0..kept).map(banned).collect();
            listed == expected.iter().map(String::as_str).collect()
        },
    },
    Dial {
        method: "PUT",
        path: "/api/v1/controls/edge.cookies/mode",
        order: |at| json!({ "mode": MODES[at % MODES.len()] }),
        shows: |process, kept| {
            let answer = process.admin("/api/v1/controls").json();
            let mut rows = answer["controls"].as_array().unwrap().iter();
            let row = rows.find(|row| row["control"] == "edge.cookies").unwrap();
            match kept {
                0 => row["decreed"] == false,
                _ => row["mode"] == MODES[(kept - 1) % MODES.len()],
            }
        },
    },
    Dial {
        method: "PUT",
        path: "/api/v1/flags/uploads",
        order: |at| json!({ "on": at % 2 == 1, "reason": format!("order {at}") }),
        shows: |process, kept| {
            let answer = process.admin("/api/v1/flags").json();
            let set = &answer["flags"][0]["set"];
            match kept {
                0 => set.is_null(),
                _ => set["reason"] == format!("order {}", kept - 1) && set["on"] == (kept % 2 == 0),
            }
        },
    },
    Dial {
        method: "PUT",
        path: "/api/v1/maintenance",
        order: |at| json!({ "on": true, "message": format!("order {at}") }),
        shows: |process, kept| {
            let answer = process.admin("/api/v1/maintenance").json();
            match kept {
                0 => answer["on"] == false,
                _ => answer["message"] == format!("order {}", kept - 1),
            }
        },
    },
];

fn banned(at: usize) -> String {
    format!("198.18.{}.{}/32", at / 256, at % 256)
}

/// How far a dial has been turned.
#[derive(Clone, Copy, Default)]
struct Turned {
    acknowledged: usize,
    /// One more where the kill came before the answer: kept or not, both are right.
    tried: usize,
}

#[test]
fn whatever_was_acknowledged_is_there_after_twenty_kills_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::answering(ok("text/plain", "x"));
    let file = folder.path().join("palisade.toml");
    fs::write(&file, app.upstream("") + "[flags.uploads]\n").unwrap();
    let data = folder.path().join("data");
    let arguments = ["-c", file.to_str().unwrap()];
    check_kills(
        || Process::serve(&data, &arguments, Stdio::null()),
        &data_directory::socket(&data),
    );
}

#[test]
fn whatever_was_acknowledged_is_there_after_twenty_kills_on_postgres() {
    let deployment = Deployment::new();
    let socket = data_directory::socket(&deployment.data());
    check_kills(|| deployment.node(), &socket);
}

fn check_kills(node: impl Fn() -> Process, socket: &Path) {
    let mut turned = vec![Turned::default(); DIALS.len()];
    for round in 0..KILLS {
        let process = node();
        settle(&process, &mut turned, round);
        let (tell, acknowledged) = channel();
        let address = process.address();
        thread::scope(|scope| {
            for _ in 0..CLIENTS {
                scope.spawn(move || ask_until_it_ends(address));
            }
            for (dial, turned) in DIALS.iter().zip(&mut turned) {
                let tell = tell.clone();
                scope.spawn(move || turn_until_it_ends(dial, turned, socket, &tell));
            }
            for _ in 0..orders(round) {
                acknowledged.recv_timeout(PATIENCE).unwrap();
            }
            process.signal(Signal::KILL);
        });
    }
    settle(&node(), &mut turned, KILLS);
    for (dial, turned) in DIALS.iter().zip(&turned) {
        assert!(turned.acknowledged > KILLS, "{} was turned", dial.path);
    }
}

/// Checks that nothing acknowledged is missing, and finds out what became of the order under way.
fn settle(process: &Process, turned: &mut [Turned], round: usize) {
    for (dial, turned) in DIALS.iter().zip(turned) {
        let kept = (turned.acknowledged..=turned.tried).find(|kept| (dial.shows)(process, *kept));
        let Some(kept) = kept else {
            panic!(
                "after kill {round}, {} has lost what was acknowledged: order {}",
                dial.path, turned.acknowledged
            );
        };
        *turned = Turned {
            acknowledged: kept,
            tried: kept,
        };
    }
}

fn turn_until_it_ends(dial: &Dial, turned: &mut Turned, socket: &Path, tell: &Sender<()>) {
    loop {
        let order = (dial.order)(turned.tried);
        turned.tried += 1;
        let Some(status) = send(socket, dial.method, dial.path, &order) else {
            return;
        };
        assert!(matches!(status, 200 | 204), "{}: {status}", dial.path);
        turned.acknowledged = turned.tried;
        // Nobody counts any more once the kill is under way.
        let _ = tell.send(());
    }
}

/// The status; `None` when the node ended before it had answered.
fn send(socket: &Path, method: &str, path: &str, body: &Value) -> Option<u16> {
    let stream = UnixStream::connect(socket).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let body = body.to_string();
    let length = body.len();
    let mut wire = Wire::new(stream);
    wire.send(format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    ))
    .ok()?;
    Some(wire.message().ok()?.status())
}

fn ask_until_it_ends(address: SocketAddr) {
    while let Ok(stream) = connect(address) {
        let mut wire = Wire::new(stream);
        while wire
            .send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .is_ok()
        {
            if wire.message().is_err() {
                break;
            }
        }
    }
}
