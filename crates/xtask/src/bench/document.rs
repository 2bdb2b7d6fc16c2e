//! `docs/performance.md`: a part for each bench, between marks that name the command.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// A part of `docs/performance.md` that one command writes from a complete run.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Block {
    Proxy,
    Controls,
}

impl Block {
    const fn command(self) -> &'static str {
        match self {
            Self::Proxy => "cargo xtask bench proxy",
            Self::Controls => "cargo xtask bench controls",
        }
    }

    /// Puts `text` in the place of what the block held, and leaves the rest of the page alone.
    pub(crate) fn write(self, root: &Path, text: &str) -> Result<()> {
        let file = root.join("docs/performance.md");
        let page = fs::read_to_string(&file)?;
        let page = self.put(&page, text);
        let page = page.with_context(|| format!("{} has no place for it", file.display()))?;
        Ok(fs::write(&file, page)?)
    }

    /// `None` where the page lacks the marks of this block.
    fn put(self, page: &str, text: &str) -> Option<String> {
        let begin = format!("<!-- written by {} -->\n", self.command());
        let end = format!("<!-- /{} -->\n", self.command());
        let (before, rest) = page.split_once(&begin)?;
        let (_, after) = rest.split_once(&end)?;
        Some(format!(
            "{before}{begin}\n{}\n{end}{after}",
            text.trim_end().to_owned() + "\n"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_takes_the_place_of_its_own_and_of_nothing_else() {
        let page = "# Performance\n\n<!-- written by cargo xtask bench proxy -->\nold\n\
                    <!-- /cargo xtask bench proxy -->\n\nkept\n";
        let put = Block::Proxy.put(page, "new\n\n").unwrap();
        assert!(put.contains("-->\n\nnew\n\n<!-- /cargo"), "{put}");
        assert!(put.starts_with("# Performance\n") && put.ends_with("\nkept\n"));
        assert!(!put.contains("old"));
        assert_eq!(Block::Proxy.put(&put, "new"), Some(put.clone()));
        assert_eq!(Block::Controls.put(page, "x"), None);
    }
}
