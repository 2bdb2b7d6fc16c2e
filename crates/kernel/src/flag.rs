//! Runtime flags: named parts of the app that operators turn off and on without a deploy.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// Flags of one configuration. All of them travel with every request to the app, in one field of
/// at most 4.5 KiB.
pub const FLAGS_MAX: usize = 64;

/// Longest [`FlagName`], in bytes.
pub const NAME_BYTES_MAX: usize = 64;

/// A lower-case letter, then lower-case letters, digits and hyphens: a key of an RFC 9651
/// dictionary (section 3.2), a metric label and a TOML key as it stands. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlagName(Arc<str>);

/// A flag as it is configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    pub name: FlagName,
    /// For operators.
    pub description: String,
    /// Whether it is on while no operator has said otherwise.
    pub default: bool,
    /// What is refused while it is off; empty for a flag that only informs the app.
    pub paths: Vec<String>,
    /// Empty for every method.
    pub methods: Vec<String>,
    pub when_off: WhenOff,
}

/// What requests get for a part of the app that is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WhenOff {
    /// 503 with `Retry-After`: it will be back.
    Unavailable,
    /// 404, as if it had never been there.
    NotFound,
}

impl FlagName {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for FlagName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let is_name = text.len() <= NAME_BYTES_MAX
            && text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.bytes().all(fits);
        match is_name {
            true => Ok(Self(text.into())),
            false => Err(format!(
                "begin with a lower-case letter, and use up to {NAME_BYTES_MAX} lower-case \
                 letters, digits and \"-\""
            )),
        }
    }
}

impl fmt::Display for FlagName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl WhenOff {
    pub const ALL: [Self; 2] = [Self::Unavailable, Self::NotFound];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unavailable => "unavailable",
            Self::NotFound => "not-found",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_keys_of_a_dictionary() {
        let longest = "a".repeat(NAME_BYTES_MAX);
        for name in ["a", "new-checkout", "v2", "a-", &longest] {
            assert_eq!(name.parse::<FlagName>().unwrap().as_str(), name);
        }
        let too_long = "a".repeat(NAME_BYTES_MAX + 1);
        for text in [
            "", "A", "1a", "-a", "a_b", "a b", "a=?0", "ä", "a,b", &too_long,
        ] {
            assert!(text.parse::<FlagName>().is_err(), "{text} was taken");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_taken_needs_no_quoting(text in "\\PC{0,70}") {
            if let Ok(name) = text.parse::<FlagName>() {
                prop_assert!(name.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));
                prop_assert_eq!(name.to_string(), text);
            }
        }
    }
}
