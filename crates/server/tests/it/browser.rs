//! A real browser, without a history.

use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;

use crate::parts::{Attended, variable};
use crate::patience::PATIENCE;

/// The page at `url` as it stands when its scripts have run, in a browser of its own.
#[track_caller]
pub(crate) fn document(url: &str) -> String {
    let profile = tempfile::tempdir().unwrap();
    let mut command = Command::new(variable("PALISADE_TEST_CHROMIUM"));
    command
        .args([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
        ])
        // The development CA is not this profile's; what is looked at here is not TLS.
        .args(["--ignore-certificate-errors", "--dump-dom"])
        .args(["--virtual-time-budget=10000"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(url)
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut browser = Attended(command.spawn().unwrap());
    let mut output = browser.0.stdout.take().unwrap();
    let (sender, document) = channel();
    std::thread::spawn(move || {
        let mut text = String::new();
        output.read_to_string(&mut text).map(|_| sender.send(text))
    });
    document
        .recv_timeout(PATIENCE)
        .expect("the browser prints the page")
}
