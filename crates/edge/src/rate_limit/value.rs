//! A value out of a body: found, and put into the form that stands for all its spellings. What is
//! found is personal, lives for the length of a look-up, and has no `Debug`.

mod digits;
mod email;
mod form;
pub(super) mod json;
mod phone;

pub use phone::CountryCode;

use super::key::{BodyFormat, Key};
use crate::text;

/// Whom the value that `key` finds in a whole body names, as [`names`] has it; nobody where there is
/// none, or where there are two of which an app may take either.
pub(super) fn in_body(
    key: &Key,
    format: &BodyFormat,
    body: &[u8],
    country: Option<CountryCode>,
) -> Vec<String> {
    let raw = match (key, format) {
        (Key::Json(pointer), _) => pointer.read(body),
        (Key::Form(field), BodyFormat::UrlEncoded) => form::url_encoded(field, body),
        (Key::Form(field), BodyFormat::Multipart { boundary }) => {
            form::multipart(field, boundary, body)
        }
        _ => None,
    };
    raw.map(|raw| names(&raw, country)).unwrap_or_default()
}

/// Whom an app may take a value for, the likeliest first: usually one, at most four; nobody where
/// nothing is seen, or where there are two e-mail addresses.
///
/// An e-mail address is one. All else with six digits or more is a phone number, because a library
/// that reads those skips whatever stands around them. What is left is a name.
pub(super) fn names(raw: &str, country: Option<CountryCode>) -> Vec<String> {
    let folded = text::folded(raw);
    let mut names = email::addresses(&folded);
    match names.as_slice() {
        [] => names = phone::numbers(raw, country),
        // What has no letter before its "@" is a number to an app that strips what is no digit.
        [address] => match address.split_once('@') {
            Some((local, _)) if !local.contains(char::is_alphabetic) => {
                names.extend(phone::numbers(local, country));
            }
            _ => {}
        },
        [_, _, ..] => return Vec::new(),
    }
    if names.is_empty() && !folded.is_empty() {
        names.push(folded);
    }
    names
}

/// Whether an app may take two names of members for one: Go and .NET compare them without case.
fn alike(name: &str, other: &str) -> bool {
    name.eq_ignore_ascii_case(other)
        || (!(name.is_ascii() && other.is_ascii()) && text::folded(name) == text::folded(other))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(raw: &str, expected: &str) {
        let names = names(raw, CountryCode::parse("49"));
        assert_eq!(names.first().map(String::as_str), Some(expected), "{raw:?}");
    }

    #[test]
    fn spellings_of_one_person_are_one_value() {
        check(" Ann@Example.COM\n", "ann@example.com");
        check("ÄNN@example.com", "ann@example.com");
        check("Ann <ann@example.com>", "ann@example.com");
        check("ａｎｎ＠example．com", "ann@example.com");
        check("ann\u{200b}@example.com\u{feff}", "ann@example.com");
        check("Ann", "ann");
        for spelled in [
            "ann\u{200b}",
            "ann\u{feff}",
            "\u{200e}ann",
            "ann\0",
            "ann\u{fe0f}",
            "ａｎｎ",
            "a\u{ad}nn",
            "ánn",
        ] {
            check(spelled, "ann");
        }
        check("0171 234 56 78", "+491712345678");
        check("+49 171 2345678", "+491712345678");
        check("whatsapp:+49 171 2345678", "+491712345678");
        check("+491712345678@", "+491712345678");
        check("+491712345678@,x", "+491712345678");
        check("12345", "12345");
    }

    #[test]
    fn a_value_that_names_two_or_nobody_names_nobody() {
        let nobody: [String; 0] = [];
        for raw in ["", " ", "\u{200b}\0", "ann@a.test, bob@a.test"] {
            assert_eq!(names(raw, None), nobody, "{raw:?}");
        }
    }

    #[test]
    fn a_number_before_an_at_is_both() {
        let found = names("491712345678@a.test", None);
        assert_eq!(found, ["491712345678@a.test", "491712345678"]);
    }

    #[test]
    fn members_are_found_however_apps_compare_them() {
        assert!(alike("phone", "Phone"));
        assert!(alike("task", "ta\u{17f}\u{212a}"));
        assert!(!alike("phone", "phones"));
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic_and_names_are_few(raw in "\\PC{0,40}") {
            prop_assert!(names(&raw, CountryCode::parse("49")).len() <= 4);
        }

        #[test]
        fn what_is_not_seen_makes_no_other_name(
            name in "[a-z]{1,8}", unseen in "[\0 \u{200b}-\u{200f}\u{feff}\u{fe0f}\u{ad}\u{301}]{0,3}", at in 0..8usize,
        ) {
            let at = at.min(name.len());
            let (head, tail) = name.split_at(at);
            let spelled = format!("{head}{unseen}{tail}").to_uppercase();
            prop_assert_eq!(names(&spelled, None), [name]);
        }
    }
}
