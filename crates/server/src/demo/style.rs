//! Marks and colour: both on a terminal, neither in a file.

use std::ffi::OsString;

/// How text is dressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    is_terminal: bool,
    has_colour: bool,
}

const RED: &str = "31";
const GREEN: &str = "32";
const BOLD: &str = "1";
const DIM: &str = "2";

impl Style {
    /// Colour gives way to `NO_COLOR` (no-color.org) and to terminals that know none.
    pub fn new(is_terminal: bool, environment: &[(OsString, OsString)]) -> Self {
        let says = |name: &str, test: fn(&OsString) -> bool| {
            environment
                .iter()
                .any(|(known, value)| known == name && test(value))
        };
        let refused =
            says("NO_COLOR", |value| !value.is_empty()) || says("TERM", |value| value == "dumb");
        Self {
            is_terminal,
            has_colour: is_terminal && !refused,
        }
    }

    /// Two columns, a space included where the mark is narrower.
    pub(super) fn mark(self, good: bool) -> String {
        match (self.is_terminal, good) {
            (true, true) => self.dress(GREEN, "✓ "),
            (true, false) => self.dress(RED, "✗ "),
            (false, true) => "+ ".to_owned(),
            (false, false) => "- ".to_owned(),
        }
    }

    pub(super) fn strong(self, text: &str) -> String {
        self.dress(BOLD, text)
    }

    pub(super) fn quiet(self, text: &str) -> String {
        self.dress(DIM, text)
    }

    fn dress(self, code: &str, text: &str) -> String {
        match self.has_colour {
            true => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            false => text.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style(is_terminal: bool, variable: (&str, &str)) -> Style {
        Style::new(is_terminal, &[(variable.0.into(), variable.1.into())])
    }

    #[test]
    fn colour_is_for_terminals_that_want_it() {
        assert!(style(true, ("TERM", "xterm")).mark(true).contains('\u{1b}'));
        assert_eq!(style(true, ("NO_COLOR", "1")).mark(true), "✓ ");
        assert_eq!(style(true, ("TERM", "dumb")).mark(false), "✗ ");
        assert_eq!(style(false, ("TERM", "xterm")).mark(false), "- ");
    }
}
