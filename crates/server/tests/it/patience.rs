//! How long a test waits for what should come, before it fails.

use std::time::Duration;

/// Longer than anything takes on a busy machine; a test that is right never waits it out.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Between two looks of [`eventually`].
const LOOK_INTERVAL: Duration = Duration::from_millis(10);

/// Looks until `found` has something, for states that tell nobody when they change.
#[track_caller]
pub(crate) fn eventually<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let looking = async {
        let mut looks = tokio::time::interval(LOOK_INTERVAL);
        loop {
            looks.tick().await;
            if let Some(found) = found() {
                return found;
            }
        }
    };
    let waited = block_on(async { tokio::time::timeout(PATIENCE, looking).await });
    waited.unwrap_or_else(|_| panic!("{what}: not within {PATIENCE:?}"))
}

/// Runs what only exists as a future, within [`PATIENCE`] where the future itself has no bound.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(future)
}
