//! nginx as a proxy: one worker, keep-alive to the upstream, its default access log.

use std::process::Command;

use anyhow::{Context, Result};

use super::contenders::{Contender, HEADERS, Program, Setup};
use super::rig::Rig;
use super::scenarios::Protocol;
use crate::command;
use crate::install::Needed;

const PROGRAM: &str = "nginx";

pub(super) const CONTENDER: Contender = Contender {
    name: "nginx",
    needed: &[Needed {
        program: PROGRAM,
        package: "nginx",
    }],
    prepare: || Ok(()),
    version,
    configure,
};

/// Without these it collects a body, on disk where it is large, before it passes it on.
const STREAMING: &str = "proxy_request_buffering off;\n      proxy_buffering off;";

fn version() -> Result<String> {
    // It prints its version to stderr.
    let output = Command::new(command::path_of(PROGRAM)?)
        .arg("-v")
        .output()?;
    let text = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Ok(text.rsplit(": ").next().unwrap_or(&text).to_owned())
}

fn configure(rig: &Rig, setup: &Setup) -> Result<Program> {
    let file = setup.folder.join("nginx.conf");
    let folder = setup.folder.display();
    let text = format!(
        "{preamble}
http {{
  access_log {log};
  {temporary}
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
  client_max_body_size 0;
  upstream app {{
    server 127.0.0.1:{upstream};
    keepalive 256;
    keepalive_requests 1000000000;
  }}
  server {{
    {listen}
    location / {{
      proxy_pass http://app;
      proxy_http_version 1.1;
      {streaming}
      proxy_set_header Connection \"\";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Request-Id $request_id;
      {headers}
    }}
  }}
}}
",
        preamble = preamble(&setup.folder),
        temporary = temporary_paths(&setup.folder),
        log = setup.access_log().display(),
        upstream = setup.upstream_port,
        listen = listen(rig, setup),
        streaming = if setup.streaming { STREAMING } else { "" },
        headers = headers(setup.headers),
    );
    std::fs::write(&file, text).with_context(|| format!("cannot write into {folder}"))?;
    Ok(program(command::path_of(PROGRAM)?, &file))
}

/// The command for a configuration file of ours.
pub(super) fn program(path: String, file: &std::path::Path) -> Program {
    Program {
        path,
        arguments: vec!["-c".to_owned(), file.to_string_lossy().into_owned()],
    }
}

/// What a private instance in the foreground needs at the top level.
pub(super) fn preamble(folder: &std::path::Path) -> String {
    let user = if crate::machine::is_root() {
        "user root;"
    } else {
        ""
    };
    format!(
        "{user}\ndaemon off;\nworker_processes 1;\npid {folder}/pid;\nerror_log {folder}/log warn;\n\
         events {{ worker_connections 8192; }}",
        folder = folder.display()
    )
}

/// Debian's default paths belong to the system's instance.
pub(super) fn temporary_paths(folder: &std::path::Path) -> String {
    ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {}/{kind};", folder.display()))
        .join("\n  ")
}

fn listen(rig: &Rig, setup: &Setup) -> String {
    let options = match setup.protocol {
        Protocol::Plain => return format!("listen 127.0.0.1:{};", setup.port),
        Protocol::Tls => "ssl",
        Protocol::TlsHttp2 => "ssl http2",
    };
    format!(
        "listen 127.0.0.1:{} {options};\n    ssl_protocols TLSv1.2 TLSv1.3;\n    \
         ssl_certificate {};\n    ssl_certificate_key {};",
        setup.port,
        rig.certificate().display(),
        rig.key().display()
    )
}

fn headers(wanted: bool) -> String {
    let wanted = HEADERS.iter().filter(|_| wanted);
    wanted
        .map(|(name, value)| format!("add_header {name} \"{value}\" always;"))
        .collect::<Vec<_>>()
        .join("\n      ")
}
