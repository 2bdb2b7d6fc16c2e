//! Redis: one private instance that keeps nothing on disk and asks for a password.

use std::process::Command;

use anyhow::Result;

use super::parts::{Part, Site, Started, text};
use crate::install::Needed;
use crate::process::{Launch, Process, Stop};
use crate::{command, machine};

pub(super) const PART: Part = Part {
    name: "Redis",
    needed: &[
        Needed {
            program: "redis-server",
            package: "redis-server",
        },
        Needed {
            program: "redis-cli",
            package: "redis-tools",
        },
    ],
    variable: "PALISADE_TEST_REDIS_URL",
    start,
    probe,
    stop: Stop::Terminate,
};

fn start(site: &Site) -> Result<Started> {
    let folder = site.folder("redis")?;
    let (port, password) = (machine::free_port()?, machine::random_hex(16)?);
    let port_text = port.to_string();
    let arguments = [
        ["--bind", "127.0.0.1"],
        ["--port", &port_text],
        ["--requirepass", &password],
        ["--save", ""],
        ["--appendonly", "no"],
        ["--dir", text(&folder)?],
    ];
    let launch = Launch {
        output: Some(&folder.join("log")),
        ..Launch::default()
    };
    let process = Process::start("redis", "redis-server", &arguments.concat(), launch)?;
    Ok(Started {
        address: format!("redis://default:{password}@127.0.0.1:{port}/0"),
        process: Some(process),
    })
}

fn probe(url: &str) -> Result<()> {
    let mut ping = Command::new("redis-cli");
    let answer = command::read(ping.args(["--no-auth-warning", "-u", url, "PING"]))?;
    anyhow::ensure!(answer.trim() == "PONG", "redis-cli printed {answer:?}");
    Ok(())
}
