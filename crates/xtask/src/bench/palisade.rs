//! Palisade itself, as it ships: profile `dist`, one worker, the JSON access log.

use std::process::Command;

use anyhow::Result;

use super::contenders::{Contender, Program, Setup};
use super::rig::Rig;
use super::scenarios::Protocol;
use crate::workspace::Workspace;
use crate::{command, machine};

/// The contender that has targets to meet.
pub(crate) const NAME: &str = "palisade";

pub(super) const CONTENDER: Contender = Contender {
    name: NAME,
    needed: &[],
    prepare,
    version,
    configure,
};

/// How the measured binary is built.
const BUILD: [&str; 5] = ["build", "--profile", "dist", "--package", "palisade"];

fn prepare() -> Result<()> {
    println!("building palisade with thin LTO, which takes some minutes");
    command::run(&mut command::cargo(&BUILD))
}

/// The measured binary.
pub(super) fn path() -> Result<String> {
    let binary = Workspace::read()?.target.join("dist/palisade");
    Ok(binary.to_string_lossy().into_owned())
}

fn version() -> Result<String> {
    let printed = command::read(Command::new(path()?).arg("--version"))?;
    Ok(printed.trim().to_owned())
}

fn configure(rig: &Rig, setup: &Setup) -> Result<Program> {
    let file = setup.folder.join("palisade.toml");
    let (mode, certificates) = match setup.protocol {
        Protocol::Plain => ("plain", String::new()),
        Protocol::Tls | Protocol::TlsHttp2 => (
            "tls",
            format!(
                "[[tls.certificates]]\ncertificate = {:?}\nkey = {:?}\n",
                rig.certificate(),
                rig.key()
            ),
        ),
    };
    let text = format!(
        "[listen]
mode = \"{mode}\"
address = \"127.0.0.1:{port}\"
redirect_address = \"\"
workers = 1
{certificates}
[admin]
address = \"127.0.0.1:{admin}\"
[ops]
address = \"127.0.0.1:{ops}\"
[data]
directory = {data:?}
[log]
access = \"json\"
level = \"warn\"
# What the others do not do either: a proxy is measured here, its controls elsewhere.
[edge.boundary]
mode = \"off\"
[edge.ban]
mode = \"off\"
[edge.maintenance]
mode = \"off\"
[edge.rate_limit]
mode = \"off\"
[edge.cross_site]
mode = \"off\"
[edge.cors]
mode = \"off\"
[edge.redirect]
mode = \"off\"
[edge.cookies]
mode = \"off\"
[edge.headers]
mode = \"{headers}\"
[[upstreams]]
name = \"app\"
urls = [\"http://127.0.0.1:{upstream}\"]
in_flight_max = 4096
keep_alive_connections_max = 256
",
        port = setup.port,
        admin = machine::free_port()?,
        ops = machine::free_port()?,
        data = setup.folder.join("data"),
        headers = if setup.headers { "enforce" } else { "off" },
        upstream = setup.upstream_port,
    );
    std::fs::write(&file, text)?;
    Ok(Program {
        path: path()?,
        arguments: vec![
            "serve".to_owned(),
            "-c".to_owned(),
            file.to_string_lossy().into_owned(),
        ],
    })
}
