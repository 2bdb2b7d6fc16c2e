//! `palisade demo` as a user runs it: the real binary, its exit codes, and its end.

// Marked as a test, so that the lints know that it may unwrap.
#[cfg(test)]
mod command;
