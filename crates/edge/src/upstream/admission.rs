//! The in-flight cap and its queue, so that a small app server is not flooded.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;

use super::options::Options;
use super::{UpstreamError, UpstreamErrorKind};

/// One group's gate. Node-wide: a cap per worker would let an uneven spread idle the app.
pub(crate) struct Admission {
    slots: Semaphore,
    in_flight_max: usize,
    queued: AtomicUsize,
    queue_max: usize,
    queue_timeout: Duration,
    refused: AtomicU64,
}

/// Leaves the queue, however the wait ends.
struct Queued<'a>(&'a AtomicUsize);

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Admission {
    pub(crate) fn new(options: &Options) -> Self {
        let in_flight_max = options.in_flight_max.min(Semaphore::MAX_PERMITS);
        Self {
            slots: Semaphore::new(in_flight_max),
            in_flight_max,
            queued: AtomicUsize::new(0),
            queue_max: options.queue_max,
            queue_timeout: options.queue_timeout,
            refused: AtomicU64::new(0),
        }
    }

    /// Takes a slot without waiting, if one is free. The caller owes one [`Admission::leave`].
    pub(crate) fn try_enter(&self) -> bool {
        self.slots
            .try_acquire()
            .map(tokio::sync::SemaphorePermit::forget)
            .is_ok()
    }

    /// Waits in the queue for a slot. The caller owes one [`Admission::leave`] for an `Ok`.
    pub(crate) async fn queue(&self) -> Result<(), UpstreamError> {
        let place = self.queued.fetch_add(1, Ordering::Relaxed);
        let _queued = Queued(&self.queued);
        if place >= self.queue_max {
            return Err(self.refuse("the app's in-flight cap and its queue are full"));
        }
        match tokio::time::timeout(self.queue_timeout, self.slots.acquire()).await {
            Ok(Ok(slot)) => {
                slot.forget();
                Ok(())
            }
            _ => Err(self.refuse("no request to the app ended while this one waited in the queue")),
        }
    }

    pub(crate) fn leave(&self) {
        self.slots.add_permits(1);
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight_max - self.slots.available_permits()
    }

    pub(crate) fn queued(&self) -> usize {
        self.queued.load(Ordering::Relaxed)
    }

    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    fn refuse(&self, why: &'static str) -> UpstreamError {
        self.refused.fetch_add(1, Ordering::Relaxed);
        UpstreamError::new(UpstreamErrorKind::Busy, why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admission(in_flight_max: usize, queue_max: usize) -> Admission {
        Admission::new(&Options {
            in_flight_max,
            queue_max,
            queue_timeout: Duration::from_secs(3),
            ..Options::sample(&[])
        })
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_queue_refuses_at_once() {
        let admission = admission(1, 0);
        assert!(admission.try_enter() && !admission.try_enter());
        let before = tokio::time::Instant::now();
        let refusal = admission.queue().await.unwrap_err();
        assert_eq!(refusal.kind, UpstreamErrorKind::Busy);
        assert_eq!(before.elapsed(), Duration::ZERO);
        assert_eq!((admission.queued(), admission.refused()), (0, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_that_is_too_long_ends_as_busy() {
        let admission = admission(1, 1);
        assert!(admission.try_enter());
        let before = tokio::time::Instant::now();
        assert!(admission.queue().await.is_err());
        assert_eq!(before.elapsed(), Duration::from_secs(3));
        assert_eq!((admission.queued(), admission.in_flight()), (0, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_leaves_makes_room_for_the_next() {
        let admission = admission(1, 1);
        assert!(admission.try_enter());
        let (entered, ()) = tokio::join!(admission.queue(), async { admission.leave() });
        assert!(entered.is_ok());
        assert_eq!((admission.queued(), admission.in_flight()), (0, 1));
    }
}
