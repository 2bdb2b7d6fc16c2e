//! HAProxy as a proxy: one thread, connections to the upstream reused, the HTTP log.

use std::process::Command;

use anyhow::Result;

use super::contenders::{Contender, HEADERS, Program, Setup};
use super::rig::Rig;
use super::scenarios::Protocol;
use crate::command;
use crate::install::Needed;

const PROGRAM: &str = "haproxy";

pub(super) const CONTENDER: Contender = Contender {
    name: "haproxy",
    needed: &[Needed {
        program: PROGRAM,
        package: "haproxy",
    }],
    prepare: || Ok(()),
    version,
    configure,
};

fn version() -> Result<String> {
    let text = command::read(Command::new(command::path_of(PROGRAM)?).arg("-v"))?;
    let words: Vec<_> = text.split(' ').take(3).collect();
    Ok(words.join(" "))
}

fn configure(rig: &Rig, setup: &Setup) -> Result<Program> {
    let file = setup.folder.join("haproxy.cfg");
    let text = format!(
        "global
  nbthread 1
  maxconn 4096
  log stdout format raw local0 info
defaults
  mode http
  log global
  option httplog
  timeout connect 5s
  timeout client 600s
  timeout server 600s
  http-reuse always
frontend public
  bind 127.0.0.1:{port}{tls}
  option forwardfor
  http-request set-header X-Forwarded-Proto {scheme}
  unique-id-format %{{+X}}o\\ %ci:%cp_%fi:%fp_%Ts_%rt:%pid
  unique-id-header X-Request-Id
{headers}  default_backend app
backend app
  server one 127.0.0.1:{upstream}
",
        port = setup.port,
        tls = tls(rig, setup.protocol),
        scheme = if setup.protocol == Protocol::Plain {
            "http"
        } else {
            "https"
        },
        headers = headers(setup.headers),
        upstream = setup.upstream_port,
    );
    std::fs::write(&file, text)?;
    Ok(Program {
        path: command::path_of(PROGRAM)?,
        arguments: vec![
            "-db".to_owned(),
            "-f".to_owned(),
            file.to_string_lossy().into_owned(),
        ],
    })
}

fn tls(rig: &Rig, protocol: Protocol) -> String {
    let alpn = match protocol {
        Protocol::Plain => return String::new(),
        Protocol::Tls => "http/1.1",
        Protocol::TlsHttp2 => "h2,http/1.1",
    };
    let both = rig.certificate_with_key();
    format!(
        " ssl crt {} ssl-min-ver TLSv1.2 alpn {alpn}",
        both.display()
    )
}

fn headers(wanted: bool) -> String {
    let wanted = HEADERS.iter().filter(|_| wanted);
    wanted
        .map(|(name, value)| format!("  http-response set-header {name} \"{value}\"\n"))
        .collect()
}
