//! What is wrong with a configuration: collected while reading, shown all at once, each with the
//! place where it stands.

mod render;

use std::path::PathBuf;

use super::kinds::Complaint;
use super::tree::Origin;

/// Mistakes shown; further ones are only counted.
pub const MISTAKES_MAX: usize = 50;

/// Mistakes collected before the first ones, by place, are chosen to be shown.
const COLLECTED_MAX: usize = 1000;

/// Why a configuration was refused. Displays like a compiler's errors: a block for each mistake,
/// then a line that counts them. It is refused whole, whatever the number.
#[derive(Debug)]
pub struct Mistakes {
    found: Vec<Mistake>,
    /// Mistakes beyond [`MISTAKES_MAX`].
    omitted: usize,
    source: Source,
}

/// The file that was read, for excerpts; without one, path and text are missing.
#[derive(Clone, Debug, Default)]
pub(super) struct Source {
    pub(super) path: Option<PathBuf>,
    pub(super) text: String,
}

#[derive(Debug)]
pub(super) struct Mistake {
    /// Path of the key, `upstreams[0].urls`; empty when it is about the whole file.
    pub(super) key: String,
    /// What is wrong, to stand behind the key.
    pub(super) problem: String,
    pub(super) origin: Place,
    pub(super) expected: Option<String>,
    pub(super) got: Option<String>,
    pub(super) nearest: Option<String>,
    pub(super) help: Option<String>,
    /// The other place that a mistake is about, with what stands there.
    pub(super) related: Option<(Origin, &'static str)>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Place {
    At(Origin),
    /// The file or the configuration as a whole.
    Whole,
}

impl Mistake {
    pub(super) fn new(key: impl Into<String>, problem: impl Into<String>, origin: Origin) -> Self {
        Self {
            key: key.into(),
            problem: problem.into(),
            origin: Place::At(origin),
            expected: None,
            got: None,
            nearest: None,
            help: None,
            related: None,
        }
    }

    pub(super) fn whole(problem: impl Into<String>, help: impl Into<String>) -> Self {
        let mistake = Self::new("", problem, Origin::Default).with_help(help);
        Self {
            origin: Place::Whole,
            ..mistake
        }
    }

    /// A value that its key does not take.
    pub(super) fn refused(key: &str, complaint: Complaint) -> Self {
        let key = match complaint.element {
            Some(at) => format!("{key}[{at}]"),
            None => key.to_owned(),
        };
        let problem = format!("expected {}, got {}", complaint.expected, complaint.got);
        Self {
            expected: Some(complaint.expected),
            got: Some(complaint.got),
            nearest: complaint.nearest,
            help: complaint.help,
            ..Self::new(key, problem, complaint.origin)
        }
    }

    pub(super) fn with_help(self, help: impl Into<String>) -> Self {
        Self {
            help: Some(help.into()),
            ..self
        }
    }

    pub(super) fn with_nearest(self, nearest: Option<impl Into<String>>) -> Self {
        Self {
            nearest: nearest.map(Into::into),
            ..self
        }
    }

    pub(super) fn with_related(self, origin: Origin, what: &'static str) -> Self {
        Self {
            related: Some((origin, what)),
            ..self
        }
    }
}

/// Mistakes while they are collected.
#[derive(Debug, Default)]
pub(super) struct Report {
    found: Vec<Mistake>,
    omitted: usize,
}

impl Report {
    pub(super) fn add(&mut self, mistake: Mistake) {
        self.add_with(|| mistake);
    }

    /// Makes the mistake only if it is kept; finding the nearest name takes time.
    pub(super) fn add_with(&mut self, mistake: impl FnOnce() -> Mistake) {
        if self.found.len() < COLLECTED_MAX {
            self.found.push(mistake());
        } else {
            self.omitted += 1;
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The file's mistakes in the order of its lines, then the environment's, then the flags'.
    pub(super) fn into_mistakes(mut self, source: Source) -> Mistakes {
        self.found.sort_by_key(|mistake| match &mistake.origin {
            Place::At(Origin::File(span)) => (0, span.start),
            Place::At(Origin::Default) => (1, 0),
            Place::At(Origin::Environment(_)) => (2, 0),
            Place::At(Origin::Flag(_)) => (3, 0),
            Place::Whole => (4, 0),
        });
        self.omitted += self.found.len().saturating_sub(MISTAKES_MAX);
        self.found.truncate(MISTAKES_MAX);
        Mistakes {
            found: self.found,
            omitted: self.omitted,
            source,
        }
    }
}

impl std::error::Error for Mistakes {}
