//! Text that a client chose, made harmless to whoever reads the log: a parser, a terminal, a person.

use std::io::Write;

/// As RFC 8259 section 7 asks, and beyond: what comes from a client can neither end the line or the
/// string, nor command a terminal, nor make a reader see its parts in another order.
pub(super) fn escape(line: &mut Vec<u8>, text: &str) {
    // Whole characters are only looked at where there is more than printable ASCII.
    let is_plain = |byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
    if text.as_bytes().iter().all(is_plain) {
        line.extend_from_slice(text.as_bytes());
        return;
    }
    for character in text.chars() {
        match character {
            '"' | '\\' => _ = write!(line, "\\{character}"),
            // All of them are in the basic plane, so four digits are enough.
            _ if is_hidden(character) => _ = write!(line, "\\u{:04x}", u32::from(character)),
            _ => _ = write!(line, "{character}"),
        }
    }
}

/// Characters that act on what shows them: the controls C0 and C1 (an escape sequence may start with
/// U+009B alone), line and paragraph separators, and those that turn the direction of writing
/// (Unicode Standard Annex 9).
pub const fn is_hidden(character: char) -> bool {
    matches!(
        character,
        '\0'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{61c}'
            | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
    )
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whatever_a_path_holds_stays_inside_its_string_and_acts_on_nobody(path in hostile_text()) {
            let mut line = Vec::new();
            escape(&mut line, &path);
            let line = String::from_utf8(line).unwrap();
            prop_assert!(!line.chars().any(is_hidden), "{line:?}");
            let read: String = serde_json::from_str(&format!("\"{line}\"")).unwrap();
            prop_assert_eq!(read, path);
        }
    }

    /// Any characters, and often those that need an escape.
    fn hostile_text() -> impl Strategy<Value = String> {
        let acting = proptest::char::ranges(Cow::Borrowed(&[
            '\0'..='\u{1f}',
            '"'..='"',
            '\\'..='\\',
            '\u{7f}'..='\u{9f}',
            '\u{61c}'..='\u{61c}',
            '\u{200e}'..='\u{200f}',
            '\u{2028}'..='\u{202e}',
            '\u{2066}'..='\u{2069}',
        ]));
        let character = prop_oneof![any::<char>(), acting];
        proptest::collection::vec(character, 0..40).prop_map(String::from_iter)
    }

    #[test]
    fn what_would_act_on_a_terminal_or_a_reader_is_spelled_out() {
        for (path, written) in [
            ("/\u{9b}31m", "/\\u009b31m"),
            ("/\u{202e}gpj.exe", "/\\u202egpj.exe"),
            ("/a\u{2028}b", "/a\\u2028b"),
            ("/\u{61c}\u{200f}\u{2069}", "/\\u061c\\u200f\\u2069"),
            ("/größe", "/größe"),
        ] {
            let mut line = Vec::new();
            escape(&mut line, path);
            assert_eq!(String::from_utf8(line).unwrap(), written);
        }
    }
}
