//! A bug costs one request, never the gateway.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

/// A future that panicked.
#[derive(Debug)]
pub(super) struct Panicked;

pin_project! {
    /// Runs a future, turning a panic into an error. What the future borrowed mutably is only
    /// read for the log afterwards.
    pub(super) struct Catch<F> {
        #[pin]
        future: F,
    }
}

impl<F> Catch<F> {
    pub(super) const fn new(future: F) -> Self {
        Self { future }
    }
}

impl<F: Future> Future for Catch<F> {
    type Output = Result<F::Output, Panicked>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let future = self.project().future;
        match catch_unwind(AssertUnwindSafe(|| future.poll(cx))) {
            Ok(poll) => poll.map(Ok),
            Err(_) => Poll::Ready(Err(Panicked)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_becomes_an_error_and_all_else_passes() {
        assert_eq!(Catch::new(std::future::ready(1)).await.unwrap(), 1);
        let broken = async { panic!("a bug") };
        assert!(Catch::new(broken).await.is_err());
    }
}
