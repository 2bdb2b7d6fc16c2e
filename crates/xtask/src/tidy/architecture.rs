//! ARCHITECTURE.md stays something a newcomer reads in one go.

use super::finding::Finding;
use super::tree::Tree;

const FILE: &str = "ARCHITECTURE.md";
const LINES_MAX: usize = 300;

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let Some(file) = tree.file(FILE) else {
        let remedy = "write the bird's eye, the code map, the invariants and the walkthroughs";
        return vec![Finding::error(FILE, 1, "it does not exist", remedy)];
    };
    let lines = file.lines().count();
    if lines <= LINES_MAX {
        return Vec::new();
    }
    let what = format!("{lines} lines, where {LINES_MAX} are the most");
    let remedy = "move detail into the //! lines of the code it describes, or into docs/";
    vec![Finding::error(FILE, LINES_MAX + 1, what, remedy)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_must_be_there_and_short() {
        let of_lines = |count: usize| check(&Tree::of(&[(FILE, &"x\n".repeat(count))]));
        assert!(of_lines(LINES_MAX).is_empty());
        assert!(
            of_lines(LINES_MAX + 1)[0]
                .to_string()
                .starts_with("ARCHITECTURE.md:301: error")
        );
        assert!(check(&Tree::of(&[("README.md", "")]))[0].is_error());
    }
}
