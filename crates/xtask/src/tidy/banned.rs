//! One TLS stack and one crypto stack, rustls and aws-lc-rs: what would bring a second is banned.
//!
//! `deny.toml` says the same to cargo-deny; here it is checked on machines that do not have it.

use std::collections::BTreeSet;

use anyhow::Result;

use super::finding::Finding;
use crate::command;
use crate::workspace::Workspace;

/// Never in the tree of any crate of ours, tests included.
const BANNED: &[(&str, &str)] = &[
    ("openssl", "a second TLS stack, linked to the system's"),
    ("openssl-sys", "a second TLS stack, linked to the system's"),
    ("native-tls", "a second TLS stack, the platform's"),
    (
        "ring",
        "a second crypto stack; switch the dependency's feature to aws-lc-rs",
    ),
    ("boring", "a second TLS stack"),
    ("boring-sys", "a second TLS stack"),
];

/// In the tree once at most: two versions are two stacks.
const ONCE: &[&str] = &[
    "rustls",
    "aws-lc-rs",
    "aws-lc-sys",
    "tokio-rustls",
    "rustls-webpki",
];

pub(crate) fn check(workspace: &Workspace) -> Result<Vec<Finding>> {
    let mut tree = command::cargo(&["tree", "--workspace", "--target", "all"]);
    tree.args([
        "--edges",
        "normal,build,dev",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ]);
    tree.current_dir(&workspace.root);
    Ok(judge(&command::read(&mut tree)?))
}

/// `tree` has one `name vX.Y.Z` per line, repeated ones included.
fn judge(tree: &str) -> Vec<Finding> {
    let packages: BTreeSet<(&str, &str)> = tree
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ');
            Some((words.next()?, words.next()?))
        })
        .collect();
    let versions = |name: &str| -> Vec<&str> {
        packages
            .iter()
            .filter(|package| package.0 == name)
            .map(|package| package.1)
            .collect()
    };
    let mut findings = Vec::new();
    for (name, reason) in BANNED {
        if !versions(name).is_empty() {
            findings.push(finding(name, format!("{name} is banned: {reason}")));
        }
    }
    for name in ONCE {
        let found = versions(name);
        if found.len() > 1 {
            let what = format!("{name} is there in several versions: {}", found.join(", "));
            findings.push(finding(name, what));
        }
    }
    findings
}

fn finding(name: &str, what: String) -> Finding {
    let remedy = format!("see who brings it: cargo tree --workspace --target all -e all -i {name}");
    Finding::error("Cargo.lock", 1, what, remedy)
}

#[cfg(test)]
mod tests {
    use super::super::finding::assert_found;
    use super::*;

    fn check(tree: &str, expected: &[&str]) {
        assert_found(&judge(tree), expected);
    }

    #[test]
    fn one_stack_passes_however_often_it_is_listed() {
        check("rustls v0.23.1\nrustls v0.23.1 (*)\naws-lc-rs v1.9.0", &[]);
    }

    #[test]
    fn each_banned_crate_is_found() {
        for (name, _) in BANNED {
            check(
                &format!("http v1.5.0\n{name} v0.1.0"),
                &[&format!("{name} is banned")],
            );
        }
    }

    #[test]
    fn a_second_version_of_the_stack_is_found() {
        check(
            "rustls v0.21.0\nrustls v0.23.1",
            &["several versions: v0.21.0, v0.23.1"],
        );
    }
}
