//! Durations and sizes: a whole number and a unit, so that nobody has to guess the unit.

use std::time::Duration;

use super::{Complaint, Form, Kind};
use crate::config::tree::{Data, Value};

/// Units of durations, in milliseconds, smallest first.
const DURATION_UNITS: &[(&str, u64)] = &[
    ("ms", 1),
    ("s", 1000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
];

/// Units of sizes, in bytes, smallest first.
const SIZE_UNITS: &[(&str, u64)] = &[
    ("B", 1),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
];

/// A duration such as `"5s"`, both bounds included, of whole milliseconds.
pub(in crate::config) struct Span {
    pub(in crate::config) minimum: Duration,
    pub(in crate::config) maximum: Duration,
}

impl Span {
    /// With bounds in whole seconds.
    pub(in crate::config) const fn seconds(minimum: u64, maximum: u64) -> Self {
        Self {
            minimum: Duration::from_secs(minimum),
            maximum: Duration::from_secs(maximum),
        }
    }
}

impl Kind for Span {
    type Output = Duration;

    fn read(&self, value: &Value) -> Result<Duration, Vec<Complaint>> {
        let bounds = (millis(self.minimum), millis(self.maximum));
        read(value, DURATION_UNITS, bounds, &self.form(), "s").map(Duration::from_millis)
    }

    fn form(&self) -> Form {
        let minimum = display(millis(self.minimum), DURATION_UNITS);
        let maximum = display(millis(self.maximum), DURATION_UNITS);
        let expected = format!("a duration from \"{minimum}\" to \"{maximum}\"");
        Form::Quantity {
            expected,
            pattern: "^[0-9]+(ms|s|m|h|d)$",
        }
    }
}

/// A size such as `"64KiB"`, in bytes, both bounds included.
pub(in crate::config) struct Bytes {
    pub(in crate::config) minimum: u64,
    pub(in crate::config) maximum: u64,
}

impl Kind for Bytes {
    type Output = u64;

    fn read(&self, value: &Value) -> Result<u64, Vec<Complaint>> {
        read(
            value,
            SIZE_UNITS,
            (self.minimum, self.maximum),
            &self.form(),
            "B",
        )
    }

    fn form(&self) -> Form {
        let minimum = display(self.minimum, SIZE_UNITS);
        let maximum = display(self.maximum, SIZE_UNITS);
        let expected = format!("a size from \"{minimum}\" to \"{maximum}\"");
        Form::Quantity {
            expected,
            pattern: "^[0-9]+(B|KiB|MiB|GiB)$",
        }
    }
}

fn read(
    value: &Value,
    units: &[(&str, u64)],
    (minimum, maximum): (u64, u64),
    form: &Form,
    usual_unit: &str,
) -> Result<u64, Vec<Complaint>> {
    let complaint = || Complaint::new(form, value);
    let bare = match &value.data {
        Data::Integer(number) => Some(number.to_string()),
        Data::Text(text) if is_digits(text) => Some(text.clone()),
        _ => None,
    };
    if let Some(number) = bare {
        let help = format!("say the unit: \"{number}{usual_unit}\"");
        return Err(vec![complaint().with_help(help)]);
    }
    let Data::Text(text) = &value.data else {
        return Err(vec![complaint()]);
    };
    match parse(text, units) {
        Some(amount) if (minimum..=maximum).contains(&amount) => Ok(amount),
        Some(_) => Err(vec![complaint()]),
        None => {
            let names: Vec<&str> = units.iter().map(|(name, _)| *name).collect();
            let help = format!(
                "write a whole number and one of the units {}",
                names.join(", ")
            );
            Err(vec![complaint().with_help(help)])
        }
    }
}

/// Saturates where the amount is beyond any bound.
fn parse(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let unit_at = text.find(|c: char| !c.is_ascii_digit())?;
    let (digits, unit) = text.split_at(unit_at);
    let (_, factor) = units.iter().find(|(name, _)| *name == unit)?;
    is_digits(digits).then(|| {
        digits
            .parse::<u64>()
            .unwrap_or(u64::MAX)
            .saturating_mul(*factor)
    })
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The amount in the largest unit that divides it.
fn display(amount: u64, units: &[(&str, u64)]) -> String {
    let fits = |factor: u64| amount != 0 && amount.is_multiple_of(factor);
    let unit = units
        .iter()
        .rev()
        .find(|(_, factor)| fits(*factor))
        .or(units.first());
    unit.map_or_else(String::new, |(name, factor)| {
        format!("{}{name}", amount / factor)
    })
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_amount_reads_back_as_displayed(amount in 1..=u64::from(u32::MAX)) {
            for units in [DURATION_UNITS, SIZE_UNITS] {
                prop_assert_eq!(parse(&display(amount, units), units), Some(amount));
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            parse(&text, DURATION_UNITS);
        }
    }

    #[test]
    fn an_amount_beyond_all_bounds_saturates() {
        assert_eq!(
            parse("99999999999999999999d", DURATION_UNITS),
            Some(u64::MAX)
        );
    }
}
