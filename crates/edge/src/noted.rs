//! What a policy has told operators already: each thing once, so that a log can be read.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// Things told by one control of one policy. Who makes up names by the thousand is not followed.
const NOTES_MAX: usize = 256;

#[derive(Default)]
pub(crate) struct Noted(Mutex<HashSet<String>>);

impl Noted {
    /// Whether this is to be told: for the first time, and while there is room.
    pub(crate) fn is_news(&self, thing: &str) -> bool {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        !told.contains(thing) && told.len() < NOTES_MAX && told.insert(thing.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thing_is_news_once_and_not_without_end() {
        let noted = Noted::default();
        assert!(noted.is_news("a"));
        assert!(!noted.is_news("a"));
        let news = (0..1000).filter(|at| noted.is_news(&at.to_string()));
        assert_eq!(news.count(), NOTES_MAX - 1);
    }
}
