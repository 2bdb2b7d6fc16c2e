//! `cargo xtask codegen`: reference pages come from the program that they describe.
//!
//! A page is generated whole, or holds a marked block among what a person wrote. With `--check`
//! nothing is written, and pages that the program no longer agrees with are named.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command;
use crate::workspace::Workspace;

const BLOCK_START: &str = "<!-- generated: cargo xtask codegen -->";
const BLOCK_END: &str = "<!-- /generated -->";

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Writes nothing; fails and names the pages that are stale
    #[arg(long)]
    check: bool,
}

/// One page and the arguments after `palisade reference` that print it, or its block.
struct Page {
    file: String,
    extent: Extent,
    arguments: Vec<&'static str>,
}

#[derive(Clone, Copy)]
enum Extent {
    Whole,
    Block,
}

/// Every generated page.
fn pages() -> Vec<Page> {
    let whole = [
        ("docs/configuration.md", "configuration"),
        ("docs/metrics.md", "metrics"),
        ("docs/controls.md", "controls"),
        ("docs/palisade.schema.json", "schema"),
    ];
    let mut pages: Vec<_> = whole
        .into_iter()
        .map(|(file, what)| Page {
            file: file.to_owned(),
            extent: Extent::Whole,
            arguments: vec![what],
        })
        .collect();
    pages.extend(palisade_kernel::control::CATALOGUE.iter().map(|spec| Page {
        file: format!("docs/controls/{}.md", spec.id),
        extent: Extent::Block,
        arguments: vec!["control", spec.id.as_str()],
    }));
    pages
}

pub(crate) fn run(options: &Options) -> Result<()> {
    if options.check {
        return check();
    }
    each_page(|file, current, wanted| {
        if current != wanted {
            if let Some(folder) = file.parent() {
                std::fs::create_dir_all(folder)?;
            }
            std::fs::write(file, wanted)
                .with_context(|| format!("cannot write {}", file.display()))?;
            println!("wrote {}", file.display());
        }
        Ok(())
    })
}

/// Fails when a page is not what the program prints now.
pub(crate) fn check() -> Result<()> {
    let mut stale = Vec::new();
    each_page(|file, current, wanted| {
        if current != wanted {
            stale.push(file.display().to_string());
        }
        Ok(())
    })?;
    if !stale.is_empty() {
        bail!("stale: {}\nrun: cargo xtask codegen", stale.join(", "));
    }
    Ok(())
}

/// Hands each page on with what it says and what it should say.
fn each_page(mut with: impl FnMut(&Path, &str, &str) -> Result<()>) -> Result<()> {
    let workspace = Workspace::read()?;
    command::run(&mut command::cargo(&[
        "build",
        "--quiet",
        "--package",
        "palisade",
    ]))?;
    let program = workspace.target.join("debug/palisade");
    for page in pages() {
        let mut reference = Command::new(&program);
        let printed = command::read(reference.arg("reference").args(&page.arguments))?;
        let file = workspace.root.join(&page.file);
        let current = read_or_empty(&file)?;
        let wanted = match page.extent {
            Extent::Whole => printed,
            Extent::Block => with_block(&current, &printed)
                .with_context(|| format!("{} cannot be filled", page.file))?,
        };
        with(&file, &current, &wanted)?;
    }
    Ok(())
}

fn read_or_empty(file: &Path) -> Result<String> {
    match std::fs::read_to_string(file) {
        Ok(text) => Ok(text),
        Err(failure) if failure.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(failure) => Err(failure).with_context(|| format!("cannot read {}", file.display())),
    }
}

/// The page with its one marked block replaced.
fn with_block(page: &str, block: &str) -> Result<String> {
    let split = |text, marker| -> Option<(&str, &str)> { str::split_once(text, marker) };
    let Some((before, rest)) = split(page, BLOCK_START) else {
        bail!("it has no line {BLOCK_START}");
    };
    let Some((_, after)) = split(rest, BLOCK_END) else {
        bail!("it has no line {BLOCK_END} after the first");
    };
    if after.contains(BLOCK_START) {
        bail!("it has two generated blocks, where one is allowed");
    }
    Ok(format!(
        "{before}{BLOCK_START}\n{}\n{BLOCK_END}{after}",
        block.trim_end()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_replaced_and_what_a_person_wrote_stays() {
        let page = format!("# A\n{BLOCK_START}\nold\n{BLOCK_END}\nbelow\n");
        let filled = with_block(&page, "| new |\n").unwrap();
        assert_eq!(
            filled,
            format!("# A\n{BLOCK_START}\n| new |\n{BLOCK_END}\nbelow\n")
        );
        assert_eq!(with_block(&filled, "| new |\n").unwrap(), filled);
    }

    #[test]
    fn a_page_without_a_whole_block_is_refused() {
        let unclosed = format!("# A\n{BLOCK_START}\nold\n");
        let twice = format!("{BLOCK_START}{BLOCK_END}{BLOCK_START}{BLOCK_END}");
        for page in ["# A\n", &unclosed, &twice] {
            assert!(with_block(page, "x").is_err(), "{page}");
        }
    }

    #[test]
    fn every_control_has_its_page_in_the_list() {
        let files: Vec<_> = pages().into_iter().map(|page| page.file).collect();
        assert!(
            files.contains(&"docs/controls/edge.headers.md".to_owned()),
            "{files:?}"
        );
    }
}
