//! The decoy paths that ship, and how a request's path is found among the policy's.

use std::collections::HashSet;

/// Decoy paths of one policy. The app is asked three times for each.
pub const DECOYS_MAX: usize = 256;

/// A path that no honest client asks for, unless the app has it.
#[derive(Clone, Copy, Debug)]
pub struct Decoy {
    /// The whole path; one that ends in `/` stands for all below it too.
    pub path: &'static str,
    /// Who looks for it.
    pub why: &'static str,
}

const fn decoy(path: &'static str, why: &'static str) -> Decoy {
    Decoy { path, why }
}

/// The decoys that ship, each with its reason.
pub const SHIPPED: &[Decoy] = &[
    decoy("/api/internal/config", "guesses at internal interfaces"),
    decoy("/internal/console", "guesses at internal interfaces"),
    decoy("/.env", "secrets of a deployment that was copied whole"),
    decoy(
        "/.env.production",
        "secrets of a deployment that was copied whole",
    ),
    decoy(
        "/.git/config",
        "a repository that was deployed with the app",
    ),
    decoy("/.git/HEAD", "a repository that was deployed with the app"),
    decoy(
        "/.svn/entries",
        "a repository that was deployed with the app",
    ),
    decoy("/.aws/credentials", "keys to a cloud account"),
    decoy("/.ssh/id_rsa", "keys to a machine"),
    decoy("/.htpasswd", "password hashes of a web server"),
    decoy("/wp-login.php", "password guessing on WordPress"),
    decoy("/wp-config.php.bak", "the database password of WordPress"),
    decoy("/xmlrpc.php", "password guessing on WordPress"),
    decoy("/phpmyadmin/", "an open door to a database"),
    decoy("/pma/", "an open door to a database"),
    decoy("/phpinfo.php", "settings and secrets of PHP"),
    decoy(
        "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php",
        "CVE-2017-9841",
    ),
    decoy("/actuator/env", "secrets of a Spring application"),
    decoy("/actuator/heapdump", "the memory of a Spring application"),
    decoy("/cgi-bin/luci", "takeover of home routers"),
    decoy("/boaform/admin/formLogin", "takeover of home routers"),
    decoy("/HNAP1/", "takeover of home routers"),
    decoy("/owa/auth/x.js", "ProxyLogon, CVE-2021-26855"),
    decoy("/backup.sql", "a forgotten dump of a database"),
    decoy("/dump.sql", "a forgotten dump of a database"),
];

/// The decoys of a policy.
#[derive(Clone, Debug, Default)]
pub struct Decoys {
    paths: HashSet<String>,
    /// Whether one of them stands for all below it.
    has_prefixes: bool,
}

impl Decoys {
    pub fn new(paths: impl IntoIterator<Item = String>) -> Self {
        let paths: HashSet<String> = paths.into_iter().collect();
        Self {
            has_prefixes: paths.iter().any(|path| path.ends_with('/')),
            paths,
        }
    }

    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.paths.iter().map(String::as_str)
    }

    /// The decoy that a request for `path` touches.
    pub(super) fn find(&self, path: &str) -> Option<&str> {
        if let Some(exact) = self.paths.get(path) {
            return Some(exact);
        }
        if !self.has_prefixes {
            return None;
        }
        let slashes = path.match_indices('/').skip(1);
        slashes
            .filter_map(|(at, _)| path.get(..=at))
            .find_map(|prefix| self.paths.get(prefix))
            .map(String::as_str)
    }
}
