//! What is plain, what is folded, and that no spelling of a limited path escapes.

use proptest::prelude::*;

use super::*;
use crate::paths::PathTree;

fn folded(path: &str) -> String {
    Readings::of(path).folded().to_owned()
}

/// Whether a policy for `pattern` counts the path.
fn is_counted(pattern: &str, path: &str) -> bool {
    let mut routes = PathTree::default();
    routes.insert(&[], &[pattern.parse().unwrap()], 0);
    let readings = Readings::of(path);
    let mut is_counted = routes.takes("", readings.folded());
    readings.each_other(|reading| is_counted |= routes.takes("", reading));
    is_counted
}

#[test]
fn only_a_path_that_is_read_in_one_way_is_plain() {
    for path in [
        "/health",
        "/Health/",
        "/",
        "/.well-known/acme-challenge/x_Y-1",
        "/a.b/..c",
    ] {
        assert!(is_plain(path), "{path}");
    }
    for path in [
        "/login/../health",
        "/login/..%2fhealth",
        "/login/%2e%2e/health",
        "/login/..;/health",
        "/login/..\\health",
        "/login;/../health",
        "/./health",
        "//health",
        "/health//",
        "/health/.",
        "/health/..",
        "/health.",
        "/health./x",
        "/%68ealth",
        "/health%",
        "/health\u{200b}",
        "/ﬀ",
    ] {
        assert!(!is_plain(path), "{path}");
    }
}

#[test]
fn spellings_of_one_path_are_folded_into_one() {
    for path in [
        "/api/login",
        "/API/Login",
        "//api//login",
        "/api/./login",
        "/api/x/../login",
        "/api/%6cogin",
        "/api/%6Cogin",
        "/api/%256cogin",
        "/api/login;jsessionid=1",
        "/api;v=1/login/",
        "/api%2flogin",
        "\\api\\login",
        "/../api/login",
        "/api/login.",
        "/api/login%20",
        "/api/login%00",
        "/api/%EF%BD%8Cogin",
    ] {
        assert_eq!(folded(path).trim_end_matches('/'), "/api/login", "{path}");
    }
    assert_eq!(folded("/%zz%2"), "/%zz%2");
    assert_eq!(folded("//"), "");
}

#[test]
fn a_path_in_lower_case_is_not_copied() {
    for path in ["/", "/api/login", "/app.js", "/a_b/-~/1"] {
        let readings = Readings::of(path);
        assert!(matches!(readings.folded, Cow::Borrowed(_)), "{path}");
        assert!(readings.others.is_empty(), "{path}");
    }
}

#[test]
fn a_limited_path_is_counted_as_any_app_may_read_it() {
    for path in [
        "/login.json",
        "/login.json/",
        "/LOGIN.JSON",
        "/login%2ejson",
        "/login.",
        "/login%20",
        "/login%0a",
        "/login%00",
        "/login%00.json",
        "/login%00x/y",
        "/login%3fx",
        "/login%2523x",
        "/login/index.php",
        "/login/index.html",
        "/login/index",
        "/index.php/login",
        "/index.php/login.json",
        "/index.php/login/index",
        "/index.php/index.php/login",
        "/login.php",
        "/login.php/x.css",
        "/login;%2fx",
        "/x;y/..;z/login;a=b",
        "/%u006cogin",
        "/%e2%84%aa/../login",
        "/lo%c2%adgin",
    ] {
        assert!(is_counted("/login", path), "{path}");
        assert!(is_counted("/**/login", path), "{path}");
    }
    for path in [
        "/users/a%2fb/otp",
        "/users/a%2fb/%6ftp",
        "/users/a%5cb/otp.json",
        "/users/%2e%2e/otp",
        "/users/./otp",
        "/users/%20/otp",
        "/users/;x/otp",
        "/users/a;b/otp",
    ] {
        assert!(is_counted("/users/*/otp", path), "{path}");
    }
    for path in ["/auth/../x", "/auth/%2e%2e/x", "/auth.php/x", "/auth"] {
        assert!(is_counted("/auth/**", path), "{path}");
    }
}

