//! Answers as several commands print them.

use std::io::Write;

use palisade_edge::access_log::is_hidden;
use serde::Serialize;

use super::Failure;

/// For machines, as the admin API has it.
pub(super) fn json(answer: &impl Serialize, out: &mut dyn Write) -> Result<(), Failure> {
    Ok(writeln!(out, "{}", serde_json::to_string_pretty(answer)?)?)
}

/// A text that somebody else has written, with nothing in it that a terminal would act on.
pub(super) fn plain(text: &str) -> String {
    text.chars()
        .map(|c| match is_hidden(c) {
            true => char::REPLACEMENT_CHARACTER,
            false => c,
        })
        .collect()
}

/// An RFC 3339 time in UTC without fractions of a second: `2026-11-24T10:40:00Z`.
pub(super) fn to_the_second(time: &str) -> String {
    match time.split_once('.') {
        Some((whole, _)) => format!("{whole}Z"),
        None => time.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{plain, to_the_second};

    #[test]
    fn times_end_in_their_zone_with_and_without_a_fraction() {
        for time in ["2026-11-24T10:40:00Z", "2026-11-24T10:40:00.123456Z"] {
            assert_eq!(to_the_second(time), "2026-11-24T10:40:00Z");
        }
    }

    #[test]
    fn nothing_is_printed_that_a_terminal_acts_on() {
        for text in ["a\nb", "a\u{1b}[2J", "a\u{202e}b", "a\u{9b}m"] {
            let printed = plain(text);
            assert!(printed.contains('\u{fffd}'), "{printed:?}");
        }
        assert_eq!(plain("Büro, 北京 – ok"), "Büro, 北京 – ok");
    }
}
