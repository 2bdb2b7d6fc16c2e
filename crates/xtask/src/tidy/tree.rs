//! The files of the checkout as text, read once for all rules.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// What holds no sources of ours, wherever it stands; `.git` is a file in a linked work tree.
const SKIPPED: &[&str] = &[
    ".git",
    "target",
    "node_modules",
    "palisade-data",
    "palisade-demo",
];
/// Larger files are data, not text that a person wrote.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

pub(crate) struct Tree {
    pub(crate) root: PathBuf,
    /// In the order of their paths.
    pub(crate) files: Vec<TextFile>,
}

pub(crate) struct TextFile {
    /// From the root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Tree {
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let mut files = Vec::new();
        collect(root, root, &mut files)
            .with_context(|| format!("cannot read the tree at {}", root.display()))?;
        files.sort_by(|a: &TextFile, b| a.path.cmp(&b.path));
        Ok(Self {
            root: root.to_owned(),
            files,
        })
    }

    pub(crate) fn file(&self, path: &str) -> Option<&TextFile> {
        self.files.iter().find(|file| file.path == path)
    }

    pub(crate) fn rust(&self) -> impl Iterator<Item = &TextFile> {
        self.files.iter().filter(|file| file.path.ends_with(".rs"))
    }
}

impl TextFile {
    /// Its lines with their numbers, from one.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line))
    }
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<TextFile>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        let name = entry.file_name();
        if SKIPPED.iter().any(|skipped| name == *skipped) {
            continue;
        }
        if kind.is_dir() {
            collect(root, &path, files)?;
        } else if kind.is_file() && entry.metadata()?.len() <= FILE_BYTES_MAX {
            // Images and other bytes are no text, and no rule reads them.
            if let Ok(text) = std::fs::read_to_string(&path) {
                let path = path.strip_prefix(root).unwrap_or(&path);
                files.push(TextFile {
                    path: path.to_string_lossy().into_owned(),
                    text,
                });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
impl Tree {
    /// A tree of these files on disk, read back; for the tests of the rules.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        Self::read(folder.path()).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builds_and_bytes_that_are_no_text_are_not_read() {
        let tree = Tree::of(&[("target/a.rs", "x"), ("crates/b.rs", "one\ntwo")]);
        let paths: Vec<_> = tree.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["crates/b.rs"]);
        let lines: Vec<_> = tree.files[0].lines().collect();
        assert_eq!(lines, [(1, "one"), (2, "two")]);
    }
}
