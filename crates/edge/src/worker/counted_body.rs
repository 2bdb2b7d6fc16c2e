//! The request body as the client sends it: counted, bounded in its slowness, and without claims
//! in its trailers.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::time::Instant;

use crate::body::{Body, BodyError, ClientTooSlow};
use crate::forwarded;
use crate::metrics::add;
use crate::upstream::Deadline;

/// The pace that a client must keep: a second of waiting is earned back by this many bytes. As in
/// Apache's `RequestReadTimeout body=20,MinRate=500`; a tenth of what a 2G phone sends.
const CLIENT_BODY_BYTES_PER_SECOND: u32 = 500;

/// What is known of a request body outside of it.
#[derive(Default)]
pub(super) struct Intake {
    received: AtomicU64,
    /// Whether the app has begun to answer.
    answered: AtomicBool,
}

impl Intake {
    /// Body bytes so far.
    pub(super) fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    /// The app has begun to answer. A body that it goes on reading may be one half of a
    /// conversation, in which long pauses are natural and few bytes are many.
    pub(super) fn answered(&self) {
        self.answered.store(true, Ordering::Relaxed);
    }
}

/// A request body whose bytes are counted as they pass.
///
/// A slow upload holds a place under the app's in-flight cap, so a client has only so much time
/// to waste: `listen.body_timeout`, spent while the app is ready to take what the client has not
/// sent, and earned back at [`CLIENT_BODY_BYTES_PER_SECOND`], never beyond what it began with.
pub(super) struct CountedBody {
    inner: Body,
    intake: Arc<Intake>,
    wait_max: Duration,
    /// What is left of it.
    credit: Duration,
    /// Since when the client owes bytes that the app is ready to take.
    waiting: Option<Instant>,
    deadline: Deadline,
}

impl CountedBody {
    pub(super) fn new(inner: Body, wait_max: Duration) -> (Self, Arc<Intake>) {
        let intake = Arc::<Intake>::default();
        let counted = Self {
            inner,
            intake: intake.clone(),
            wait_max,
            credit: wait_max,
            waiting: None,
            deadline: Deadline::default(),
        };
        (counted, intake)
    }

    /// Settles the wait that `bytes` have ended.
    fn received(&mut self, bytes: usize) {
        add(&self.intake.received, bytes as u64);
        let Some(since) = self.waiting.take() else {
            return;
        };
        self.deadline.disarm();
        if self.intake.answered.load(Ordering::Relaxed) {
            self.credit = self.wait_max;
            return;
        }
        let earned = Duration::from_secs(bytes as u64) / CLIENT_BODY_BYTES_PER_SECOND;
        let left = self.credit.saturating_sub(since.elapsed());
        self.credit = left.saturating_add(earned).min(self.wait_max);
    }
}

impl http_body::Body for CountedBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.inner).poll_frame(cx);
        let Poll::Ready(frame) = polled else {
            this.waiting.get_or_insert_with(Instant::now);
            ready!(this.deadline.poll(cx, this.credit));
            return Poll::Ready(Some(Err(ClientTooSlow.into())));
        };
        let data = frame.as_ref().and_then(|frame| frame.as_ref().ok());
        let data = data.and_then(Frame::data_ref).map_or(0, Bytes::len);
        this.received(data);
        Poll::Ready(frame.map(|frame| frame.map(without_claims)))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// Trailers say nothing about the client that its header may not say.
fn without_claims(frame: Frame<Bytes>) -> Frame<Bytes> {
    match frame.into_trailers() {
        Ok(mut trailers) => {
            forwarded::strip_trailers(&mut trailers);
            Frame::trailers(trailers)
        }
        Err(data) => data,
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;
    use tokio::sync::mpsc::{Sender, channel};
    use tokio::time::interval_at;

    use super::*;

    const WAIT_MAX: Duration = Duration::from_secs(60);

    /// A body, and who sends it.
    fn upload() -> (CountedBody, Arc<Intake>, Sender<Bytes>) {
        let (sender, receiver) = channel(1);
        let frames = Channel(receiver);
        let (body, intake) = CountedBody::new(Body::wrap(frames), WAIT_MAX);
        (body, intake, sender)
    }

    struct Channel(tokio::sync::mpsc::Receiver<Bytes>);

    impl http_body::Body for Channel {
        type Data = Bytes;
        type Error = BodyError;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
            let data = ready!(self.0.poll_recv(cx));
            Poll::Ready(data.map(|data| Ok(Frame::data(data))))
        }
    }

    /// Sends `bytes` at a time with `pause` between, for an hour; how long is it listened to?
    async fn listened(bytes: usize, pause: Duration, answered: bool) -> Duration {
        const LONG: Duration = Duration::from_secs(3600);
        let start = Instant::now();
        let (mut body, intake, sender) = upload();
        if answered {
            intake.answered();
        }
        let sending = tokio::spawn(async move {
            let mut pauses = interval_at(start + pause, pause);
            while start.elapsed() < LONG {
                pauses.tick().await;
                if sender.send(vec![0; bytes].into()).await.is_err() {
                    return;
                }
            }
        });
        while let Some(frame) = body.frame().await {
            if let Err(error) = frame {
                assert!(error.is::<ClientTooSlow>());
                break;
            }
        }
        let listened = start.elapsed();
        drop(body);
        sending.await.unwrap();
        listened
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn a_client_that_stops_sending_ends_its_request() {
        let listened = listened(0, 3600 * SECOND, false).await;
        assert!(listened >= WAIT_MAX && listened < WAIT_MAX + SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_drips_ends_its_request_as_soon() {
        for (bytes, pause) in [(1, SECOND), (1, 30 * SECOND), (250, SECOND)] {
            let listened = listened(bytes, pause, false).await;
            assert!(listened >= WAIT_MAX, "{bytes}: {listened:?}");
            assert!(listened <= 130 * SECOND, "{bytes}: {listened:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_but_honest_client_may_send_for_hours() {
        for (bytes, pause) in [(600, SECOND), (1400, 2 * SECOND), (30_000, 50 * SECOND)] {
            let listened = listened(bytes, pause, false).await;
            assert!(listened >= 3600 * SECOND, "{bytes}: {listened:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_conversation_may_be_slow_but_not_dead() {
        assert!(listened(1, 50 * SECOND, true).await >= 3600 * SECOND);
        assert!(listened(1, 70 * SECOND, true).await < 70 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn bytes_sent_at_once_buy_no_time_for_later() {
        let (mut body, _, sender) = upload();
        sender.send(vec![0; 1 << 20].into()).await.unwrap();
        body.frame().await.unwrap().unwrap();
        let start = Instant::now();
        assert!(body.frame().await.unwrap().is_err());
        assert!(start.elapsed() < WAIT_MAX + SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn an_app_that_does_not_read_costs_the_client_nothing() {
        let (mut body, _, sender) = upload();
        for _ in 0..10 {
            sender.send(Bytes::from_static(b"x")).await.unwrap();
            tokio::time::advance(100 * SECOND).await;
            body.frame().await.unwrap().unwrap();
        }
    }
}
