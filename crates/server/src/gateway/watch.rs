//! Watches the configuration file and reloads when it has changed and settled.
//!
//! It looks rather than being told: notifications miss what network file systems and Kubernetes'
//! symlinked mounts do, and one small read a second costs nothing.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::sync::watch;

use super::Gateway;
use crate::config::FILE_BYTES_MAX;

const INTERVAL: Duration = Duration::from_secs(1);

/// `loaded` is the text that the running policy was made from: what has changed since then, while
/// the node was starting, counts too.
pub(super) async fn run(gateway: Arc<Gateway>, loaded: u64, mut end: watch::Receiver<bool>) {
    let Some(path) = gateway.sources.file().map(Path::to_owned) else {
        return;
    };
    let mut seen = Seen::new(Some(loaded));
    let mut ticks = tokio::time::interval(INTERVAL);
    loop {
        tokio::select! {
            biased;
            ended = end.wait_for(|end| *end) => {
                drop(ended);
                return;
            }
            _ = ticks.tick() => {}
        }
        if seen.has_settled_anew(fingerprint(&path).await) {
            // The outcome is logged and counted where it comes about.
            let _ = gateway.reload().await;
        }
    }
}

/// Content, not time stamps: an editor that saves the same text changes nothing.
async fn fingerprint(path: &Path) -> Option<u64> {
    let metadata = tokio::fs::metadata(path).await.ok()?;
    if !metadata.is_file() {
        // A pipe would be emptied, or waited for; a device may have no end.
        return None;
    }
    if metadata.len() > FILE_BYTES_MAX {
        // Too large to be read, and refused as such: its size stands for it.
        return Some(fingerprint_of(&metadata.len().to_ne_bytes()));
    }
    let mut content = Vec::new();
    let file = tokio::fs::File::open(path).await.ok()?;
    let mut bounded = file.take(FILE_BYTES_MAX + 1);
    bounded.read_to_end(&mut content).await.ok()?;
    Some(fingerprint_of(&content))
}

pub(super) fn fingerprint_of(content: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    hasher.finish()
}

/// Tells a change that has settled from a file that is being written.
struct Seen {
    acted_on: Option<u64>,
    last: Option<u64>,
}

impl Seen {
    fn new(now: Option<u64>) -> Self {
        Self {
            acted_on: now,
            last: now,
        }
    }

    /// True once per change, when two looks in a row have found the same. A file that is gone is
    /// being replaced; it counts when it is back.
    fn has_settled_anew(&mut self, now: Option<u64>) -> bool {
        let settled = now.is_some() && now == self.last && now != self.acted_on;
        self.last = now;
        if settled {
            self.acted_on = now;
        }
        settled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reloads(looks: &[Option<u64>]) -> usize {
        let mut seen = Seen::new(Some(0));
        looks
            .iter()
            .filter(|look| seen.has_settled_anew(**look))
            .count()
    }

    #[test]
    fn a_change_counts_once_it_has_settled() {
        assert_eq!(reloads(&[Some(0), Some(0)]), 0);
        assert_eq!(reloads(&[Some(1), Some(2), Some(3)]), 0);
        assert_eq!(reloads(&[Some(1), Some(1), Some(1)]), 1);
        assert_eq!(reloads(&[Some(1), Some(1), Some(2), Some(2)]), 2);
    }

    #[tokio::test]
    async fn what_is_no_file_is_not_read() {
        assert_eq!(fingerprint(Path::new("/dev/zero")).await, None);
    }

    #[test]
    fn a_file_that_is_gone_is_waited_for() {
        assert_eq!(reloads(&[None, None, Some(0), Some(0)]), 0);
        assert_eq!(reloads(&[None, Some(1), Some(1)]), 1);
    }
}
