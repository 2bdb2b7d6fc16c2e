//! The beginning of a body: read to be judged, and sent on as if nobody had looked.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};

use crate::body::{Body, BodyError};
use crate::upstream::deadline::Deadline;

/// How much of an error is read. Debug pages say what they are in their head, behind a style
/// sheet of some 50 KiB at most.
pub(super) const READ_BYTES_MAX: usize = 128 * 1024;

/// How long an error that does not come whole is waited for, counted from its first pause.
pub(super) const WAIT_MAX: Duration = Duration::from_secs(2);

pub(super) struct Beginning {
    /// As they came, still encoded; at most [`READ_BYTES_MAX`].
    pub(super) bytes: Vec<u8>,
    /// Whether that is the whole body.
    pub(super) is_whole: bool,
    read: VecDeque<Result<Frame<Bytes>, BodyError>>,
    rest: Body,
}

enum Next {
    Frame(Result<Frame<Bytes>, BodyError>),
    End,
    Waited,
}

impl Beginning {
    pub(super) async fn read(mut body: Body) -> Self {
        let mut deadline = Deadline::default();
        let mut bytes = Vec::new();
        let mut read = VecDeque::new();
        let mut is_whole = true;
        while !body.is_end_stream() {
            if bytes.len() == READ_BYTES_MAX {
                is_whole = false;
                break;
            }
            let next = poll_fn(|cx| match Pin::new(&mut body).poll_frame(cx) {
                Poll::Ready(Some(frame)) => Poll::Ready(Next::Frame(frame)),
                Poll::Ready(None) => Poll::Ready(Next::End),
                Poll::Pending => deadline.poll(cx, WAIT_MAX).map(|()| Next::Waited),
            });
            match next.await {
                Next::Frame(frame) => {
                    let data = frame.as_ref().ok().and_then(Frame::data_ref);
                    let room = READ_BYTES_MAX - bytes.len();
                    let taken = data.map_or(&[][..], |data| data.get(..room).unwrap_or(data));
                    bytes.extend_from_slice(taken);
                    let is_cut = data.is_some_and(|data| data.len() > taken.len());
                    let is_broken = frame.is_err();
                    read.push_back(frame);
                    if is_cut || is_broken {
                        is_whole = false;
                        break;
                    }
                }
                Next::End => break,
                Next::Waited => {
                    is_whole = false;
                    break;
                }
            }
        }
        Self {
            bytes,
            is_whole,
            read,
            rest: body,
        }
    }

    /// The whole body again.
    pub(super) fn into_body(self) -> Body {
        match self.read.is_empty() {
            true => self.rest,
            false => Body::wrap(Replayed {
                read: self.read,
                rest: self.rest,
            }),
        }
    }
}

/// What was read, then what was not.
struct Replayed {
    read: VecDeque<Result<Frame<Bytes>, BodyError>>,
    rest: Body,
}

impl http_body::Body for Replayed {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        match this.read.pop_front() {
            Some(frame) => Poll::Ready(Some(frame)),
            None => Pin::new(&mut this.rest).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.read.is_empty() && self.rest.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let frames = self.read.iter().filter_map(|frame| frame.as_ref().ok());
        let read: u64 = frames
            .filter_map(Frame::data_ref)
            .map(|data| data.len() as u64)
            .sum();
        let rest = self.rest.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower() + read);
        if let Some(upper) = rest.upper() {
            hint.set_upper(upper + read);
        }
        hint
    }
}
