//! FastAPI in a Python environment of its own: the foreign app that no line of ours was made for.
//!
//! Tests start it themselves; what they are told is the interpreter that can import it.

use std::fs::File;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::parts::{Part, Site, Started, text};
use crate::install::{self, Needed};
use crate::process::Stop;
use crate::{command, machine};

/// What is installed from PyPI; a change of a version makes a new environment.
const PACKAGES: [&str; 4] = [
    "fastapi==0.165.0",
    "uvicorn==0.54.0",
    // uvicorn speaks no WebSocket, and FastAPI reads no form, without these.
    "websockets==17.4",
    "python-multipart==0.0.34",
];
/// Debian's own, whatever other Python stands first in `PATH`.
const PYTHON: &str = "/usr/bin/python3";
/// Debian's Python makes no environment without it, and it brings no program to look for.
const VENV_PACKAGE: &str = "python3-venv";

pub(super) const PART: Part = Part {
    name: "FastAPI",
    needed: &[Needed {
        program: PYTHON,
        package: "python3",
    }],
    variable: "PALISADE_TEST_FASTAPI_PYTHON",
    start,
    probe,
    stop: Stop::Terminate,
};

fn start(_: &Site) -> Result<Started> {
    let cache = machine::cache_directory()?;
    // Two runs at once must not build the same environment over each other.
    let lock = File::create(cache.join("python.lock"))?;
    lock.lock().context("cannot lock the cache folder")?;
    let environment = cache.join(format!("python-{}", PACKAGES.join("-").replace("==", "-")));
    let complete = environment.join("complete");
    if !complete.is_file() {
        build(&environment)?;
        File::create(&complete)?;
    }
    let python = environment.join("bin/python");
    Ok(Started {
        address: text(&python)?.to_owned(),
        process: None,
    })
}

fn build(environment: &Path) -> Result<()> {
    println!("installing {} from PyPI", PACKAGES.join(", "));
    if environment.exists() {
        std::fs::remove_dir_all(environment)?;
    }
    if command::read(Command::new(PYTHON).args(["-c", "import ensurepip"])).is_err() {
        let by_hand = install::by_hand(&[VENV_PACKAGE]);
        install::install(&[VENV_PACKAGE])
            .with_context(|| format!("{VENV_PACKAGE} is missing; run: {by_hand}"))?;
    }
    command::read(Command::new(PYTHON).args(["-m", "venv"]).arg(environment))?;
    let mut pip = Command::new(environment.join("bin/python"));
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]);
    pip.args(["--no-input", "--only-binary", ":all:"])
        .args(PACKAGES);
    let by_hand = command::line(&pip);
    command::read(&mut pip).with_context(|| format!("PyPI did not serve it; run: {by_hand}"))?;
    Ok(())
}

fn probe(python: &str) -> Result<()> {
    let program = "import sys, fastapi, uvicorn, websockets, python_multipart\n\
                   from importlib.metadata import version\n\
                   print(*(f'{name}=={version(name)}' for name in sys.argv[1:]))";
    let mut installed = Command::new(python);
    installed.args(["-c", program]);
    installed.args(PACKAGES.map(|package| package.split("==").next().unwrap_or_default()));
    let printed = command::read(&mut installed)?;
    anyhow::ensure!(
        printed.trim() == PACKAGES.join(" "),
        "{printed:?} is installed, not {PACKAGES:?}"
    );
    Ok(())
}
