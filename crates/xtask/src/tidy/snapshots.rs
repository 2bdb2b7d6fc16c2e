//! Snapshots that no test reads, and those a run left to be accepted.

use super::finding::Finding;
use super::tree::{TextFile, Tree};

/// What a run of the tests leaves when a snapshot changed.
const PENDING: [&str; 2] = [".snap.new", ".pending-snap"];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    tree.files
        .iter()
        .filter_map(|file| judge(tree, file))
        .collect()
}

fn judge(tree: &Tree, file: &TextFile) -> Option<Finding> {
    if PENDING.iter().any(|ending| file.path.ends_with(ending)) {
        let remedy = "accept it with cargo insta accept, or delete it";
        return Some(Finding::error(
            &file.path,
            1,
            "a snapshot waits for a decision",
            remedy,
        ));
    }
    let name = test_name(file.path.strip_suffix(".snap")?);
    let source = file
        .lines()
        .find_map(|(_, line)| line.strip_prefix("source: "));
    let Some(source) = source.map(|path| path.trim().trim_matches('"')) else {
        let remedy = "delete it, and let the test write it again";
        return Some(Finding::error(
            &file.path,
            1,
            "the snapshot names no source",
            remedy,
        ));
    };
    let remedy = "delete the snapshot, or bring its test back";
    match tree.file(source) {
        None => {
            let what = format!("its test file {source} is gone");
            Some(Finding::error(&file.path, 1, what, remedy))
        }
        Some(test) if !test.text.contains(name) => {
            let what = format!("{source} has no test or snapshot that is called {name}");
            Some(Finding::error(&file.path, 1, what, remedy))
        }
        Some(_) => None,
    }
}

/// `snapshots/it__routes__a_test-2@sqlite` is a snapshot of `a_test`.
fn test_name(path: &str) -> &str {
    let file = path.rsplit('/').next().unwrap_or(path);
    let name = file.rsplit("__").next().unwrap_or(file);
    let name = name.split('@').next().unwrap_or(name);
    match name.rsplit_once('-') {
        Some((test, number)) if number.bytes().all(|digit| digit.is_ascii_digit()) => test,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::assert_found;
    use super::*;

    const SNAPSHOT: &str = "---\nsource: crates/a/src/b.rs\nexpression: x\n---\nvalue\n";

    fn check_tree(files: &[(&str, &str)], expected: &[&str]) {
        assert_found(&check(&Tree::of(files)), expected);
    }

    #[test]
    fn a_snapshot_with_its_test_passes() {
        let test = ("crates/a/src/b.rs", "fn a_test() {}");
        check_tree(
            &[
                test,
                (
                    "crates/a/src/snapshots/a__b__tests__a_test-2.snap",
                    SNAPSHOT,
                ),
            ],
            &[],
        );
    }

    #[test]
    fn a_snapshot_whose_test_is_gone_is_found() {
        let test = ("crates/a/src/b.rs", "fn another() {}");
        let snapshot = ("crates/a/src/snapshots/a__b__tests__a_test.snap", SNAPSHOT);
        check_tree(
            &[test, snapshot],
            &["no test or snapshot that is called a_test"],
        );
        check_tree(&[snapshot], &["its test file crates/a/src/b.rs is gone"]);
    }

    #[test]
    fn a_snapshot_that_waits_is_found() {
        check_tree(
            &[("crates/a/src/.b.rs.pending-snap", "{}")],
            &["waits for a decision"],
        );
        check_tree(
            &[("crates/a/src/snapshots/x.snap.new", SNAPSHOT)],
            &["waits for a decision"],
        );
    }
}