#[test]
fn other_paths_are_not_counted() {
    for path in [
        "/",
        "/logins",
        "/login/x",
        "/login-help.html",
        "/login/../help",
        "/help?login",
        "/index.php",
        "/index.html",
        "/.login",
        "/login.d/x",
    ] {
        let path = path.split('?').next().unwrap();
        assert!(!is_counted("/login", path), "{path}");
    }
}

/// One spelling of a name: each letter as it is, in capitals, escaped, or escaped twice.
fn spelled(name: &'static str) -> impl Strategy<Value = String> {
    prop::collection::vec(0..6, name.len()).prop_map(move |ways| {
        let letters = name.chars().zip(ways);
        letters
            .map(|(c, way)| match way {
                0 => c.to_uppercase().to_string(),
                1 => format!("%{:02x}", u32::from(c)),
                2 => format!("%25{:02X}", u32::from(c.to_ascii_uppercase())),
                3 => format!("%u{:04x}", u32::from(c)),
                _ => c.to_string(),
            })
            .collect()
    })
}

/// What may stand between two names.
fn slash() -> impl Strategy<Value = String> {
    let pieces = [
        "/",
        "//",
        "/./",
        "/x/../",
        "%2f",
        "/%2e/",
        "/y%2f..%2f",
        "/;z=1/",
        "/%00/",
        "\\",
        "%5C",
        "/z/..;/",
        "/%252e/",
    ];
    prop::sample::select(pieces.to_vec()).prop_map(str::to_owned)
}

/// What may stand behind the last name.
fn end() -> impl Strategy<Value = String> {
    let pieces = [
        "",
        "/",
        ".json",
        "%2ejson",
        ".",
        "..",
        "%20",
        "%00",
        "%00.png",
        ";a=b",
        ";a=b.json",
        "/.",
        ".JSON/",
        "/index.php",
        "/index.html",
        ".php",
        ".php/x/y",
        "%0A",
        "%e2%80%8b",
        ".a.json",
    ];
    prop::sample::select(pieces.to_vec()).prop_map(str::to_owned)
}

proptest! {
    #[test]
    fn no_spelling_of_a_limited_path_escapes(
        front in prop::sample::select(vec!["", "/index.php", "//App.php", "/index%2ephp", "/%69ndex.php;x"]),
        before in slash(),
        users in spelled("users"),
        between in slash(),
        login in spelled("sign_in"),
        end in end(),
        after in prop::sample::select(vec!["", "/", ";x", "%20"]),
    ) {
        // Without a slash of its own no request line begins.
        let path = format!("{front}/{before}{users}{between}{login}{end}{after}");
        for pattern in ["/users/sign_in", "/**/sign_in", "/users/**", "/*/sign_in"] {
            prop_assert!(is_counted(pattern, &path), "{} escapes {}", path, pattern);
        }
    }

    #[test]
    fn folding_a_folded_path_changes_nothing_but_escapes(path in "/[a-zA-Z0-9./;\\\\-]{0,40}") {
        let once = folded(&path);
        let twice = folded(&once);
        prop_assert_eq!(twice.trim_end_matches('/'), once.trim_end_matches('/'));
    }

    #[test]
    fn a_plain_path_has_no_reading_but_itself_and_its_beginnings(path in "/[a-zA-Z0-9./;%\\\\-]{0,12}") {
        if is_plain(&path) {
            let readings = Readings::of(&path);
            prop_assert!(readings.folded().eq_ignore_ascii_case(&path));
            prop_assert!(readings.others.is_empty());
        }
    }

    #[test]
    fn no_path_makes_it_panic(path in "/?[a%u0-9/.;\\\\\\PC]{0,60}") {
        Readings::of(&path).each_other(|reading| {
            assert!(reading.len() <= 32 * path.len());
        });
    }
}
