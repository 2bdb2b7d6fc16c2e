//! What a run has found, as data: the table and the JSON are two views of it.

use serde::Serialize;

/// What one measurement on one side has come to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Whether this side is as a launch reviewer wants it.
    pub good: bool,
    /// What was seen, in a few words.
    pub seen: String,
    /// False when no answer could be had; `seen` then says why.
    pub measured: bool,
}

/// One question, asked of both sides.
#[derive(Debug, Serialize)]
pub struct RowReport {
    pub question: &'static str,
    pub alone: Outcome,
    pub behind: Outcome,
    /// The control, section of the configuration, or part that makes the difference.
    pub by: String,
    /// The app alone falls short, and behind Palisade it does not.
    pub as_promised: bool,
}

/// A weakness that no control answers yet.
#[derive(Debug, Serialize)]
pub struct HoleReport {
    pub what: &'static str,
    pub alone: Outcome,
    pub behind: Outcome,
    /// The name of the control to come.
    pub planned: &'static str,
}

#[derive(Debug, Serialize)]
pub struct Report {
    pub rows: Vec<RowReport>,
    pub still_open: Vec<HoleReport>,
}

/// The run in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every row came out as promised.
    Kept,
    Broken,
    /// Some question got no answer at all.
    Unmeasured,
}

impl Outcome {
    pub(super) fn new(good: bool, seen: impl Into<String>) -> Self {
        let seen = seen.into();
        Self {
            good,
            seen,
            measured: true,
        }
    }

    pub(super) fn unmeasured(why: impl ToString) -> Self {
        let seen = why.to_string();
        Self {
            good: false,
            seen,
            measured: false,
        }
    }
}

impl Report {
    pub fn verdict(&self) -> Verdict {
        let rows = self.rows.iter().flat_map(|row| [&row.alone, &row.behind]);
        let holes = self
            .still_open
            .iter()
            .flat_map(|hole| [&hole.alone, &hole.behind]);
        if rows.chain(holes).any(|outcome| !outcome.measured) {
            Verdict::Unmeasured
        } else if self.rows.iter().all(|row| row.as_promised) {
            Verdict::Kept
        } else {
            Verdict::Broken
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(alone: Outcome, behind: Outcome) -> Verdict {
        let as_promised = !alone.good && behind.good;
        let row = RowReport {
            question: "?",
            alone,
            behind,
            by: "edge.headers".to_owned(),
            as_promised,
        };
        let report = Report {
            rows: vec![row],
            still_open: Vec::new(),
        };
        report.verdict()
    }

    #[test]
    fn a_row_keeps_its_promise_by_a_difference() {
        let (bad, good) = (|| Outcome::new(false, "0"), || Outcome::new(true, "7"));
        assert_eq!(verdict(bad(), good()), Verdict::Kept);
        assert_eq!(verdict(bad(), bad()), Verdict::Broken);
        assert_eq!(verdict(good(), good()), Verdict::Broken);
    }

    #[test]
    fn what_could_not_be_measured_is_no_verdict() {
        let lost = Outcome::unmeasured("no answer");
        assert_eq!(verdict(Outcome::new(false, "0"), lost), Verdict::Unmeasured);
    }
}
