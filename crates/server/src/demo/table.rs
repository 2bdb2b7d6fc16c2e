//! The report as a person reads it: aligned columns, within a terminal of 100.

use std::io::{self, Write};

use super::report::{Outcome, Report, Verdict};
use super::style::Style;

/// Heads of the two columns that are measured.
const ALONE: &str = "app alone";
const BEHIND: &str = "behind Palisade";

/// Columns of the mark before an outcome.
const MARK: usize = 2;

/// Prints the table, and below it what is still open.
///
/// # Errors
///
/// When `out` cannot be written to.
pub fn print(report: &Report, style: Style, out: &mut dyn Write) -> io::Result<()> {
    print_rows(report, style, out)?;
    print_holes(report, style, out)?;
    match report.verdict() {
        Verdict::Kept => Ok(()),
        Verdict::Broken => {
            let broken = report.rows.iter().filter(|row| !row.as_promised).count();
            writeln!(
                out,
                "\n{}",
                style.strong(&format!(
                    "{broken} of {} rows did not come out as promised.",
                    report.rows.len()
                ))
            )
        }
        Verdict::Unmeasured => {
            writeln!(
                out,
                "\n{}",
                style.strong("Not everything could be measured; the lines above say why.")
            )
        }
    }
}

fn print_rows(report: &Report, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let rows = &report.rows;
    let question = width(rows.iter().map(|row| row.question));
    let alone = width(rows.iter().map(|row| &*row.alone.seen).chain([ALONE]));
    let behind = width(rows.iter().map(|row| &*row.behind.seen).chain([BEHIND]));
    let head = format!(
        "{:question$}  {ALONE:alone$}  {BEHIND:behind$}  by",
        "",
        alone = alone + MARK,
        behind = behind + MARK,
    );
    writeln!(out, "{}", style.strong(&head))?;
    for row in rows {
        writeln!(
            out,
            "{}  {}  {}  {}",
            padded(row.question, question),
            cell(&row.alone, alone, style),
            cell(&row.behind, behind, style),
            style.quiet(&row.by),
        )?;
    }
    Ok(())
}

/// What is open behind Palisade, in a line each.
fn print_holes(report: &Report, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let holes = &report.still_open;
    let head = "Still open behind Palisade, measured too; the control to come on the right";
    writeln!(out, "\n{}", style.strong(head))?;
    let what = width(holes.iter().map(|hole| hole.what));
    let seen = width(holes.iter().map(|hole| &*hole.behind.seen));
    for hole in holes {
        let answer = match hole.alone.good && hole.behind.good {
            true => "repaired in the app",
            false => hole.planned,
        };
        writeln!(
            out,
            "{}  {}  {}",
            padded(hole.what, what),
            cell(&hole.behind, seen, style),
            style.quiet(answer),
        )?;
    }
    Ok(())
}

fn cell(outcome: &Outcome, width: usize, style: Style) -> String {
    format!(
        "{}{}",
        style.mark(outcome.good),
        padded(&outcome.seen, width)
    )
}

/// Columns that the widest of `texts` takes; every character used here takes one.
fn width<'a>(texts: impl Iterator<Item = &'a str>) -> usize {
    texts.map(|text| text.chars().count()).max().unwrap_or(0)
}

fn padded(text: &str, width: usize) -> String {
    format!("{text:width$}")
}
