//! A bug costs one request, never the gateway.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

/// A future that panicked.
#[derive(Debug)]
pub(super) struct Panicked;

/// Runs `future`, turning a panic into an error. What the future borrowed mutably is only read
/// for the log afterwards.
pub(super) struct Catch<F>(pub(super) F);

impl<F: Future + Unpin> Future for Catch<F> {
    type Output = Result<F::Output, Panicked>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let future = Pin::new(&mut self.0);
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
        assert_eq!(Catch(std::future::ready(1)).await.unwrap(), 1);
        let broken = Box::pin(async { panic!("a bug") });
        assert!(Catch(broken).await.is_err());
    }
}
