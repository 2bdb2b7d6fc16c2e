//! Who may import whom: the crate table of ARCHITECTURE.md, checked with `cargo tree`.
//!
//! It holds the crates that are planned too, so that each falls under its rule on the day it
//! appears. A crate that has no row is an error: the table is where a new one is argued for.

use anyhow::Result;

use super::finding::Finding;
use crate::command;
use crate::workspace::{Package, Workspace};

/// What one crate may import of ours, and what must not reach it by any way.
struct Row {
    folder: &'static str,
    may_import: MayImport,
    /// Crates from elsewhere that must not be in its tree, however deep.
    never: &'static [&'static str],
}

enum MayImport {
    Only(&'static [&'static str]),
    Everything,
}

use MayImport::{Everything, Only};

const SQL: &[&str] = &[
    "sqlx",
    "sqlx-core",
    "rusqlite",
    "libsqlite3-sys",
    "tokio-postgres",
];
/// What holds the words all others share does no I/O.
const NO_IO: &[&str] = &[
    "tokio",
    "hyper",
    "axum",
    "sqlx",
    "sqlx-core",
    "rusqlite",
    "rustls",
];
/// The data plane asks no database, and its guards are plain tower pieces.
const EDGE_NEVER: &[&str] = &[
    "axum",
    "sqlx",
    "sqlx-core",
    "rusqlite",
    "libsqlite3-sys",
    "tokio-postgres",
    "redis",
];
/// Every capability stands on these, and on no other capability.
const BASE: &[&str] = &["kernel", "detect", "web", "keys", "store", "audit"];

/// `palisade-<folder>`, but for the binary, whose package is `palisade`.
const ROWS: &[Row] = &[
    row("kernel", Only(&[]), NO_IO),
    row("detect", Only(&["kernel"]), NO_IO),
    row("web", Only(&["kernel"]), SQL),
    row(
        "keys",
        Only(&["kernel"]),
        &["axum", "sqlx", "sqlx-core", "rusqlite"],
    ),
    row("store", Only(&["kernel"]), &["axum"]),
    row(
        "audit",
        Only(&["kernel", "detect", "keys", "store", "web"]),
        &[],
    ),
    row("edge", Only(&["kernel", "detect", "keys"]), EDGE_NEVER),
    row(
        "content",
        Only(&["kernel", "keys", "store", "web", "audit"]),
        &[],
    ),
    row("backup", Only(&["kernel", "store"]), &["axum"]),
    row("operate", Only(&["kernel", "store", "web"]), &[]),
    row("identity", Only(BASE), &[]),
    row("webhooks", Only(BASE), &[]),
    row("media", Only(BASE), &[]),
    row("llm", Only(BASE), &[]),
    row("database", Only(&["kernel", "keys"]), &["axum"]),
    row("scan", Only(&["kernel", "detect"]), SQL),
    row(
        "console",
        Only(&[
            "kernel", "web", "audit", "content", "identity", "webhooks", "media", "llm",
        ]),
        &[],
    ),
    row("verify", Only(&["kernel", "detect"]), SQL),
    row("server", Everything, &[]),
    row("demo-app", Only(&[]), &[]),
    // Its one import is the list of controls, whose code, proofs and pages it looks for.
    row(
        "xtask",
        Only(&["kernel"]),
        &["tokio", "hyper", "axum", "rustls", "aws-lc-rs"],
    ),
];

const fn row(folder: &'static str, may_import: MayImport, never: &'static [&'static str]) -> Row {
    Row {
        folder,
        may_import,
        never,
    }
}

pub(crate) fn check(workspace: &Workspace) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for package in &workspace.packages {
        findings.extend(imports_of(package, &workspace.packages));
        let Some(row) = find(&package.folder).filter(|row| !row.never.is_empty()) else {
            continue;
        };
        let mut tree = command::cargo(&["tree", "--package", &package.name]);
        tree.args([
            "--edges",
            "normal,build",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ]);
        tree.current_dir(&workspace.root);
        findings.extend(reached(package, row, &command::read(&mut tree)?));
    }
    Ok(findings)
}

fn find(folder: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.folder == folder)
}

