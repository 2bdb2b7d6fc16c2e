//! What may stand around the name that a router looks for: a format (`/login.json` of Rails), a front
//! controller (`/index.php/login`), a directory's index (`/login/index.php`), a script's path info
//! (`/login.php/x`).

/// Front controllers that are taken out of one path.
const FRONT_CONTROLLERS_MAX: usize = 4;

/// Endings of files that a server runs. The rest of a path is then the script's own.
const SCRIPTS: [&str; 22] = [
    "action", "ashx", "asp", "aspx", "cfm", "cgi", "dll", "do", "exe", "fcgi", "jsp", "jspx",
    "php", "php3", "php4", "php5", "php7", "php8", "phtml", "pl", "py", "rb",
];

/// Every reading of a folded path but itself.
pub(super) fn each(path: &str, take: &mut impl FnMut(&str)) {
    each_end(path, take);
    let mut rest = without_front_controller(path);
    for _ in 0..FRONT_CONTROLLERS_MAX {
        let Some(behind) = rest else { break };
        take(&behind);
        each_end(&behind, take);
        rest = without_front_controller(&behind);
    }
}

/// Where a path may end earlier than it does.
fn each_end(path: &str, take: &mut impl FnMut(&str)) {
    let path = path.trim_end_matches('/');
    each_name(path, take);
    let mut directory = path;
    while let (above, last) = split_last(directory)
        && is_index(last)
    {
        directory = above;
    }
    if directory.len() < path.len() {
        take(directory);
        each_name(directory, take);
    }
    if let Some((_, script)) = first_script(path) {
        let (script, info) = path.split_at_checked(script).unwrap_or((path, ""));
        if !info.is_empty() {
            take(script);
            each_name(script, take);
        }
    }
}

/// A path without the last ending of its last segment, and without all of them.
fn each_name(path: &str, take: &mut impl FnMut(&str)) {
    let (above, last) = split_last(path);
    let first_dot = last.get(1..).and_then(|rest| rest.find('.'));
    let last_dot = last.rfind('.').filter(|at| *at > 0);
    let (Some(first_dot), Some(last_dot)) = (first_dot.map(|at| at + 1), last_dot) else {
        return;
    };
    for dot in [last_dot, first_dot] {
        if let Some(stem) = path.get(..above.len() + 1 + dot) {
            take(stem);
        }
        if first_dot == last_dot {
            break;
        }
    }
}

/// `None` where nothing follows a script.
fn without_front_controller(path: &str) -> Option<String> {
    let (start, end) = first_script(path)?;
    let (before, behind) = (path.get(..start)?, path.get(end..)?);
    (!behind.trim_matches('/').is_empty()).then(|| [before, behind].concat())
}

/// Where the first segment that is a script begins, its slash included, and where it ends.
fn first_script(path: &str) -> Option<(usize, usize)> {
    let mut start = 0;
    for segment in path.split_inclusive('/') {
        let name = segment.trim_end_matches('/');
        if is_script(name) {
            return Some((start - usize::from(start > 0), start + name.len()));
        }
        start += segment.len();
    }
    None
}

/// The last segment, and what stands before its slash.
fn split_last(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or((path, ""))
}

/// A file of a known ending, or one that Apache finds without it.
fn is_script(name: &str) -> bool {
    name == "index"
        || name
            .rsplit_once('.')
            .is_some_and(|(_, ending)| SCRIPTS.binary_search(&ending).is_ok())
}

/// What a server, or ASP.NET for an action, takes when only the directory is named.
fn is_index(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    stem == "index" || (stem == "default" && name.len() > stem.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, expected: &[&str]) {
        let mut read = Vec::new();
        each(path, &mut |reading| read.push(reading.to_owned()));
        read.sort();
        read.dedup();
        assert_eq!(read, expected, "{path}");
    }

    #[test]
    fn what_stands_around_a_name_is_taken_off() {
        assert!(SCRIPTS.is_sorted());
        check("/login", &[]);
        check("/", &[]);
        check("", &[]);
        check("/login.json", &["/login"]);
        check("/login.json/", &["/login"]);
        check("/a/login.user.json", &["/a/login", "/a/login.user"]);
        check("/.env", &[]);
        check("/v1.0/login", &[]);
        check("/login/index.php", &["/login", "/login/index"]);
        check("/login/index", &["/login"]);
        check("/index.html", &["", "/index"]);
        check("/login/default.aspx", &["/login", "/login/default"]);
        check("/login/default", &[]);
        check("/index.php/login", &["/index", "/index.php", "/login"]);
        check("/login.php/x", &["/login", "/login.php", "/x"]);
        check(
            "/a/index.php/login.json",
            &[
                "/a/index",
                "/a/index.php",
                "/a/index.php/login",
                "/a/login",
                "/a/login.json",
            ],
        );
    }

    #[test]
    fn a_path_of_many_scripts_costs_a_bounded_number_of_readings() {
        let path = "/a.php".repeat(1000);
        let mut readings = 0;
        each(&path, &mut |_| readings += 1);
        assert!(readings <= 8 * (FRONT_CONTROLLERS_MAX + 1), "{readings}");
    }
}
