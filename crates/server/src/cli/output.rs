//! Answers as several commands print them.

use std::io::Write;

use serde::Serialize;

use super::Failure;

/// For machines, as the admin API has it.
pub(super) fn json(answer: &impl Serialize, out: &mut dyn Write) -> Result<(), Failure> {
    Ok(writeln!(out, "{}", serde_json::to_string_pretty(answer)?)?)
}

/// An RFC 3339 time without fractions of a second.
pub(super) fn to_the_second(time: &str) -> &str {
    time.split('.').next().unwrap_or(time)
}
