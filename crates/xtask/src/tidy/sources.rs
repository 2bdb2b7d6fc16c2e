//! What every source file keeps to: its head, its length, what it never says.

use super::finding::Finding;
use super::tree::{TextFile, Tree};

/// Past this, ask whether two things live here.
const LINES_WARNED: usize = 350;
/// Past this, they do.
const LINES_MAX: usize = 500;

/// Longer files that are one thing, each with its reason.
const LONG_FILES: &[(&str, &str)] = &[];

/// Words that say something is unfinished or not run, each in two halves so that this list does
/// not find itself.
const UNFINISHED: &[(&str, &str)] = &[
    (
        concat!("TO", "DO"),
        "finish it, or file it where work is planned",
    ),
    (
        concat!("FIX", "ME"),
        "fix it, or file it where work is planned",
    ),
    (concat!("to", "do!("), "write it"),
    (concat!("unimplemented", "!("), "write it"),
    (
        concat!("#[ig", "nore"),
        "a test that is not run proves nothing: mend or delete it",
    ),
];

/// How tests wait by the clock, which makes them slow or flaky and mostly both.
const SLEEPS: &[&str] = &[concat!("thread::", "sleep("), concat!("time::", "sleep(")];

/// Folders whose absolute paths are some person's own machine.
const MACHINE_PATHS: &[&str] = &[
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("/Us", "ers/"),
];

/// First folders that every Debian has, so a path in them says nothing of a machine.
const STANDARD_FOLDERS: &[&str] = &[
    "bin", "etc", "home", "mnt", "opt", "root", "run", "srv", "tmp", "usr", "var",
];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust() {
        findings.extend(head(file));
        findings.extend(length(file, LONG_FILES));
        findings.extend(unfinished(file));
        findings.extend(sleeps(file));
    }
    let own = own_folder(&tree.root);
    for file in tree.files.iter().filter(|file| file.path != "Cargo.lock") {
        findings.extend(machine_paths(file, own.as_deref()));
    }
    findings
}

fn head(file: &TextFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    if file.path.ends_with("/mod.rs") {
        let remedy = "name it after its folder and put it beside that: foo.rs beside foo/";
        findings.push(Finding::error(
            &file.path,
            1,
            "a mod.rs has no name",
            remedy,
        ));
    }
    if !file.text.starts_with("//!") {
        let remedy = "begin with one to five //! lines: what this is, and why here";
        findings.push(Finding::error(
            &file.path,
            1,
            "the file does not say what it is",
            remedy,
        ));
    }
    findings
}

fn length(file: &TextFile, long_files: &[(&str, &str)]) -> Option<Finding> {
    let lines = file.lines().count();
    if long_files.iter().any(|(path, _)| *path == file.path) {
        return None;
    }
    let what = format!("{lines} lines");
    if lines > LINES_MAX {
        let remedy = format!("split it: {LINES_MAX} are the most, one thing per file");
        return Some(Finding::error(&file.path, LINES_MAX + 1, what, remedy));
    }
    (lines > LINES_WARNED).then(|| {
        let remedy = "ask whether two things live here";
        Finding::warning(&file.path, LINES_WARNED + 1, what, remedy)
    })
}

fn unfinished(file: &TextFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in file.lines() {
        for (word, remedy) in UNFINISHED {
            if has_word(line, word) {
                let what = format!("it says {}", word.trim_end_matches('('));
                findings.push(Finding::error(&file.path, number, what, *remedy));
            }
        }
    }
    findings
}

/// Whether `word` stands in `line` and is not a part of a longer name.
fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(start, _)| {
        let touches = |next: Option<char>| next.is_some_and(|c| c.is_alphanumeric() || c == '_');
        let before = line[..start].chars().next_back();
        let after = line[start + word.len()..].chars().next();
        let open_end = word.ends_with(|c: char| !c.is_alphanumeric());
        !touches(before) && (open_end || !touches(after))
    })
}

fn sleeps(file: &TextFile) -> Vec<Finding> {
    let tests_only = file.path.contains("/tests/") || file.path.ends_with("/tests.rs");
    let mut in_tests = tests_only;
    // Of the test above the line: on paused time, tokio's sleep takes none.
    let mut on_paused_time = false;
    let mut findings = Vec::new();
    for (number, line) in file.lines() {
        in_tests |= line.trim_start().starts_with("#[cfg(test)]");
        if line.contains("test]") || line.contains("#[tokio::test") {
            on_paused_time = line.contains("start_paused = true");
        }
        let real = |sleep: &&&str| !(on_paused_time && sleep.starts_with("time::"));
        if in_tests && SLEEPS.iter().filter(real).any(|sleep| line.contains(sleep)) {
            let remedy = "wait for the event, or advance paused tokio time";
            findings.push(Finding::error(&file.path, number, "a test sleeps", remedy));
        }
    }
    findings
}

