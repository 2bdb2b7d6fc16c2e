//! Control coverage: whatever the catalogue declares has code, proves itself and has a page.

use super::finding::Finding;
use super::tree::Tree;

const CATALOGUE: &str = "crates/kernel/src/control.rs";

/// A row of the catalogue, as far as this rule needs it.
pub(crate) struct Declared {
    pub(crate) id: &'static str,
    /// The folder of its crate.
    pub(crate) home: &'static str,
}

/// All that the product's own catalogue declares.
pub(crate) fn declared() -> Vec<Declared> {
    palisade_kernel::control::CATALOGUE
        .iter()
        .map(|spec| Declared {
            id: spec.id.as_str(),
            home: spec.home,
        })
        .collect()
}

pub(crate) fn check(tree: &Tree, declared: &[Declared]) -> Vec<Finding> {
    declared
        .iter()
        .flat_map(|control| judge(tree, control))
        .collect()
}

fn judge(tree: &Tree, control: &Declared) -> Vec<Finding> {
    let mut findings = Vec::new();
    let line = declaration(tree, control.id);
    let mut miss = |what: String, remedy: String| {
        findings.push(Finding::error(CATALOGUE, line, what, remedy));
    };
    let Declared { id, home } = control;
    let name = id
        .split_once('.')
        .map_or(*id, |(_, name)| name)
        .replace('-', "_");
    let code = format!("crates/{home}/src/{name}.rs");
    let proof = format!("crates/{home}/src/{name}/proof.rs");
    if tree.file(&code).is_none() {
        miss(
            format!("the control {id} is declared, and {code} does not exist"),
            format!("write {code}, or take {id} out of the catalogue"),
        );
    } else if !has_samples(tree, &proof) {
        miss(
            format!("the control {id} does not prove itself"),
            format!("write {proof} with a `fn samples`: one benign and one hostile at least"),
        );
    }
    let page = format!("docs/controls/{id}.md");
    if tree.file(&page).is_none() {
        miss(
            format!("the control {id} has no page"),
            format!("write {page}; cargo xtask codegen fills its table"),
        );
    }
    findings
}

/// The line of the catalogue that spells the id.
fn declaration(tree: &Tree, id: &str) -> usize {
    let spelled = format!("\"{id}\"");
    let lines = tree
        .file(CATALOGUE)
        .into_iter()
        .flat_map(|file| file.lines());
    let mut spelling = lines.filter(|(_, text)| text.contains(&spelled));
    spelling.next().map_or(1, |(number, _)| number)
}

/// That the samples are good ones, the proof itself sees to; here they must exist at all.
fn has_samples(tree: &Tree, proof: &str) -> bool {
    tree.file(proof)
        .into_iter()
        .flat_map(|file| file.lines())
        .any(|(_, text)| !text.trim_start().starts_with("//") && text.contains("fn samples("))
}

#[cfg(test)]
mod tests {
    use super::super::finding::assert_found;
    use super::*;

    const CONTROL: Declared = Declared {
        id: "edge.rate-limit",
        home: "edge",
    };
    const CODE: (&str, &str) = ("crates/edge/src/rate_limit.rs", "//! x");
    const PROOF: (&str, &str) = (
        "crates/edge/src/rate_limit/proof.rs",
        "//! x\npub(super) fn samples(control: &RateLimit) -> Vec<Sample> {}",
    );
    const PAGE: (&str, &str) = ("docs/controls/edge.rate-limit.md", "# edge.rate-limit");

    fn check_tree(files: &[(&str, &str)], expected: &[&str]) {
        assert_found(&check(&Tree::of(files), &[CONTROL]), expected);
    }

    #[test]
    fn a_control_with_code_proof_and_page_passes() {
        check_tree(&[CODE, PROOF, PAGE], &[]);
    }

    #[test]
    fn each_missing_piece_is_found() {
        check_tree(&[PROOF, PAGE], &["rate_limit.rs does not exist"]);
        check_tree(&[CODE, PROOF], &["edge.rate-limit has no page"]);
        check_tree(&[CODE, PAGE], &["does not prove itself"]);
    }

    #[test]
    fn a_proof_without_samples_is_none() {
        for text in ["", "//! x", "// fn samples()", "fn prove() {}"] {
            let proof = ("crates/edge/src/rate_limit/proof.rs", text);
            check_tree(&[CODE, proof, PAGE], &["does not prove itself"]);
        }
    }

    #[test]
    fn a_finding_points_at_the_declaration() {
        let catalogue = (CATALOGUE, "//! x\nId => \"edge.rate-limit\",");
        check_tree(&[CODE, PROOF, catalogue], &["control.rs:2: error"]);
    }

    #[test]
    fn the_proof_of_another_control_does_not_count() {
        let other = ("crates/edge/src/headers/proof.rs", PROOF.1);
        check_tree(&[CODE, other, PAGE], &["does not prove itself"]);
    }
}
