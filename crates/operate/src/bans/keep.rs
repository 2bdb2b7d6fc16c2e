//! Bans that a node makes by itself: made durable, read again at a start, deleted when they no
//! longer matter. They have no record among the changes: who asked for one stands in its row.

use std::time::Duration;

use palisade_kernel::Ban;
use palisade_store::{Error, Scope, Store, Tx};

use super::store;
use crate::Operate;
use crate::failure::Refused;

/// Bans that one transaction writes.
const KEPT_AT_ONCE_MAX: usize = 200;

/// Bans that one transaction reads.
const READ_AT_ONCE_MAX: usize = 5_000;

/// Bans that one transaction deletes: others wait for it.
const FORGOTTEN_AT_ONCE_MAX: usize = 1_000;

/// Ended bans that are kept for the sake of the next one. Beyond it those that ended first go
/// early: a storm must not fill the disk.
const REMEMBERED_MAX: usize = 65_536;

/// Hands over every ban that is in force or has ended less than `remember` ago, a page at a time.
///
/// # Errors
///
/// When the store does not answer.
pub async fn load(
    store: &Store,
    remember: Duration,
    mut each: impl FnMut(Vec<Ban>),
) -> Result<(), Error> {
    let ended_after = store.clock().now().minus(remember);
    let mut after = None;
    loop {
        let from = after.take();
        let read = store.read(Scope::System, async move |tx: &mut Tx| {
            store::page(tx, from.as_deref(), ended_after, READ_AT_ONCE_MAX).await
        });
        let page: store::Page = read.await?;
        each(page.bans);
        after = page.after;
        if after.is_none() {
            return Ok(());
        }
    }
}

impl Operate {
    /// Makes durable what the node has banned by itself, and returns how many bans that were.
    ///
    /// # Errors
    ///
    /// When the store does not take them. They are in force all the same, and are kept by a later
    /// call.
    pub async fn keep_bans(&self) -> Result<usize, Refused> {
        let _turn = self.turn.lock().await;
        self.keep_unkept().await
    }

    /// As [`Operate::keep_bans`], by who has the turn.
    pub(super) async fn keep_unkept(&self) -> Result<usize, Refused> {
        let mut kept = 0;
        loop {
            let bans = self.node.unkept_bans(KEPT_AT_ONCE_MAX);
            if bans.is_empty() {
                return Ok(kept);
            }
            let rows = bans.clone();
            let write = async move |tx: &mut Tx| {
                for ban in &rows {
                    store::keep(tx, ban).await?;
                }
                Ok::<_, Refused>(())
            };
            self.store.write(Scope::System, write).await?;
            self.node.bans_are_kept(&bans);
            kept += bans.len();
        }
    }

    /// Deletes bans that have ended more than `remember` ago, and returns how many.
    ///
    /// # Errors
    ///
    /// When the store does not answer. What was deleted until then is.
    pub async fn forget_ended_bans(&self, remember: Duration) -> Result<u64, Refused> {
        let now = self.store.clock().now();
        let crowded_out = self.store.read(Scope::System, async move |tx: &mut Tx| {
            store::end_by_rank(tx, now, REMEMBERED_MAX).await
        });
        let crowded_out: Option<_> = crowded_out.await.map_err(Refused::Store)?;
        let outlived = now.minus(remember);
        let ended_before = crowded_out.map_or(outlived, |end| outlived.max(end));
        let mut deleted = 0;
        loop {
            let write = async move |tx: &mut Tx| {
                store::delete_ended(tx, ended_before, FORGOTTEN_AT_ONCE_MAX).await
            };
            let batch: u64 = self
                .store
                .write(Scope::System, write)
                .await
                .map_err(Refused::Store)?;
            deleted += batch;
            if batch < FORGOTTEN_AT_ONCE_MAX as u64 {
                return Ok(deleted);
            }
        }
    }
}
