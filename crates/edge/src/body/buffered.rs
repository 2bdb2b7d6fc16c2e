//! A request body read before it is passed on, for the controls that must see it whole. What was
//! read goes on unchanged, and so does the rest of one that is too long or too slow.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::BodyExt;
use tokio::time::Instant;

use super::{Body, BodyError};

/// How long a body may take to be read whole. The forms that are read are a few hundred bytes.
const READ_TIME_MAX: Duration = Duration::from_secs(10);

/// What is known of a body.
pub enum Buffered {
    /// All of it.
    Whole(Bytes),
    /// It was longer than allowed, or took longer than ten seconds.
    Unread,
}

/// Reads up to `bytes_max` bytes. The body that is given back sends the same frames.
pub(crate) async fn read(body: Body, bytes_max: usize) -> Result<(Buffered, Body), BodyError> {
    let mut body = body;
    let mut replayed = Replayed::default();
    let deadline = Instant::now() + READ_TIME_MAX;
    let mut length = 0;
    loop {
        let is_too_long = length > bytes_max || body.size_hint().lower() > bytes_max as u64;
        let frame = match is_too_long {
            true => None,
            // A frame that is not there yet stays in the body.
            false => tokio::time::timeout_at(deadline, body.frame()).await.ok(),
        };
        let Some(frame) = frame else {
            replayed.rest = body;
            return Ok((Buffered::Unread, replayed.into_body()));
        };
        let Some(frame) = frame.transpose()? else {
            break;
        };
        match frame.into_data() {
            Ok(data) => {
                length += data.len();
                replayed.data.push_back(data);
            }
            Err(frame) => replayed.trailers = frame.into_trailers().ok(),
        }
    }
    let whole = match replayed.data.make_contiguous() {
        [] => Bytes::new(),
        [only] => only.clone(),
        frames => Bytes::from(frames.concat()),
    };
    Ok((Buffered::Whole(whole), replayed.into_body()))
}

/// The frames that were read, then those that were not.
#[derive(Default)]
pub(crate) struct Replayed {
    pub(crate) data: VecDeque<Bytes>,
    pub(crate) trailers: Option<HeaderMap>,
    pub(crate) rest: Body,
}

impl Replayed {
    /// A body that was empty stays one that needs no framing.
    pub(crate) fn into_body(self) -> Body {
        match self.is_end_stream() {
            true => Body::Empty,
            false => Body::wrap(self),
        }
    }
}

impl http_body::Body for Replayed {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if let Some(data) = self.data.pop_front() {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        if let Some(trailers) = self.trailers.take() {
            return Poll::Ready(Some(Ok(Frame::trailers(trailers))));
        }
        Pin::new(&mut self.rest).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.data.is_empty() && self.trailers.is_none() && self.rest.is_end_stream()
    }

    /// Trailers need a framing that has room for them, so with them no length is promised.
    fn size_hint(&self) -> SizeHint {
        let read: u64 = self.data.iter().map(|data| data.len() as u64).sum();
        let rest = self.rest.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(read + rest.lower());
        if let (Some(upper), None) = (rest.upper(), &self.trailers) {
            hint.set_upper(read + upper);
        }
        hint
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends its frames, then ends or keeps silent for ever.
    struct Script {
        frames: VecDeque<Frame<Bytes>>,
        ends: bool,
    }

    impl http_body::Body for Script {
        type Data = Bytes;
        type Error = BodyError;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
            match (self.frames.pop_front(), self.ends) {
                (None, false) => Poll::Pending,
                (frame, _) => Poll::Ready(frame.map(Ok)),
            }
        }
    }

    fn script(texts: &[&'static str], ends: bool) -> Body {
        let frames = texts
            .iter()
            .map(|text| Frame::data(Bytes::from_static(text.as_bytes())));
        Body::wrap(Script {
            frames: frames.collect(),
            ends,
        })
    }

    /// What is sent on, as long as something is.
    async fn sent(mut body: Body) -> String {
        let mut sent = String::new();
        while let Ok(Some(Ok(frame))) = tokio::time::timeout(READ_TIME_MAX, body.frame()).await {
            match frame.into_data() {
                Ok(data) => sent.push_str(std::str::from_utf8(&data).unwrap()),
                Err(_) => sent.push_str("+trailers"),
            }
        }
        sent
    }

    async fn check(body: Body, whole: Option<&str>, expected: &str) {
        let (buffered, body) = read(body, 8).await.unwrap();
        match (buffered, whole) {
            (Buffered::Whole(bytes), Some(whole)) => assert_eq!(bytes, whole),
            (Buffered::Unread, None) => {}
            (Buffered::Whole(bytes), None) => panic!("{bytes:?} was read"),
            (Buffered::Unread, Some(whole)) => panic!("{whole} was not read"),
        }
        assert_eq!(sent(body).await, expected);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_read_goes_on_unchanged() {
        check(
            script(&["abc", "", "defgh"], true),
            Some("abcdefgh"),
            "abcdefgh",
        )
        .await;
        check(Body::Empty, Some(""), "").await;
        check(Body::Full("abc".into()), Some("abc"), "abc").await;
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_too_long_or_too_slow_goes_on_unread() {
        check(script(&["abcde", "fghi", "jk"], true), None, "abcdefghijk").await;
        check(Body::Full("abcdefghi".into()), None, "abcdefghi").await;
        check(script(&["abc"], false), None, "abc").await;
    }

    #[tokio::test(start_paused = true)]
    async fn trailers_go_on_and_a_length_is_told_without_them_only() {
        let mut frames: VecDeque<_> = [Frame::data(Bytes::from_static(b"abc"))].into();
        let (_, body) = read(script(&["abc"], true), 8).await.unwrap();
        assert_eq!(body.size_hint().exact(), Some(3));
        frames.push_back(Frame::trailers(HeaderMap::new()));
        let body = Body::wrap(Script { frames, ends: true });
        let (_, body) = read(body, 8).await.unwrap();
        assert_eq!(body.size_hint().exact(), None);
        assert_eq!(sent(body).await, "abc+trailers");
    }
}
