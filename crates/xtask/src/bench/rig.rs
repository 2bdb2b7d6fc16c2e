//! What every measurement stands on: processors, a certificate, files, and the upstream.
//!
//! The proxy under test has one processor for itself; the upstream, the load and this program
//! share the others, so that none of them is counted and none disturbs.

use std::fs::File;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use super::nginx;
use super::scenarios::{HUNDRED_KIB, ONE_KIB};
use crate::interrupt::Interrupt;
use crate::process::{Launch, Process};
use crate::{command, machine};

/// How long a proxy or the upstream may take to listen.
const READY_LIMIT: Duration = Duration::from_secs(20);
/// The name of the large file, which is made of holes and costs no disk.
pub(crate) const LARGE_FILE: &str = "large.bin";

pub(crate) struct Rig {
    pub(crate) interrupt: Interrupt,
    /// The processor that the proxies run on, one at a time.
    pub(crate) proxy_processor: usize,
    pub(crate) upstream_port: u16,
    /// Held to be stopped before the folder is removed.
    _upstream: Process,
    folder: tempfile::TempDir,
}

impl Rig {
    /// `large_bytes` is the size of the large file.
    pub(crate) fn prepare(interrupt: Interrupt, large_bytes: u64) -> Result<Self> {
        let proxy_processor = divide_processors()?;
        let folder = tempfile::Builder::new()
            .prefix("palisade-bench-")
            .tempdir()
            .context("cannot create a scratch folder")?;
        make_certificate(folder.path())?;
        let served = folder.path().join("served");
        std::fs::create_dir(&served)?;
        for file in [&ONE_KIB, &HUNDRED_KIB] {
            let bytes: Vec<u8> = (b'a'..=b'z').cycle().take(file.bytes as usize).collect();
            std::fs::write(served.join(file.name), bytes)?;
        }
        File::create(served.join(LARGE_FILE))?.set_len(large_bytes)?;
        let upstream_port = machine::free_port()?;
        let upstream = start_upstream(folder.path(), &served, upstream_port)?;
        Ok(Self {
            interrupt,
            proxy_processor,
            upstream_port,
            _upstream: upstream,
            folder,
        })
    }

    /// A new folder for one proxy in one scenario.
    pub(crate) fn new_folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.path().join(name);
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn certificate(&self) -> PathBuf {
        self.file("certificate.pem")
    }

    pub(crate) fn key(&self) -> PathBuf {
        self.file("key.pem")
    }

    /// Both in one file, as HAProxy wants them.
    pub(crate) fn certificate_with_key(&self) -> PathBuf {
        self.file("both.pem")
    }
}

/// Takes this process, and all that it starts, off the first processor, and gives that.
fn divide_processors() -> Result<usize> {
    let all = sched_getaffinity(None).context("cannot ask which processors we may use")?;
    let mut usable = (0..CpuSet::MAX_CPU).filter(|&index| all.is_set(index));
    let Some(first) = usable.next() else {
        bail!("no processor is usable");
    };
    let mut others = CpuSet::new();
    usable.for_each(|index| others.set(index));
    if others.count() == 0 {
        bail!("two processors are needed: one for the proxy, one for the load");
    }
    sched_setaffinity(None, &others).context("cannot leave the processor of the proxy")?;
    Ok(first)
}

/// P-256, as a public CA would issue today; all proxies show the same one.
fn make_certificate(folder: &Path) -> Result<()> {
    let mut openssl = Command::new("openssl");
    openssl
        .current_dir(folder)
        .args(["req", "-x509", "-newkey", "ec", "-days", "2", "-nodes"]);
    openssl.args([
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-subj",
        "/CN=localhost",
    ]);
    openssl.args(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]);
    openssl.args(["-keyout", "key.pem", "-out", "certificate.pem"]);
    command::read(&mut openssl)?;
    let read = |name: &str| std::fs::read_to_string(folder.join(name));
    let both = read("certificate.pem")? + &read("key.pem")?;
    std::fs::write(folder.join("both.pem"), both)?;
    Ok(())
}

fn start_upstream(folder: &Path, served: &Path, port: u16) -> Result<Process> {
    let own = folder.join("upstream");
    std::fs::create_dir(&own)?;
    let file = own.join("nginx.conf");
    let text = format!(
        "{preamble}
http {{
  access_log off;
  {temporary}
  default_type application/octet-stream;
  sendfile on;
  tcp_nopush on;
  open_file_cache max=16;
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
  server {{
    listen 127.0.0.1:{port};
    root {root};
    # A page with a cookie, whatever is asked for below.
    location /app/ {{
      default_type text/html;
      add_header Set-Cookie \"session=0123456789abcdef; Path=/\";
      try_files /{page} =404;
    }}
  }}
}}
",
        preamble = nginx::preamble(&own),
        temporary = nginx::temporary_paths(&own),
        root = served.display(),
        page = ONE_KIB.name,
    );
    std::fs::write(&file, text)?;
    let program = nginx::program(command::path_of("nginx")?, &file);
    let arguments: Vec<_> = program.arguments.iter().map(String::as_str).collect();
    let launch = Launch {
        output: Some(&own.join("output")),
        ..Launch::default()
    };
    let mut upstream = Process::start("the upstream", &program.path, &arguments, launch)?;
    wait_for_port(&mut upstream, port)?;
    Ok(upstream)
}

/// Waits until a server listens.
pub(crate) fn wait_for_port(server: &mut Process, port: u16) -> Result<()> {
    server.wait_until(READY_LIMIT, || {
        TcpStream::connect(("127.0.0.1", port))
            .map(drop)
            .context("nobody listens")
    })
}
