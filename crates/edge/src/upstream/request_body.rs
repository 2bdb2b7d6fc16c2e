//! A request body on its way to the app, watched: who is to blame when it does not move?

use std::pin::Pin;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode, header};
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::sync::oneshot;

use super::UpstreamErrorKind;
use super::deadline::Deadline;
use crate::body::{Body, BodyError, ClientTooSlow};

/// How long a body is held back for the app's `100 Continue`. Many servers never send one, and a
/// client "SHOULD NOT wait for an indefinite period" (RFC 9110 section 10.1.1); curl waits as long.
const CONTINUE_WAIT: Duration = Duration::from_secs(1);

/// How far a request body has come, as the waiting side sees it.
#[derive(Default)]
pub(crate) struct Upload {
    state: AtomicU8,
    /// Counts frames, and may wrap: only a difference matters.
    progress: AtomicU32,
}

/// Nothing taken yet, or a frame was: it is the app's turn to take more.
const SENDING: u8 = 0;
/// The client has to send more.
const AWAITING_CLIENT: u8 = 1;
/// All of it is with the app.
const ENDED: u8 = 2;
/// The client's side broke off.
const BROKEN: u8 = 3;
/// The client's side was cut off for its slowness.
const TOO_SLOW: u8 = 4;

impl Upload {
    /// Wraps the body of `request` when there is one. A request without costs nothing here.
    pub(crate) fn watch(
        request: Request<Body>,
        holds_for_continue: bool,
    ) -> (Request<Body>, Option<Arc<Self>>) {
        if request.body().is_end_stream() {
            return (request, None);
        }
        let upload = Arc::new(Self::default());
        let mut request = request;
        let hold = (holds_for_continue && expects_continue(&request))
            .then(|| Hold::until_continue(&mut request));
        let watched = Arc::clone(&upload);
        let request = request.map(|inner| {
            Body::wrap(Watched {
                inner,
                upload: watched,
                hold,
            })
        });
        (request, Some(upload))
    }

    /// Changes whenever a part of the body was taken.
    pub(crate) fn progress(&self) -> u32 {
        self.progress.load(Ordering::Relaxed)
    }

    pub(crate) fn awaits_client(&self) -> bool {
        self.state.load(Ordering::Acquire) == AWAITING_CLIENT
    }

    /// What the client did wrong, if it did.
    pub(crate) fn failure(&self) -> Option<UpstreamErrorKind> {
        match self.state.load(Ordering::Acquire) {
            BROKEN => Some(UpstreamErrorKind::ClientBody),
            TOO_SLOW => Some(UpstreamErrorKind::ClientTimeout),
            _ => None,
        }
    }

    fn moved(&self, state: u8) {
        self.progress.fetch_add(1, Ordering::Relaxed);
        self.state.store(state, Ordering::Release);
    }
}

fn expects_continue(request: &Request<Body>) -> bool {
    let expect = request.headers().get(header::EXPECT);
    expect.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"))
}

/// Keeps the body back until the app asks for it, so that an app which refuses by the head alone
/// spares its client the transfer.
struct Hold {
    asked: Option<oneshot::Receiver<()>>,
    patience: Deadline,
}

impl Hold {
    fn until_continue(request: &mut Request<Body>) -> Self {
        let (ask, asked) = oneshot::channel();
        let ask = Mutex::new(Some(ask));
        hyper::ext::on_informational(request, move |interim| {
            if interim.status() == StatusCode::CONTINUE
                && let Some(ask) = ask.lock().unwrap_or_else(PoisonError::into_inner).take()
            {
                let _ = ask.send(());
            }
        });
        Self {
            asked: Some(asked),
            patience: Deadline::default(),
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(asked) = &mut self.asked {
            match Pin::new(asked).poll(cx) {
                Poll::Ready(Ok(())) => return Poll::Ready(()),
                // A final response came first. The body stays back as long as it may.
                Poll::Ready(Err(_)) => self.asked = None,
                Poll::Pending => {}
            }
        }
        self.patience.poll(cx, CONTINUE_WAIT)
    }
}

struct Watched {
    inner: Body,
    upload: Arc<Upload>,
    hold: Option<Hold>,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        if let Some(hold) = &mut this.hold {
            if hold.poll(cx).is_pending() {
                return Poll::Pending;
            }
            this.hold = None;
        }
        let polled = Pin::new(&mut this.inner).poll_frame(cx);
        match &polled {
            Poll::Pending => this.upload.state.store(AWAITING_CLIENT, Ordering::Release),
            Poll::Ready(Some(Ok(_))) if !this.inner.is_end_stream() => this.upload.moved(SENDING),
            Poll::Ready(None | Some(Ok(_))) => this.upload.moved(ENDED),
            Poll::Ready(Some(Err(error))) if error.is::<ClientTooSlow>() => {
                this.upload.moved(TOO_SLOW);
            }
            Poll::Ready(Some(Err(_))) => this.upload.moved(BROKEN),
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
