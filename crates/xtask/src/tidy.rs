//! `cargo xtask tidy`: the rules of the house that the compiler cannot check.
//!
//! Each rule is a file, takes the tree (and the list it enforces) as arguments, and is seen red
//! on a small tree made for it. A finding says where, what, and what to do.

mod architecture;
mod banned;
mod controls;
mod finding;
mod imports;
mod snapshots;
mod sources;
mod tree;

use anyhow::Result;

use crate::command::Reported;
use crate::workspace::Workspace;
use finding::Finding;
use tree::Tree;

pub(crate) fn run() -> Result<()> {
    let workspace = Workspace::read()?;
    let tree = Tree::read(&workspace.root)?;
    let mut findings = imports::check(&workspace)?;
    findings.extend(banned::check(&workspace)?);
    findings.extend(sources::check(&tree));
    findings.extend(snapshots::check(&tree));
    findings.extend(controls::check(&tree, &controls::declared()));
    findings.extend(architecture::check(&tree));
    report(&findings)
}

/// Prints every finding; only errors make it fail.
fn report(findings: &[Finding]) -> Result<()> {
    for finding in findings {
        println!("{finding}");
    }
    let errors = findings.iter().filter(|finding| finding.is_error()).count();
    let warnings = findings.len() - errors;
    println!("tidy: {errors} errors, {warnings} warnings");
    if errors > 0 {
        return Err(Reported.into());
    }
    Ok(())
}
