//! Paths that a control leaves alone. A path that apps may read in several ways is left alone only
//! where each of them is: `/public/%2e%2e/account` is none of `/public/**`.

use crate::exchange;
use crate::paths::reading::{self, Readings};
use crate::paths::{PathPattern, PathTree};

#[derive(Default)]
pub(crate) struct Exemptions {
    tree: PathTree,
    is_empty: bool,
}

impl Exemptions {
    pub(crate) fn new(paths: &[PathPattern]) -> Self {
        let mut tree = PathTree::default();
        tree.insert(&[], paths, 0);
        let is_empty = paths.is_empty();
        Self { tree, is_empty }
    }

    /// `path` as an exchange has it. Of the readings one is left out: `/logo.png` is that file, though
    /// some app may take it for `/logo`. A dot further up may make a script of what stands before it:
    /// `/account.php/saml/acs` is no `/**/saml/acs`.
    pub(crate) fn cover(&self, path: &str) -> bool {
        if self.is_empty || !exchange::is_whole(path) {
            return false;
        }
        let readings = Readings::of(path);
        let mut covered = self.tree.takes("", readings.folded());
        let is_one = reading::is_plain(path) && !above(path).contains('.');
        if covered && !is_one {
            readings.each_other(|other| covered &= self.tree.takes("", other));
        }
        covered
    }
}

/// The path without its last segment.
fn above(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(above, _)| above)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::PATH_BYTES_MAX;

    #[test]
    fn only_what_every_app_reads_so_is_left_alone() {
        let paths = ["/public/**", "/logo.png", "/**/saml/acs", "/.well-known/**"];
        let paths: Vec<PathPattern> = paths.iter().map(|path| path.parse().unwrap()).collect();
        let exemptions = Exemptions::new(&paths);
        for (path, expected) in [
            ("/public", true),
            ("/public/a", true),
            ("/Public/a%20b", true),
            ("/logo.png", true),
            ("/auth/saml/acs", true),
            ("/", false),
            ("/publicity", false),
            ("/public/../account", false),
            ("/public/%2e%2e/account", false),
            ("/public/..%2faccount", false),
            ("/account?/saml/acs", false),
            ("/account%3f/saml/acs", false),
            ("/account#/saml/acs", false),
            ("/account.php/saml/acs", false),
            ("/v1.2/saml/acs", true),
            ("/.well-known/jwks.json", true),
        ] {
            assert_eq!(exemptions.cover(path), expected, "{path}");
        }
        let long = format!("/public/{}", "a".repeat(PATH_BYTES_MAX));
        let (cut, _) = long.split_at(PATH_BYTES_MAX);
        assert!(!exemptions.cover(cut), "nobody sees where it leads");
        assert!(!Exemptions::new(&[]).cover("/public"));
    }
}
