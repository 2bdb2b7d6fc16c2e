//! What policies are called: in `RateLimit` fields, in the log, in the limiter's memory.

use super::keys::SHIPPED;
use crate::config::registry::Table;

/// Longest name, in bytes: it travels with every response.
const NAME_BYTES_MAX: usize = 64;

/// The name of a policy that ships: its section's, as names are written.
pub(super) fn of(table: &Table) -> String {
    table.name.replace('_', "-")
}

pub(super) fn is_shipped(name: &str) -> bool {
    SHIPPED.iter().any(|table| of(table) == name)
}

pub(super) fn parse(text: &str) -> Result<String, String> {
    let fits =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    match (1..=NAME_BYTES_MAX).contains(&text.len()) && text.bytes().all(fits) {
        true => Ok(text.to_owned()),
        false => Err(format!(
            "use up to {NAME_BYTES_MAX} lower-case letters, digits, \"-\" and \"_\""
        )),
    }
}