fn machine_paths(file: &TextFile, own: Option<&str>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in file.lines() {
        let mut paths = MACHINE_PATHS.iter().copied().chain(own);
        if let Some(path) = paths.find(|path| starts_a_path(line, path)) {
            let what = format!("a path of somebody's machine, {path}…");
            let remedy = "use a path from the root of the checkout, or one that is handed in";
            findings.push(Finding::error(&file.path, number, what, remedy));
        }
    }
    findings
}

/// Whether an absolute path under `folder` stands in `line`; in a URL it is a page's name.
fn starts_a_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        before
            .is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '.' | '-' | '_' | '/' | '}' | '~'))
    })
}

/// The first folder of this checkout's own path, where it is not one that every machine has.
fn own_folder(root: &std::path::Path) -> Option<String> {
    let first = root.components().nth(1)?.as_os_str().to_str()?;
    (!STANDARD_FOLDERS.contains(&first)).then(|| format!("/{first}/"))
}

#[cfg(test)]
mod tests {
    use super::super::finding::assert_found;
    use super::*;

    const PATH: &str = "crates/a/src/b.rs";

    fn check_file(path: &str, text: &str, expected: &[&str]) {
        assert_found(&check(&Tree::of(&[(path, text)])), expected);
    }

    #[test]
    fn a_calm_file_passes() {
        check_file(PATH, "//! What this is.\n\npub struct Todos;\n", &[]);
    }

    #[test]
    fn a_file_without_a_head_and_a_mod_rs_are_found() {
        check_file(
            PATH,
            "fn main() {}",
            &["b.rs:1: error: the file does not say what it is"],
        );
        check_file("crates/a/src/b/mod.rs", "//! x", &["a mod.rs has no name"]);
    }

    #[test]
    fn long_files_are_warned_of_and_then_refused() {
        let of_lines = |count: usize| format!("//! x{}", "\n//".repeat(count - 1));
        check_file(PATH, &of_lines(350), &[]);
        check_file(PATH, &of_lines(351), &["b.rs:351: warning: 351 lines"]);
        check_file(PATH, &of_lines(501), &["b.rs:501: error: 501 lines"]);
    }

    #[test]
    fn a_long_file_with_a_reason_passes() {
        let tree = Tree::of(&[(PATH, &"//!\n".repeat(600))]);
        assert!(length(&tree.files[0], &[(PATH, "one table")]).is_none());
        assert!(length(&tree.files[0], &[("crates/other.rs", "one table")]).is_some());
    }

    #[test]
    fn each_unfinished_word_is_found_with_its_line() {
        for (word, _) in UNFINISHED {
            let text = format!("//! x\n// {word} later");
            check_file(PATH, &text, &["b.rs:2: error: it says"]);
        }
    }

    #[test]
    fn a_longer_name_around_an_unfinished_word_is_no_finding() {
        let word = UNFINISHED[0].0;
        check_file(PATH, &format!("//! x\nconst MY_{word}: u8 = 1;"), &[]);
        check_file(PATH, &format!("//! x\nconst {word}S: u8 = 1;"), &[]);
    }

    #[test]
    fn tests_that_sleep_are_found_and_code_that_waits_is_not() {
        for sleep in SLEEPS {
            check_file(PATH, &format!("//! x\nfn a() {{ {sleep}x) }}"), &[]);
            let unit = format!("//! x\n#[cfg(test)]\nmod tests {{ {sleep}x) }}");
            check_file(PATH, &unit, &["b.rs:3: error: a test sleeps"]);
            let integration = format!("//! x\nfn a() {{ {sleep}x) }}");
            check_file("crates/a/tests/it/b.rs", &integration, &["a test sleeps"]);
        }
    }

    #[test]
    fn on_paused_time_tokios_sleep_is_no_sleep() {
        let paused = |attribute: &str, sleep: &str| {
            format!("//! x\n#[cfg(test)]\n{attribute}\nasync fn a() {{ {sleep}x) }}")
        };
        for sleep in SLEEPS {
            let text = paused("#[tokio::test(start_paused = true)]", sleep);
            let found: &[&str] = match sleep.starts_with("time::") {
                true => &[],
                false => &["b.rs:4: error: a test sleeps"],
            };
            check_file(PATH, &text, found);
            let text = paused("#[tokio::test]", sleep);
            check_file(PATH, &text, &["b.rs:4: error: a test sleeps"]);
        }
    }

    #[test]
    fn paths_of_a_machine_are_found_and_pages_of_a_site_are_not() {
        for folder in MACHINE_PATHS {
            check_file(
                "docs/a.md",
                &format!("see {folder}me/x"),
                &["a.md:1: error: a path of"],
            );
            check_file("docs/a.md", &format!("https://example.com{folder}x"), &[]);
        }
        let file = TextFile {
            path: "a.md".into(),
            text: "in /builds/7/x".into(),
        };
        assert_eq!(machine_paths(&file, Some("/builds/")).len(), 1);
        assert_eq!(
            own_folder("/builds/7".as_ref()).as_deref(),
            Some("/builds/")
        );
        assert_eq!(own_folder("/srv/palisade".as_ref()), None);
    }
}
