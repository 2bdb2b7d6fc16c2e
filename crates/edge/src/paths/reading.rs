//! A path as apps may read it. Servers, frameworks and routers decode, cut and resolve a path each in
//! its own way, so a rule is met where any reading meets it; `//API/./login.json` is a login to many.
//!
//! What is read too generously costs a request of the budget; what is not read is a way around it.

mod decode;
mod endings;

use std::borrow::Cow;

use crate::text;
use decode::decoded;

/// Whether every app reads the path in one way, but for its case: no escapes and no parameters, no
/// empty segment but a last one, none that ends in a dot, `.` and `..` among them. What it says is
/// then what the app gets.
pub fn is_plain(path: &str) -> bool {
    let bytes = path.as_bytes();
    bytes
        .iter()
        .all(|byte| byte.is_ascii_graphic() && !b"%;\\?#".contains(byte))
        && !path.ends_with('.')
        && !bytes.windows(2).any(|two| matches!(two, b"//" | b"./"))
}

/// All that one path may be read as. Nothing is allocated for one in lower case that is plain.
pub(crate) struct Readings<'p> {
    folded: Cow<'p, str>,
    /// Where apps differ in what they cut and decode first.
    others: Vec<String>,
}

impl<'p> Readings<'p> {
    pub(crate) fn of(path: &'p str) -> Self {
        let mut others = Vec::new();
        let folded = match is_plain(path) {
            true if !path.bytes().any(|byte| byte.is_ascii_uppercase()) => Cow::Borrowed(path),
            true => Cow::Owned(path.to_ascii_lowercase()),
            false => {
                let decoded = decoded(path);
                let folded = resolved(&decoded);
                others.extend([resolved(until_end(&decoded)), by_segment(path)]);
                if path.contains(';') && path.contains('%') {
                    let bare = decode::decoded(&without_parameters(path));
                    others.extend([resolved(&bare), resolved(until_end(&bare))]);
                }
                others.retain(|other| *other != folded);
                Cow::Owned(folded)
            }
        };
        Self { folded, others }
    }

    /// Decoded, in lower case, without empty, `.` and `..` segments and without parameters
    /// (`;jsessionid=…`).
    pub(crate) fn folded(&self) -> &str {
        &self.folded
    }

    /// Every reading but [`Readings::folded`], some perhaps twice.
    pub(crate) fn each_other(&self, mut take: impl FnMut(&str)) {
        endings::each(&self.folded, &mut take);
        for other in &self.others {
            take(other);
            endings::each(other, &mut take);
        }
    }
}

/// As an app has it that decodes a path, then splits it, then resolves its dot segments.
fn resolved(decoded: &str) -> String {
    let text = text::folded(decoded);
    let mut segments: Vec<&str> = Vec::new();
    for segment in text.split(['/', '\\']) {
        match before_parameters(segment) {
            ".." => drop(segments.pop()),
            segment => match name(segment) {
                "" => {}
                name => segments.push(name),
            },
        }
    }
    segments.iter().flat_map(|name| ["/", name]).collect()
}

/// As a router has it that splits a path, then decodes its segments: in `/users/a%2fb/otp` the user
/// is `a/b`, in `/users/%2e%2e/otp` it is `..`, and nothing is resolved.
fn by_segment(path: &str) -> String {
    let segments = path.split('/').filter(|segment| !segment.is_empty());
    let mut read = String::with_capacity(path.len());
    for segment in segments {
        let text = text::folded(until_end(&decoded(segment)));
        read.push('/');
        match name(before_parameters(&text)) {
            // What it says does not matter: no pattern names it, but "*" takes it.
            "" => read.push('.'),
            name => read.extend(name.chars().map(|c| if c == '/' { '\\' } else { c })),
        }
    }
    read
}

/// As servlet containers have it: what stands between `;` and `/` is off before anything is decoded.
fn without_parameters(path: &str) -> String {
    let segments = path.split('/').map(before_parameters);
    segments.collect::<Vec<_>>().join("/")
}

fn before_parameters(segment: &str) -> &str {
    segment.split(';').next().unwrap_or_default()
}

/// What is left where a decoded path is read once more: as a C string, or as a URL.
fn until_end(decoded: &str) -> &str {
    decoded.split(['\0', '?', '#']).next().unwrap_or_default()
}

/// A segment without the dots at its end, which Windows does not see.
pub(super) fn name(segment: &str) -> &str {
    segment.trim_end_matches('.')
}

#[cfg(test)]
mod tests;
