//! Answers as several commands print them.

use std::io::Write;

use serde::Serialize;

use super::Failure;

/// For machines, as the admin API has it.
pub(super) fn json(answer: &impl Serialize, out: &mut dyn Write) -> Result<(), Failure> {
    Ok(writeln!(out, "{}", serde_json::to_string_pretty(answer)?)?)
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
    use super::to_the_second;

    #[test]
    fn times_end_in_their_zone_with_and_without_a_fraction() {
        for time in ["2026-11-24T10:40:00Z", "2026-11-24T10:40:00.123456Z"] {
            assert_eq!(to_the_second(time), "2026-11-24T10:40:00Z");
        }
    }
}
