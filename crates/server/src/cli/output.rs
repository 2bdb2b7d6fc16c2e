//! Answers as several commands print them.

use std::io::Write;

use serde::Serialize;

use super::Failure;

/// For machines, as the admin API has it.
pub(super) fn json(answer: &impl Serialize, out: &mut dyn Write) -> Result<(), Failure> {
    Ok(writeln!(out, "{}", serde_json::to_string_pretty(answer)?)?)
}

/// A text that somebody else has written, with nothing in it that a terminal would act on.
pub(super) fn plain(text: &str) -> String {
    text.chars()
        .map(|c| match is_acted_on(c) {
            true => char::REPLACEMENT_CHARACTER,
            false => c,
        })
        .collect()
}

/// Control characters, and those that turn the direction of writing (Unicode TR 36, section 2.8).
fn is_acted_on(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// An RFC 3339 time without fractions of a second.
pub(super) fn to_the_second(time: &str) -> &str {
    time.split('.').next().unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn nothing_is_printed_that_a_terminal_acts_on() {
        for text in ["a\nb", "a\u{1b}[2J", "a\u{202e}b", "a\u{9b}m"] {
            let printed = plain(text);
            assert!(printed.contains('\u{fffd}'), "{printed:?}");
        }
        assert_eq!(plain("Büro, 北京 – ok"), "Büro, 北京 – ok");
    }
}
