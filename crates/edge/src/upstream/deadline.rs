//! A timer that costs nothing until something is pending, and little when it is.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep};

/// Lives as long as its connection: the runtime moves a registered timer to a later moment with
/// one compare-and-swap, so a busy connection registers once, not once per request.
#[derive(Default)]
pub(crate) struct Deadline {
    sleep: Option<Pin<Box<Sleep>>>,
    armed: bool,
}

impl Deadline {
    /// Starts the clock if it does not run yet, and asks whether `after` has passed since.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>, after: Duration) -> Poll<()> {
        let at = || Instant::now() + after;
        let sleep = match &mut self.sleep {
            Some(sleep) => {
                if !self.armed {
                    sleep.as_mut().reset(at());
                }
                sleep
            }
            none => none.insert(Box::pin(tokio::time::sleep_until(at()))),
        };
        self.armed = true;
        sleep.as_mut().poll(cx)
    }

    /// Something moved: the next poll starts the clock anew.
    pub(crate) const fn disarm(&mut self) {
        self.armed = false;
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    async fn fires_after(deadline: &mut Deadline, after: Duration) {
        let before = Instant::now();
        poll_fn(|cx| deadline.poll(cx, after)).await;
        assert_eq!(before.elapsed(), after);
        deadline.disarm();
    }

    #[tokio::test(start_paused = true)]
    async fn one_deadline_serves_many_waits_longer_and_shorter() {
        let mut deadline = Deadline::default();
        for seconds in [5, 9, 2, 2, 30] {
            fires_after(&mut deadline, Duration::from_secs(seconds)).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_disarmed_starts_anew() {
        let mut deadline = Deadline::default();
        let after = Duration::from_secs(5);
        let pending = poll_fn(|cx| Poll::Ready(deadline.poll(cx, after).is_pending())).await;
        assert!(pending);
        tokio::time::advance(Duration::from_secs(4)).await;
        deadline.disarm();
        fires_after(&mut deadline, after).await;
    }
}
