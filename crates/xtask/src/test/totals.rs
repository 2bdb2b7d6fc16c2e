//! How many tests passed and failed, read from what the test runners print.

use std::fmt;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
    pub(crate) skipped: u32,
}

impl Totals {
    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }

    /// Reads `test result: ok. 3 passed; 0 failed; 1 ignored; …`, once per test binary.
    pub(crate) fn add_libtest_line(&mut self, line: &str) {
        let Some((_, counts)) = line.split_once("test result: ") else {
            return;
        };
        self.add(Self {
            passed: count_before(counts, "passed"),
            failed: count_before(counts, "failed"),
            skipped: count_before(counts, "ignored"),
        });
    }

    /// Reads `Summary [ 0.5s] 9 tests run: 7 passed (1 slow), 1 failed, 1 timed out, 2 skipped`.
    pub(crate) fn add_nextest_line(&mut self, line: &str) {
        let plain = without_escapes(line);
        if !plain.trim_start().starts_with("Summary [") {
            return;
        }
        let run = count_before(&plain, "test").max(count_before(&plain, "tests"));
        let passed = count_before(&plain, "passed");
        self.add(Self {
            passed,
            // Timed out, could not start, leaked and was told to fail: all did not pass.
            failed: run.saturating_sub(passed),
            skipped: count_before(&plain, "skipped"),
        });
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// The number that stands before a word: 7 in `7 passed`; of `3/9 tests`, the 9 that were meant.
fn count_before(text: &str, word: &str) -> u32 {
    let words: Vec<_> = text.split([' ', ',', ';', ':', '(', ')']).collect();
    words
        .windows(2)
        .find(|pair| pair[1] == word)
        .and_then(|pair| pair[0].rsplit('/').next()?.parse().ok())
        .unwrap_or(0)
}

/// The line without terminal colours.
fn without_escapes(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, tail)| tail);
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lines: &[&str], read: fn(&mut Totals, &str), expected: (u32, u32, u32)) {
        let mut totals = Totals::default();
        for line in lines {
            read(&mut totals, line);
        }
        assert_eq!(
            (totals.passed, totals.failed, totals.skipped),
            expected,
            "{lines:?}"
        );
    }

    #[test]
    fn libtest_results_of_several_binaries_are_summed() {
        let lines = [
            "running 3 tests",
            "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out",
            "test result: FAILED. 4 passed; 2 failed; 1 ignored; 0 measured; 5 filtered out",
        ];
        check(&lines, Totals::add_libtest_line, (7, 2, 1));
    }

    #[test]
    fn nextest_summaries_count_whatever_did_not_pass_as_failed() {
        let read = Totals::add_nextest_line;
        let line = "     Summary [   0.005s] 1 test run: 1 passed, 0 skipped";
        check(&[line], read, (1, 0, 0));
        let line =
            "  Summary [ 9.1s] 9 tests run: 7 passed (1 slow), 1 failed, 1 timed out, 2 skipped";
        check(&[line], read, (7, 2, 2));
        let line = "     Summary [   0.000s] 0 tests run: 0 passed, 4 skipped";
        check(&[line], read, (0, 0, 4));
    }

    #[test]
    fn tests_that_a_cancelled_run_never_reached_count_as_failed() {
        let line = "     Summary [   0.2s] 3/9 tests run: 2 passed, 1 failed, 0 skipped";
        check(&[line], Totals::add_nextest_line, (2, 7, 0));
    }

    #[test]
    fn colours_do_not_hide_a_summary() {
        let line = "\u{1b}[32;1m     Summary\u{1b}[0m [   0.1s] 2 tests run: \u{1b}[1m2\u{1b}[0m \
                    \u{1b}[32mpassed\u{1b}[0m, 0 skipped";
        check(&[line], Totals::add_nextest_line, (2, 0, 0));
    }

    #[test]
    fn a_test_that_is_called_summary_is_no_summary() {
        let line = "        PASS [ 0.1s] x a_summary_is_printed";
        check(&[line], Totals::add_nextest_line, (0, 0, 0));
    }
}
