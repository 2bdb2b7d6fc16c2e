//! Mistakes for people, like a compiler's errors with excerpt and caret, and as JSON for machines.

use std::fmt::{Display, Formatter, Result, Write as _};
use std::ops::Range;

use serde_json::{Value as Json, json};

use super::{Mistake, Mistakes, Place, Source};
use crate::config::conceal::conceal;
use crate::config::tree::Origin;

/// Characters of a line that an excerpt shows.
const EXCERPT_CHARACTERS_MAX: usize = 120;

impl Display for Mistakes {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for mistake in &self.found {
            self.block(mistake, f)?;
            f.write_char('\n')?;
        }
        let count = self.count();
        let plural = if count == 1 { "" } else { "s" };
        write!(f, "{count} mistake{plural} {}", self.places())?;
        if self.omitted > 0 {
            write!(f, ", the first {} shown", self.found.len())?;
        }
        f.write_str("; nothing was changed.")
    }
}

impl Mistakes {
    /// How many mistakes there are, shown or not.
    #[must_use]
    pub fn count(&self) -> usize {
        self.found.len() + self.omitted
    }

    /// `{"mistakes": [{key, problem, expected, got, nearest, help, place}], "omitted": n}`;
    /// what does not apply is null.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let found: Vec<Json> = self
            .found
            .iter()
            .map(|mistake| self.json(mistake))
            .collect();
        json!({ "mistakes": found, "omitted": self.omitted })
    }

    /// Where they are, as far as shown: `in palisade.toml, in the environment and on the command line`.
    fn places(&self) -> String {
        let mut places: Vec<String> = Vec::new();
        for mistake in &self.found {
            let place = match &mistake.origin {
                Place::At(Origin::Environment(_)) => "in the environment".to_owned(),
                Place::At(Origin::Flag(_)) => "on the command line".to_owned(),
                Place::At(Origin::File(_) | Origin::Default) | Place::Whole => {
                    format!("in {}", self.source.name())
                }
            };
            if !places.contains(&place) {
                places.push(place);
            }
        }
        match places.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
            None => self.source.name(),
        }
    }

    fn json(&self, mistake: &Mistake) -> Json {
        let concealed = |text: &Option<String>| text.as_deref().map(conceal);
        json!({
            "key": mistake.key,
            "problem": conceal(&mistake.problem),
            "expected": mistake.expected,
            "got": concealed(&mistake.got),
            "nearest": mistake.nearest,
            "help": concealed(&mistake.help),
            "place": match &mistake.origin {
                Place::At(origin) => self.source.place_json(origin),
                Place::Whole => json!({ "kind": "whole", "name": self.source.name() }),
            },
            "related": mistake.related.as_ref().map(|(origin, what)| {
                json!({ "what": what, "place": self.source.place_json(origin) })
            }),
        })
    }

    fn block(&self, mistake: &Mistake, f: &mut Formatter<'_>) -> Result {
        match mistake.key.as_str() {
            "" => writeln!(f, "error: {}", conceal(&mistake.problem))?,
            key => writeln!(
                f,
                "error: {}: {}",
                printable(key),
                conceal(&mistake.problem)
            )?,
        }
        match &mistake.origin {
            Place::Whole => writeln!(f, "  --> {}", self.source.name())?,
            Place::At(Origin::File(span)) => self.source.excerpt(span, "", f)?,
            Place::At(origin) => writeln!(f, "  --> {}", self.source.place(origin))?,
        }
        match &mistake.related {
            Some((Origin::File(span), what)) => self.source.excerpt(span, what, f)?,
            Some((origin, what)) => writeln!(f, "  --> {}: {what}", self.source.place(origin))?,
            None => {}
        }
        if let Some(nearest) = &mistake.nearest {
            writeln!(f, "  = the nearest is {nearest}")?;
        }
        if let Some(help) = &mistake.help {
            writeln!(f, "  = help: {}", conceal(help))?;
        }
        Ok(())
    }
}

impl Source {
    pub(in crate::config) fn name(&self) -> String {
        match &self.path {
            Some(path) => printable(&path.to_string_lossy()),
            None => "the configuration".to_owned(),
        }
    }

    /// `palisade.toml:3:1`, `environment PORT`, `flag --port`, `default`.
    pub(in crate::config) fn place(&self, origin: &Origin) -> String {
        match origin {
            Origin::Default => "default".to_owned(),
            Origin::File(span) => {
                let position = Position::of(&self.text, span);
                format!("{}:{}:{}", self.name(), position.line, position.column)
            }
            Origin::Environment(name) => format!("environment {}", printable(name)),
            Origin::Flag(name) => format!("flag {name}"),
        }
    }

    pub(in crate::config) fn place_json(&self, origin: &Origin) -> Json {
        match origin {
            Origin::Default => json!({ "kind": "default" }),
            Origin::File(span) => {
                let Position { line, column, .. } = Position::of(&self.text, span);
                json!({ "kind": "file", "path": self.name(), "line": line, "column": column })
            }
            Origin::Environment(name) => json!({ "kind": "environment", "name": &**name }),
            Origin::Flag(name) => json!({ "kind": "flag", "name": name }),
        }
    }

    /// The place, its line, and carets under the span, with a label behind them.
    fn excerpt(&self, span: &Range<usize>, label: &str, f: &mut Formatter<'_>) -> Result {
        let position = Position::of(&self.text, span);
        let number = position.line.to_string();
        let margin = " ".repeat(number.len());
        writeln!(
            f,
            "{margin} --> {}",
            self.place(&Origin::File(span.clone()))
        )?;

        let shown_from = (position.column - 1).saturating_sub(EXCERPT_CHARACTERS_MAX / 2);
        let shown = |text: &str| -> String {
            printable(text)
                .chars()
                .skip(shown_from)
                .take(EXCERPT_CHARACTERS_MAX)
                .collect()
        };
        let line = shown(position.text);
        let before = position
            .text
            .chars()
            .take(position.column - 1)
            .collect::<String>();
        let before = " ".repeat(shown(&before).chars().count());
        let carets = "^".repeat(position.width.min(EXCERPT_CHARACTERS_MAX));
        let label = if label.is_empty() {
            String::new()
        } else {
            format!(" {label}")
        };
        writeln!(f, "{margin} |")?;
        writeln!(f, "{number} | {line}")?;
        writeln!(f, "{margin} | {before}{carets}{label}")
    }
}

/// A place in a text: line and column counted from one, in characters.
struct Position<'a> {
    line: usize,
    column: usize,
    /// The whole line, without its end.
    text: &'a str,
    /// Characters of the span on this line, at least one.
    width: usize,
}

impl<'a> Position<'a> {
    fn of(text: &'a str, span: &Range<usize>) -> Self {
        let start = text.floor_char_boundary(span.start);
        let end = text.ceil_char_boundary(span.end.max(start));
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let width = text[start..end.clamp(start, line_end)]
            .trim_end()
            .chars()
            .count();
        Self {
            line: text[..line_start].matches('\n').count() + 1,
            column: text[line_start..start].chars().count() + 1,
            text: text[line_start..line_end].trim_end(),
            width: width.max(1),
        }
    }
}

/// Text that cannot drive a terminal (control characters become a placeholder, tabs a space) and
/// has no password in it.
fn printable(text: &str) -> String {
    let replace = |c: char| match c {
        '\t' => ' ',
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    conceal(text).chars().map(replace).collect()
}
