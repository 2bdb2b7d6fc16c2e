//! `palisade backup` beside a node that serves, and `palisade restore` in place of one.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Output, Stdio};

use rustix::process::Signal;

use crate::app::{App, ok};
use crate::process::{self, Process, palisade};

const KILLS: usize = 20;
/// By how many looks at its folder each restore lives longer than the one before.
const LOOKS: usize = 100;

fn node(data: &Path, app: &App) -> Process {
    let file = data.with_extension("toml");
    fs::write(&file, app.upstream("")).unwrap();
    Process::serve(data, &["-c", file.to_str().unwrap()], Stdio::null())
}

fn told(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn run(arguments: &[impl AsRef<str>]) -> Output {
    let arguments: Vec<&str> = arguments.iter().map(AsRef::as_ref).collect();
    process::run(&arguments)
}

/// Why it exits with 3.
fn refusal(arguments: &[impl AsRef<str>]) -> String {
    let output = run(arguments);
    assert_eq!(output.status.code(), Some(3));
    String::from_utf8(output.stderr).unwrap()
}

fn ban(data: &Path, network: &str) {
    let data = data.to_str().unwrap();
    told(&run(&["ban", "add", network, "--data-dir", data]));
}

fn bans(data: &Path) -> String {
    told(&run(&["ban", "list", "--data-dir", data.to_str().unwrap()]))
}

/// A folder with a key, and a backup of a node that had banned 192.0.2.1.
struct Site {
    folder: tempfile::TempDir,
    app: App,
    /// The public half of the key.
    public: String,
}

impl Site {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join("key");
        let made = told(&run(&["backup", "key", "--to", key.to_str().unwrap()]));
        let site = Self {
            folder,
            app: App::answering(ok("text/plain", "x")),
            public: made.lines().next().unwrap().to_owned(),
        };
        let data = site.data("old");
        let process = node(&data, &site.app);
        ban(&data, "192.0.2.1");
        assert!(metric(&process).ends_with(" 0"));
        let backup = run(&site.backup("a.age", "old"));
        assert!(told(&backup).contains("2 files"), "{backup:?}");
        assert!(!metric(&process).ends_with(" 0"));
        // It was taken beside a node, and a killed node's file is as good.
        process.signal(Signal::KILL);
        drop(process);
        told(&run(&site.backup("b.age", "old")));
        site
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn data(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// The arguments of a backup to `to`.
    fn backup(&self, to: &str, data: &str) -> Vec<String> {
        let (to, data) = (self.path(to), self.path(data));
        let words = [
            "backup",
            "--to",
            &to,
            "--recipient",
            &self.public,
            "--data-dir",
            &data,
        ];
        words.map(str::to_owned).to_vec()
    }

    /// The arguments of a restore, and more.
    fn restore(&self, data: &str, more: &[&str]) -> Vec<String> {
        let (key, data) = (self.path("key"), self.path(data));
        let words = ["restore", "--identity", &key, "--data-dir", &data];
        let words = words.iter().chain(more);
        words.map(|&word| word.to_owned()).collect()
    }

    fn run(&self, data: &str, more: &[&str]) -> Output {
        run(&self.restore(data, more))
    }

    fn refusal(&self, data: &str, more: &[&str]) -> String {
        refusal(&self.restore(data, more))
    }
}

fn metric(process: &Process) -> String {
    let metrics = process.metrics();
    let name = "palisade_backup_last_success_timestamp_seconds ";
    let line = metrics.lines().find(|line| line.starts_with(name));
    line.expect("the metric").to_owned()
}

#[test]
fn a_backup_taken_under_way_brings_a_node_back_elsewhere() {
    let site = Site::new();
    let archive = site.path("a.age");
    let mode = fs::metadata(&archive).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let checked = told(&site.run("new", &["--from", &archive, "--check"]));
    assert!(
        checked.starts_with("whole; ") && checked.contains("ca.key"),
        "{checked}"
    );
    assert!(!site.data("new").exists());

    told(&site.run("new", &["--from", &archive]));
    let read = |data: &str| fs::read(site.data(data).join("ca.key")).unwrap();
    assert_eq!(read("new"), read("old"));
    let process = node(&site.data("new"), &site.app);
    assert!(bans(&site.data("new")).contains("192.0.2.1"));
    drop(process);
}

#[test]
fn nothing_is_replaced_unasked_and_nothing_under_a_node() {
    let site = Site::new();
    let archive = site.path("a.age");
    let data = site.data("other");
    let process = node(&data, &site.app);
    ban(&data, "192.0.2.2");
    let from = ["--from", &archive];
    let replace = ["--from", &archive, "--replace"];
    assert!(site.refusal("other", &replace).contains("in use"));
    drop(process);
    assert!(site.refusal("other", &from).contains("--replace"));
    let told = told(&site.run("other", &replace));
    assert!(told.contains("before-restore-"), "{told}");
    let process = node(&data, &site.app);
    let bans = bans(&data);
    assert!(
        bans.contains("192.0.2.1") && !bans.contains("192.0.2.2"),
        "{bans}"
    );
    drop(process);
    assert!(refusal(&site.backup("a.age", "other")).contains("--force"));
}

#[test]
fn a_restore_killed_at_any_point_leaves_the_old_node_or_the_new() {
    let site = Site::new();
    let archive = site.path("a.age");
    let (old, new) = (site.data("other"), site.data("old"));
    drop(node(&old, &site.app));
    let key = |data: &Path| fs::read(data.join("ca.key")).unwrap();
    let mut was_old = 0;
    for round in 0..KILLS {
        let name = format!("other-{round}");
        let data = site.data(&name);
        copy(&old, &data);
        let words = site.restore(&name, &["--from", &archive, "--replace"]);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let mut restore = palisade(&words).stdout(Stdio::null()).spawn().unwrap();
        // Each round it gets further: so many looks take so long.
        let kept = |entry: fs::DirEntry| entry.path().extension().is_some_and(|e| e == "age");
        let mut looks = round * LOOKS;
        while looks > 0 && restore.try_wait().unwrap().is_none() {
            let is_kept = fs::read_dir(&data)
                .unwrap()
                .any(|entry| kept(entry.unwrap()));
            // Until the old state is kept nothing interesting happens.
            looks -= usize::from(is_kept);
        }
        restore.kill().unwrap();
        restore.wait().unwrap();
        let process = node(&data, &site.app);
        let is_new = bans(&data).contains("192.0.2.1");
        let expected = if is_new { &new } else { &old };
        assert!(
            key(&data) == key(expected),
            "round {round}: keys and state are apart"
        );
        was_old += usize::from(!is_new);
        drop(process);
    }
    assert!(
        was_old > 0 && was_old < KILLS,
        "{was_old} of {KILLS} were killed in time"
    );
}

/// The files of a node that does not run.
fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

#[test]
fn a_backup_with_a_passphrase_needs_no_key() {
    let site = Site::new();
    let (archive, file) = (site.path("p.age"), site.path("passphrase"));
    fs::write(&file, "correct horse\n").unwrap();
    let data = site.path("old");
    told(&run(&[
        "backup",
        "--to",
        &archive,
        "--passphrase-file",
        &file,
        "--data-dir",
        &data,
    ]));
    let wanted = site.refusal("new", &["--from", &archive, "--check"]);
    assert!(wanted.contains("--passphrase-file"), "{wanted}");
    let check = [
        "restore",
        "--from",
        &archive,
        "--passphrase-file",
        &file,
        "--check",
        "--json",
    ];
    let manifest: serde_json::Value = serde_json::from_str(&told(&run(&check))).unwrap();
    assert_eq!(manifest["tables"]["operate_bans"], 1);
}

#[test]
fn a_full_disk_is_told() {
    let site = Site::new();
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let data = site.path("old");
    let words = [
        "backup",
        "--to",
        "-",
        "--recipient",
        &site.public,
        "--data-dir",
        &data,
    ];
    let output = palisade(&words).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains("cannot be written"), "{errors}");
}

#[test]
fn where_there_is_no_node_the_way_out_is_told() {
    let site = Site::new();
    let told = refusal(&site.backup("c.age", "nowhere"));
    assert!(told.contains("--data-dir"), "{told}");
    assert!(!Path::new(&site.path("c.age")).exists());
}
