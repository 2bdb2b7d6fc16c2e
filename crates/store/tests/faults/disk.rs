//! A folder whose disk does what a test says.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

pub(crate) struct Disk {
    scratch: TempDir,
}

impl Disk {
    pub(crate) fn new() -> Self {
        let scratch = tempfile::tempdir().unwrap();
        let disk = Self { scratch };
        std::fs::create_dir(disk.folder()).unwrap();
        disk.behave("pass");
        compile(&disk.layer());
        disk
    }

    /// Where the store keeps its file.
    pub(crate) fn folder(&self) -> PathBuf {
        self.scratch.path().canonicalize().unwrap().join("data")
    }

    /// The library that stands before libc.
    pub(crate) fn layer(&self) -> PathBuf {
        self.scratch.path().join("faults.so")
    }

    pub(crate) fn control(&self) -> PathBuf {
        self.scratch.path().join("control")
    }

    /// How the disk behaves from now on; `faults.c` lists the ways.
    pub(crate) fn behave(&self, how: &str) {
        // Renamed into place, so that it is never read half written.
        let next = self.scratch.path().join("control.next");
        std::fs::write(&next, how).unwrap();
        std::fs::rename(next, self.control()).unwrap();
    }
}

fn compile(layer: &Path) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/faults.c");
    let mut cc = Command::new("cc");
    cc.args([
        "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o",
    ])
    .arg(layer);
    cc.arg(source).arg("-ldl");
    let status = cc.status().expect("a C compiler (Debian: build-essential)");
    assert!(status.success(), "faults.c does not compile");
}
