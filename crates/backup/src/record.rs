//! When the data directory was last backed up, for the metric.

use std::fs;
use std::path::Path;

use palisade_kernel::Timestamp;

use crate::output::{OutputError, write_whole};

/// Unix seconds, as text.
pub(crate) const FILE: &str = "last-backup";

/// Notes that a backup of `data` succeeded.
pub fn record_success(data: &Path, now: Timestamp) -> Result<(), OutputError> {
    write_whole(
        &data.join(FILE),
        format!("{}\n", now.unix_seconds()).as_bytes(),
    )
}

/// Unix seconds of the last backup; `None` where there was none.
pub fn last_success(data: &Path) -> Option<u64> {
    let text = fs::read_to_string(data.join(FILE)).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_one_counts() {
        let data = tempfile::tempdir().unwrap();
        assert_eq!(last_success(data.path()), None);
        for seconds in [1, 2] {
            let now = Timestamp::from_unix_micros(seconds * 1_000_000 + 5);
            record_success(data.path(), now).unwrap();
        }
        assert_eq!(last_success(data.path()), Some(2));
    }
}
