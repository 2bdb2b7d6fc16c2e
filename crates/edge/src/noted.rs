//! What a policy has told operators already: each thing once, so that a log can be read.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use palisade_kernel::Mode;

/// Things told by one control of one policy. Who makes up names by the thousand is not followed.
const NOTES_MAX: usize = 256;

/// Longer paths are cut in what is told.
const PATH_BYTES_MAX: usize = 128;

pub(crate) struct Noted {
    /// Whether the control only says what it would do.
    pub(crate) in_shadow: bool,
    told: Mutex<HashSet<String>>,
}

impl Noted {
    pub(crate) fn new(mode: Mode) -> Self {
        Self {
            in_shadow: mode != Mode::Enforce,
            told: Mutex::default(),
        }
    }

    /// Whether this is to be told: for the first time, and while there is room.
    pub(crate) fn is_news(&self, thing: &str) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        !told.contains(thing) && told.len() < NOTES_MAX && told.insert(thing.to_owned())
    }
}

/// As much of a path as is told.
pub(crate) fn beginning(path: &str) -> &str {
    let end = path.floor_char_boundary(PATH_BYTES_MAX);
    path.get(..end).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thing_is_news_once_and_not_without_end() {
        let noted = Noted::new(Mode::Shadow);
        assert!(noted.is_news("a"));
        assert!(!noted.is_news("a"));
        let news = (0..1000).filter(|at| noted.is_news(&at.to_string()));
        assert_eq!(news.count(), NOTES_MAX - 1);
    }
}
