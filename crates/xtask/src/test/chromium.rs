//! Chromium: no server, but a real browser that tests drive; its path is what they are told.

use std::process::Command;

use anyhow::Result;

use super::parts::{Part, Site, Started};
use crate::command;
use crate::install::Needed;
use crate::process::Stop;

pub(super) const PART: Part = Part {
    name: "Chromium",
    needed: &[Needed {
        program: "chromium",
        package: "chromium",
    }],
    variable: "PALISADE_TEST_CHROMIUM",
    start,
    probe,
    stop: Stop::Terminate,
};

fn start(_: &Site) -> Result<Started> {
    Ok(Started {
        address: command::path_of("chromium")?,
        process: None,
    })
}

fn probe(path: &str) -> Result<()> {
    let version = command::read(Command::new(path).args(["--version", "--no-sandbox"]))?;
    anyhow::ensure!(
        version.starts_with("Chromium "),
        "{path} --version printed {version:?}"
    );
    Ok(())
}
