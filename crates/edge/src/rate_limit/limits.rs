//! How limits are written: `5/minute`, `100 per hour`, `10/second;1000/day`, as SlowAPI and the
//! Python library `limits` have it.

use std::fmt;
use std::str::FromStr;

use super::gcra::{QUOTA_MAX, WINDOW_SECONDS_MAX, Window};

/// Windows of one policy: each is a look-up per request.
pub const WINDOWS_MAX: usize = 4;

/// One window or several, all of which must grant a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits(Vec<Window>);

const UNITS: [(&str, u32); 6] = [
    ("second", 1),
    ("minute", 60),
    ("hour", 60 * 60),
    ("day", 24 * 60 * 60),
    ("month", 30 * 24 * 60 * 60),
    ("year", WINDOW_SECONDS_MAX),
];

impl Limits {
    /// At least one, at most [`WINDOWS_MAX`].
    pub fn windows(&self) -> &[Window] {
        &self.0
    }

    /// The most that may come at once.
    pub(super) fn burst(&self) -> u32 {
        let quotas = self.0.iter().map(|window| window.quota());
        quotas.min().unwrap_or_default()
    }
}

impl FromStr for Limits {
    type Err = String;

    /// The error is a sentence for whoever wrote it.
    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split([',', ';', '|']).map(str::trim);
        let windows: Vec<Window> = parts
            .filter(|part| !part.is_empty())
            .map(window)
            .collect::<Result<_, _>>()?;
        match windows.len() {
            0 => Err("write it as \"5/minute\"".to_owned()),
            1..=WINDOWS_MAX => Ok(Self(windows)),
            _ => Err(format!("at most {WINDOWS_MAX} limits stand together")),
        }
    }
}

fn window(text: &str) -> Result<Window, String> {
    let unread = || {
        format!(
            "`{text}` is no limit: write \"5/minute\" or \"100 per 2 hours\", with second, minute, \
             hour, day, month or year"
        )
    };
    let text = text.to_ascii_lowercase();
    let (quota, rest) = number(&text).ok_or_else(unread)?;
    let rest = rest.trim_start();
    let rest = rest.strip_prefix('/').or_else(|| rest.strip_prefix("per"));
    let rest = rest.ok_or_else(unread)?.trim_start();
    let (multiple, unit) = number(rest).unwrap_or((1, rest));
    let unit = unit.trim_start();
    let unit = unit.strip_suffix('s').unwrap_or(unit);
    let known = UNITS.iter().find(|(name, _)| *name == unit);
    let (_, seconds) = known.ok_or_else(unread)?;
    let seconds = seconds.checked_mul(multiple);
    seconds
        .and_then(|seconds| Window::new(quota, seconds))
        .ok_or_else(|| {
            format!("a limit is 1 to {QUOTA_MAX} requests in one second to one year, got `{text}`")
        })
}

/// The number at the beginning, saturated, and what follows it.
fn number(text: &str) -> Option<(u32, &str)> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    if digits.is_empty() {
        return None;
    }
    Some((digits.parse().unwrap_or(u32::MAX), rest))
}

impl fmt::Display for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, window) in self.0.iter().enumerate() {
            let joint = if at == 0 { "" } else { "; " };
            let whole = |(_, seconds): &&(&str, u32)| window.seconds().is_multiple_of(*seconds);
            let (unit, seconds) = UNITS.iter().rev().find(whole).unwrap_or(&UNITS[0]);
            match window.seconds() / seconds {
                1 => write!(f, "{joint}{}/{unit}", window.quota())?,
                count => write!(f, "{joint}{}/{count} {unit}s", window.quota())?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: &[(u32, u32)]) {
        let limits: Limits = text.parse().unwrap_or_else(|error| panic!("{error}"));
        let windows = limits.windows().iter();
        let windows: Vec<_> = windows.map(|one| (one.quota(), one.seconds())).collect();
        assert_eq!(windows, expected, "{text}");
    }

    #[test]
    fn the_spellings_of_slowapi_are_read() {
        check("5/minute", &[(5, 60)]);
        check("5/minutes", &[(5, 60)]);
        check(" 100 per hour ", &[(100, 3600)]);
        check("100 PER Hour", &[(100, 3600)]);
        check("10 per 5 minutes", &[(10, 300)]);
        check("1/2hours", &[(1, 7200)]);
        check("1 / 30 day", &[(1, 30 * 86_400)]);
        check("1/month", &[(1, 30 * 86_400)]);
        check("1/year", &[(1, WINDOW_SECONDS_MAX)]);
        check("10/second;1000/day", &[(10, 1), (1000, 86_400)]);
        check("1/second, 2/minute | 3/hour", &[(1, 1), (2, 60), (3, 3600)]);
    }

    #[test]
    fn what_is_no_limit_is_told() {
        for text in [
            "",
            ";",
            "5",
            "/minute",
            "5/",
            "5/fortnight",
            "5 minute",
            "-5/minute",
            "5.5/minute",
            "0/minute",
            "5/0 minutes",
            "1000001/second",
            "1/2 years",
            "99999999999999999999/second",
            "1/99999999999999999999 years",
            "1/second;2/second;3/second;4/second;5/second",
            "５/minute",
        ] {
            assert!(text.parse::<Limits>().is_err(), "{text} was taken");
        }
    }

    proptest! {
        #[test]
        fn limits_read_back_what_they_print(
            windows in prop::collection::vec(
                (1..=QUOTA_MAX, 1..=WINDOW_SECONDS_MAX), 1..=WINDOWS_MAX)
        ) {
            let windows = windows.into_iter().map(|(quota, seconds)| Window::new(quota, seconds));
            let limits = Limits(windows.collect::<Option<_>>().unwrap());
            prop_assert_eq!(limits.to_string().parse(), Ok(limits));
        }

        #[test]
        fn no_text_makes_it_panic(text in "[0-9]{0,12}[ /per]{0,5}\\PC{0,12}[;,|]?\\PC{0,8}") {
            let _ = text.parse::<Limits>();
        }
    }
}
