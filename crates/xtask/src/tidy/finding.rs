//! What a rule says: where, what is wrong, what to do about it.

use std::fmt;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// From the root of the workspace.
    file: String,
    line: usize,
    severity: Severity,
    what: String,
    remedy: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Severity {
    Warning,
    Error,
}

impl Finding {
    pub(crate) fn error(
        file: &str,
        line: usize,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            file: file.to_owned(),
            line,
            severity: Severity::Error,
            what: what.into(),
            remedy: remedy.into(),
        }
    }

    /// Worth a look, and no reason to fail.
    pub(crate) fn warning(
        file: &str,
        line: usize,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(file, line, what, remedy)
        }
    }

    pub(crate) fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        let Self {
            file,
            line,
            what,
            remedy,
            ..
        } = self;
        write!(f, "{file}:{line}: {severity}: {what}\n    {remedy}")
    }
}

/// Each finding, in order, must contain the text beside it, and there are no others.
#[cfg(test)]
pub(crate) fn assert_found(findings: &[Finding], expected: &[&str]) {
    let texts: Vec<_> = findings.iter().map(ToString::to_string).collect();
    assert_eq!(texts.len(), expected.len(), "{texts:?}");
    for (text, part) in texts.iter().zip(expected) {
        assert!(text.contains(part), "{text}");
    }
}
