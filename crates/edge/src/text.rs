//! Text as databases, routers and libraries compare it: without case, accents, white space and what
//! nobody sees. Two spellings that an app may take for one another become the same.
//!
//! What is folded too far makes two share a budget; what is not folded is a fresh one.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

/// Compatibility forms taken apart (NFKD, UAX #15), in lower case, without control characters,
/// white space, accents and default-ignorable code points.
pub(crate) fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    if text.is_ascii() {
        let seen = text.chars().filter(char::is_ascii_graphic);
        folded.extend(seen.map(|c| c.to_ascii_lowercase()));
        return folded;
    }
    let seen = text.nfkd().flat_map(char::to_lowercase).nfkd();
    for c in seen.filter(|c| !is_nothing(*c)) {
        match alike(c) {
            Some(letters) => folded.push_str(letters),
            None => folded.push(c),
        }
    }
    folded
}

fn is_nothing(c: char) -> bool {
    c.is_control()
        || c.is_whitespace()
        || canonical_combining_class(c) != 0
        || IGNORED
            .iter()
            .any(|(first, last)| (*first..=*last).contains(&c))
}

/// Default_Ignorable_Code_Point (DerivedCoreProperties of Unicode 16), and after U+FFF8 the
/// annotations and replacements that are shown as nothing or as a box.
const IGNORED: [(char, char); 17] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{202a}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{ffff}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
];

/// Letters of their own that collations such as MySQL's `utf8mb4_0900_ai_ci`, or case folding, find
/// equal to others, and that NFKD leaves whole.
const fn alike(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ł' => "l",
        'đ' => "d",
        'ħ' => "h",
        'ı' => "i",
        'ς' => "σ",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_that_an_app_may_take_for_one_another_are_one() {
        for text in [
            "ann",
            "Ann",
            " ANN\t\n",
            "ann\0",
            "a\u{7f}nn",
            "ann\u{200b}",
            "\u{feff}ann",
            "an\u{200e}n",
            "ann\u{fe0f}",
            "a\u{ad}nn",
            "ann\u{3164}",
            "ann\u{e0041}",
            "ａｎｎ",
            "𝐚𝓷𝕟",
            "ánn",
            "a\u{301}\u{302}nn",
            "ann\u{a0}\u{3000}",
        ] {
            assert_eq!(folded(text), "ann", "{text:?}");
        }
        for (text, expected) in [
            ("STRASSE", "strasse"),
            ("straße", "strasse"),
            ("STRAẞE", "strasse"),
            ("İSTANBUL", "istanbul"),
            ("ıstanbul", "istanbul"),
            ("\u{212a}elvin", "kelvin"),
            ("ſignin", "signin"),
            ("ΣΟΦΟΣ", "σοφοσ"),
            ("σοφος", "σοφοσ"),
            ("สมชาย", "สมชาย"),
            ("\u{200b}\u{feff}", ""),
        ] {
            assert_eq!(folded(text), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn folded_text_is_folded(text in "\\PC{0,30}") {
            let once = folded(&text);
            prop_assert_eq!(folded(&once), once);
        }

        #[test]
        fn what_is_ignored_changes_nothing(
            text in "[a-zA-Z0-9é@.]{0,12}", at in any::<prop::sample::Index>(), range in 0..IGNORED.len(),
        ) {
            let at = at.index(text.chars().count() + 1);
            let mut padded: Vec<char> = text.chars().collect();
            padded.insert(at, IGNORED[range].1);
            prop_assert_eq!(folded(&padded.into_iter().collect::<String>()), folded(&text));
        }
    }
}
