//! Postgres 15: a throwaway cluster of its own, with a password, on loopback.

use std::process::Command;

use anyhow::Result;

use super::parts::{Part, Site, Started, text};
use crate::install::Needed;
use crate::process::{Launch, Process, Stop};
use crate::{command, machine};

/// Debian 12's server programs, which are not in `PATH`.
const SERVER: &str = "/usr/lib/postgresql/15/bin/postgres";
const INITDB: &str = "/usr/lib/postgresql/15/bin/initdb";
/// Postgres refuses to run as root; the package brings this account.
const ACCOUNT: &str = "postgres";

pub(super) const PART: Part = Part {
    name: "Postgres 15",
    needed: &[
        Needed {
            program: SERVER,
            package: "postgresql-15",
        },
        Needed {
            program: "psql",
            package: "postgresql-client-15",
        },
    ],
    variable: "PALISADE_TEST_POSTGRES_URL",
    start,
    probe,
    stop: Stop::Interrupt,
};

fn start(site: &Site) -> Result<Started> {
    let folder = site.folder("postgres")?;
    let (data, password_file) = (folder.join("data"), folder.join("password"));
    let password = machine::random_hex(16)?;
    std::fs::write(&password_file, &password)?;
    if machine::is_root() {
        command::run(Command::new("chown").args(["-R", ACCOUNT]).arg(&folder))?;
    }
    let mut initdb = as_account();
    initdb.arg(INITDB).arg("--pgdata").arg(&data);
    initdb.arg(format!("--pwfile={}", text(&password_file)?));
    initdb.args(["--username=postgres", "--auth=scram-sha-256", "--no-sync"]);
    initdb.args(["--encoding=UTF8", "--locale=C.UTF-8"]);
    command::read(&mut initdb)?;

    let port = machine::free_port()?;
    let settings = [
        "listen_addresses=127.0.0.1".to_owned(),
        format!("port={port}"),
        format!("unix_socket_directories={}", text(&folder)?),
        "max_connections=200".to_owned(),
        // The cluster lives for one run: what a crash of the machine would lose, nobody misses.
        "fsync=off".to_owned(),
    ];
    let mut arguments = vec!["-D", text(&data)?];
    arguments.extend(settings.iter().flat_map(|setting| ["-c", setting.as_str()]));
    let launch = Launch {
        user: Some(ACCOUNT),
        output: Some(&folder.join("log")),
        ..Launch::default()
    };
    let process = Process::start("postgres", SERVER, &arguments, launch)?;
    Ok(Started {
        address: format!("postgres://postgres:{password}@127.0.0.1:{port}/postgres"),
        process: Some(process),
    })
}

fn probe(url: &str) -> Result<()> {
    let answer = command::read(Command::new("psql").args([url, "-XAtc", "select 40 + 2"]))?;
    anyhow::ensure!(answer.trim() == "42", "psql printed {answer:?}");
    Ok(())
}

/// A command that runs as the account when we are root, and as ourselves otherwise.
fn as_account() -> Command {
    let mut command = Command::new("setpriv");
    if machine::is_root() {
        command.args(["--reuid", ACCOUNT, "--regid", ACCOUNT, "--init-groups"]);
    }
    command.arg("--").current_dir("/");
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_is_not_there_is_not_ready() {
        let port = machine::free_port().unwrap();
        assert!(probe(&format!("postgres://postgres:x@127.0.0.1:{port}/postgres")).is_err());
    }

    #[test]
    fn a_failed_start_shows_what_initdb_said() {
        let mut initdb = as_account();
        let failure = command::read(initdb.args([INITDB, "--no-such-option"])).unwrap_err();
        assert!(
            failure.to_string().contains("unrecognized option"),
            "{failure}"
        );
    }
}
