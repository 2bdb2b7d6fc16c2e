//! Palisade with state: its data directories, made once by the commands that an operator has, and
//! nodes that start on copies of them.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use super::super::contenders::{Program, Setup};
use super::super::load::{self, Pace};
use super::super::palisade;
use super::super::rig::Rig;
use super::super::running::Running;
use super::super::scenarios::Protocol;
use super::configuration::{self, Ports};
use super::sides::{SMALL, Sizes};
use super::{clients, networks};
use crate::{command, machine};

/// Requests that may have been sent and not answered when a run of wrk ends.
const UNANSWERED_MAX: u64 = 64;
/// The longest look at the metrics.
const METRICS_LIMIT: Duration = Duration::from_secs(10);
/// More than they ever say.
const METRICS_BYTES_MAX: u64 = 4 << 20;
/// Runs that a fill of all keys may take.
const FILL_RUNS_MAX: u32 = 60;
/// How long each of them is.
const FILL_SECONDS: u32 = 5;

/// Data directories with the bans of each size.
pub(crate) struct Prepared {
    pub(crate) large: Sizes,
    small_data: PathBuf,
    large_data: PathBuf,
    /// How long the list of all bans took, from the command to the last acknowledgement.
    pub(crate) import_seconds: f64,
}

/// A node that runs.
pub(crate) struct Node {
    pub(crate) running: Running,
    pub(crate) sizes: Sizes,
    pub(crate) data: PathBuf,
    /// From the command until it listened.
    pub(crate) start_seconds: f64,
    ops: u16,
}

impl Prepared {
    pub(crate) fn new(rig: &Rig, large: Sizes) -> Result<Self> {
        let (small_data, _) = banned_directory(rig, "small", SMALL)?;
        println!("banning {} networks", large.bans);
        let (large_data, import_seconds) = banned_directory(rig, "large", large)?;
        Ok(Self {
            large,
            small_data,
            large_data,
            import_seconds,
        })
    }

    /// Starts a node on a copy of the data with as many bans as `sizes` says, small or large.
    pub(crate) fn start(&self, rig: &Rig, name: &'static str, sizes: Sizes) -> Result<Node> {
        let folder = rig.new_folder(name)?;
        let data = folder.join("data");
        let template = match sizes.bans == SMALL.bans {
            true => &self.small_data,
            false => &self.large_data,
        };
        copy_files(template, &data)?;
        Node::start(rig, name, sizes, folder, data)
    }
}

/// Makes a data directory in which the bans of a size are kept. Gives the seconds that took.
fn banned_directory(rig: &Rig, name: &'static str, sizes: Sizes) -> Result<(PathBuf, f64)> {
    let folder = rig.new_folder(&format!("template-{name}"))?;
    let data = folder.join("data");
    let list = folder.join("banned.txt");
    fs::write(&list, networks::banned(sizes))?;
    let one_route = Sizes { routes: 1, ..SMALL };
    let _node = Node::start(rig, name, one_route, folder, data.clone())?;
    let begin = machine::now();
    let mut import = Command::new(palisade::path()?);
    import.args(["ban", "add", "--why", "a list of this bench", "--file"]);
    import.arg(&list).arg("--data-dir").arg(&data);
    command::read(&mut import)?;
    Ok((data, begin.elapsed().as_secs_f64()))
}

fn copy_files(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    fs::set_permissions(to, fs::metadata(from)?.permissions())?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        // The socket of the node that made it is left behind.
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

impl Node {
    fn start(
        rig: &Rig,
        name: &'static str,
        sizes: Sizes,
        folder: PathBuf,
        data: PathBuf,
    ) -> Result<Self> {
        let ports = Ports {
            public: machine::free_port()?,
            admin: machine::free_port()?,
            ops: machine::free_port()?,
            upstream: rig.upstream_port,
        };
        let file = folder.join("palisade.toml");
        fs::write(&file, configuration::text(sizes, ports, &data))?;
        let program = Program {
            path: palisade::path()?,
            arguments: ["serve".to_owned(), "-c".to_owned()]
                .into_iter()
                .chain([file.to_string_lossy().into_owned()])
                .collect(),
        };
        let setup = setup(rig, ports.public, folder);
        let begin = machine::now();
        let running = Running::launch(rig, name, &program, setup)?;
        Ok(Self {
            running,
            sizes,
            data,
            start_seconds: begin.elapsed().as_secs_f64(),
            ops: ports.ops,
        })
    }

    /// Has every client come once, so that the limiter knows as many keys as the size says.
    pub(crate) fn fill(&self, rig: &Rig) -> Result<()> {
        let clients = u64::from(self.sizes.clients());
        let mut seen = 0;
        for _ in 0..FILL_RUNS_MAX {
            let script = clients::script(self.sizes, seen);
            let url = url(&self.running);
            let load = load::run_script(rig, &script, &url, FILL_SECONDS, Pace::Closed)?;
            // What was sent last may not have arrived.
            seen += load.requests.saturating_sub(UNANSWERED_MAX);
            if seen >= clients {
                return self.check_full();
            }
        }
        bail!("{seen} of {clients} clients came to {}", self.running.name)
    }

    /// Fails where the node holds less than it is measured for.
    pub(crate) fn check_full(&self) -> Result<()> {
        let metrics = self.metrics()?;
        for (name, expected) in [
            ("palisade_rate_limit_keys", self.sizes.keys),
            ("palisade_bans", self.sizes.bans),
        ] {
            let held = value(&metrics, name)?;
            ensure!(
                held >= f64::from(expected),
                "{} holds {held} of {expected}: {name}",
                self.running.name
            );
        }
        Ok(())
    }

    /// Keys that the limiter has forgotten for want of room.
    pub(crate) fn evictions(&self) -> Result<u64> {
        let metrics = self.metrics()?;
        Ok(value(&metrics, "palisade_rate_limit_evictions_total")? as u64)
    }

    fn metrics(&self) -> Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.ops))?;
        stream.set_read_timeout(Some(METRICS_LIMIT))?;
        stream.write_all(b"GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n")?;
        let mut text = String::new();
        let mut answer = stream.take(METRICS_BYTES_MAX);
        answer
            .read_to_string(&mut text)
            .context("the node tells no metrics")?;
        Ok(text)
    }
}

/// What every side of this bench has to do.
pub(crate) fn setup(rig: &Rig, port: u16, folder: PathBuf) -> Setup {
    Setup {
        port,
        upstream_port: rig.upstream_port,
        protocol: Protocol::Plain,
        headers: false,
        streaming: false,
        folder,
    }
}

/// The script of the load says which path.
pub(crate) fn url(running: &Running) -> String {
    format!("http://127.0.0.1:{}/", running.setup.port)
}

/// The value of a metric without labels.
fn value(metrics: &str, name: &str) -> Result<f64> {
    let line = metrics.lines().find_map(|line| line.strip_prefix(name));
    let value = line.and_then(|rest| rest.strip_prefix(' '));
    let value = value.and_then(|value| value.trim().parse().ok());
    value.with_context(|| format!("the node does not tell {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_is_read_by_its_whole_name() {
        let metrics = "# HELP palisade_bans Bans.\npalisade_bans_made_total 3\npalisade_bans 7\n";
        assert!(value(metrics, "palisade_ban").is_err());
        assert_eq!(value("palisade_bans 7\n", "palisade_bans").unwrap(), 7.0);
    }
}
