//! A value out of a body: found, and put into the one form that stands for all its spellings. What
//! is found is personal, lives for the length of a look-up, and has no `Debug`.

mod digits;
mod form;
pub(super) mod json;
mod phone;

pub use phone::CountryCode;

use super::key::{BodyFormat, Key};

/// The value that `key` finds in a whole body, normalised; `None` where there is none, or where
/// there are two of which an app may take either.
pub(super) fn in_body(
    key: &Key,
    format: &BodyFormat,
    body: &[u8],
    country: Option<CountryCode>,
) -> Option<String> {
    let raw = match (key, format) {
        (Key::Json(pointer), _) => pointer.read(body),
        (Key::Form(field), BodyFormat::UrlEncoded) => form::url_encoded(field, body),
        (Key::Form(field), BodyFormat::Multipart { boundary }) => {
            form::multipart(field, boundary, body)
        }
        _ => None,
    }?;
    let value = normalised(&raw, country);
    (!value.is_empty()).then_some(value)
}

/// E-mail addresses and names in lower case, phone numbers as E.164.
pub(super) fn normalised(raw: &str, country: Option<CountryCode>) -> String {
    match raw.contains('@') {
        true => raw.trim().to_lowercase(),
        false => phone::e164(raw, country).unwrap_or_else(|| raw.trim().to_lowercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &str, expected: &str) {
        let country = CountryCode::parse("49");
        assert_eq!(normalised(raw, country), expected, "{raw}");
    }

    #[test]
    fn spellings_of_one_person_are_one_value() {
        check(" Ann@Example.COM\n", "ann@example.com");
        check("ÄNN@example.com", "änn@example.com");
        check("Ann", "ann");
        check("0171 234 56 78", "+491712345678");
        check("+49 171 2345678", "+491712345678");
    }
}
