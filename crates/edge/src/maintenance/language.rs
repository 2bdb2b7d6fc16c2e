//! The language of a page, from what the browser asks for (RFC 9110 section 12.5.4).

use http::header::{ACCEPT_LANGUAGE, HeaderMap};

use crate::field_list;

/// Languages that pages of ours exist in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Language {
    #[default]
    English,
    German,
    French,
    Spanish,
}

impl Language {
    const ALL: [Self; 4] = [Self::English, Self::German, Self::French, Self::Spanish];

    /// The primary subtag (RFC 5646).
    pub(super) const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::French => "fr",
            Self::Spanish => "es",
        }
    }

    /// The known language with the greatest weight, the first of equals; English for none.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut best = (0, Self::default());
        for range in field_list::elements(headers, &ACCEPT_LANGUAGE) {
            let mut parts = range.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
            let tag = parts.next().unwrap_or_default();
            let weight = parts.find_map(weight).unwrap_or(1000);
            if let Some(language) = Self::named(tag).filter(|_| weight > best.0) {
                best = (weight, language);
            }
        }
        best.1
    }

    fn named(tag: &[u8]) -> Option<Self> {
        let primary = tag.split(|byte| *byte == b'-').next().unwrap_or_default();
        let is = |language: &Self| primary.eq_ignore_ascii_case(language.tag().as_bytes());
        Self::ALL.into_iter().find(is)
    }
}

/// `q=0.8` as 800. What is no weight counts as none at all.
fn weight(parameter: &[u8]) -> Option<u16> {
    let text = std::str::from_utf8(parameter).ok()?;
    let (name, value) = text.split_once('=')?;
    if !name.trim().eq_ignore_ascii_case("q") {
        return None;
    }
    let (whole, fraction) = value.trim().split_once('.').unwrap_or((value.trim(), ""));
    let thousandths = format!("{fraction:0<3}");
    let thousandths = thousandths.get(..3).and_then(|digits| digits.parse().ok());
    Some(match (whole, thousandths) {
        ("0", Some(thousandths)) => thousandths,
        ("1", _) => 1000,
        _ => 0,
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn of(value: &[u8]) -> Language {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_bytes(value).unwrap());
        Language::of(&headers)
    }

    fn check(value: &str, expected: Language) {
        assert_eq!(of(value.as_bytes()), expected, "{value}");
    }

    #[test]
    fn the_language_with_the_greatest_weight_is_chosen() {
        check("de-CH, fr;q=0.9, en;q=0.8", Language::German);
        check("it, fr;q=0.7, es;q=0.75", Language::Spanish);
        check("fr;q=0.5, de;q=0.5", Language::French);
        check("en;q=0.1, ES-419", Language::Spanish);
    }

    #[test]
    fn a_weight_of_zero_or_nonsense_refuses() {
        check("de;q=0, fr;q=0.001", Language::French);
        check("de;q=x, es;q=0.2", Language::Spanish);
        check("de;q=2", Language::English);
    }

    #[test]
    fn who_asks_for_nothing_we_have_reads_english() {
        for value in ["", "*", "it", "deutsch", ";q=1", "-de"] {
            check(value, Language::English);
        }
        assert_eq!(Language::of(&HeaderMap::new()), Language::English);
    }

    proptest! {
        #[test]
        fn any_field_names_some_language(value in prop::collection::vec(32_u8..=255, 0..60)) {
            if HeaderValue::from_bytes(&value).is_ok() {
                of(&value);
            }
        }
    }
}