fn manifest(package: &Package) -> String {
    format!("crates/{}/Cargo.toml", package.folder)
}

/// Judges what a crate declares of ours.
fn imports_of(package: &Package, all: &[Package]) -> Vec<Finding> {
    let Some(row) = find(&package.folder) else {
        return vec![Finding::error(
            &manifest(package),
            1,
            format!(
                "the crate {} has no row in the import table",
                package.folder
            ),
            "add its row to ROWS in crates/xtask/src/tidy/imports.rs, and to ARCHITECTURE.md",
        )];
    };
    let Only(allowed) = row.may_import else {
        return Vec::new();
    };
    let imported = all
        .iter()
        .filter(|other| package.dependencies.contains(&other.name));
    imported
        .filter(|other| !allowed.contains(&other.folder.as_str()))
        .map(|other| {
            let may = if allowed.is_empty() {
                "no crate of ours".to_owned()
            } else {
                allowed.join(", ")
            };
            Finding::error(
                &manifest(package),
                1,
                format!(
                    "{} imports {}; it may import {may}",
                    package.folder, other.folder
                ),
                "meet through a word of kernel, an event of audit, or the wiring in server",
            )
        })
        .collect()
}

/// Judges what reaches a crate by any way. `tree` has one `name vX.Y.Z` per line.
fn reached(package: &Package, row: &Row, tree: &str) -> Vec<Finding> {
    let inside = |name: &&&str| {
        tree.lines()
            .any(|line| line.split(' ').next() == Some(**name))
    };
    row.never
        .iter()
        .filter(inside)
        .map(|never| {
            Finding::error(
                &manifest(package),
                1,
                format!(
                    "{} must never know {never}, and has it in its tree",
                    package.folder
                ),
                format!(
                    "see the way in: cargo tree -p {} -i {never} -e normal,build",
                    package.name
                ),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::finding::assert_found;
    use super::*;

    fn package(folder: &str, dependencies: &[&str]) -> Package {
        Package {
            name: format!("palisade-{folder}"),
            folder: folder.to_owned(),
            dependencies: dependencies.iter().map(|&name| name.to_owned()).collect(),
        }
    }

    fn check(folder: &str, dependencies: &[&str], expected: &[&str]) {
        let all = ["kernel", "edge", "identity", "media", "verify", "demo-app"]
            .map(|folder| package(folder, &[]));
        assert_found(&imports_of(&package(folder, dependencies), &all), expected);
    }

    #[test]
    fn what_the_table_allows_passes() {
        check("edge", &["palisade-kernel", "hyper"], &[]);
        check(
            "server",
            &["palisade-edge", "palisade-identity", "palisade-verify"],
            &[],
        );
    }

    #[test]
    fn no_capability_imports_another() {
        check("identity", &["palisade-media"], &["identity imports media"]);
    }

    #[test]
    fn the_prover_shares_nothing_with_what_it_proves() {
        check("verify", &["palisade-edge"], &["verify imports edge"]);
    }

    #[test]
    fn the_demo_app_knows_nothing_of_palisade() {
        check(
            "demo-app",
            &["palisade-kernel"],
            &["it may import no crate of ours"],
        );
    }

    #[test]
    fn a_crate_without_a_row_is_an_error() {
        check("brand-new", &[], &["the crate brand-new has no row"]);
    }

    #[test]
    fn a_forbidden_crate_is_found_however_deep_but_not_by_a_part_of_its_name() {
        let (package, row) = (package("kernel", &[]), find("kernel").unwrap());
        assert!(reached(&package, row, "http v1.5.0\ntokio-stream v0.1.0").is_empty());
        let findings = reached(&package, row, "http v1.5.0\ntokio v1.54.0 (*)");
        assert_eq!(findings.len(), 1);
        assert!(
            findings[0]
                .to_string()
                .contains("cargo tree -p palisade-kernel -i tokio")
        );
    }

    #[test]
    fn every_name_in_the_table_is_a_row() {
        for row in ROWS {
            let Only(allowed) = row.may_import else {
                continue;
            };
            for folder in allowed {
                assert!(find(folder).is_some(), "{folder}");
                assert_ne!(*folder, row.folder);
            }
        }
    }
}
