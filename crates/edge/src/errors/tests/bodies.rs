//! Bodies on their way through an inspection: in pieces, slow, long, broken, encoded.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io::Write;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http_body::{Body as _, Frame, SizeHint};
use proptest::prelude::*;

use super::super::beginning::{READ_BYTES_MAX, WAIT_MAX};
use super::*;
use crate::body::BodyError;

/// Chunks, then perhaps an end that never comes.
struct Pieces {
    chunks: VecDeque<Result<Bytes, &'static str>>,
    never_ends: bool,
}

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match self.chunks.pop_front() {
            Some(chunk) => Poll::Ready(Some(chunk.map(Frame::data).map_err(Into::into))),
            None if self.never_ends => Poll::Pending,
            None => Poll::Ready(None),
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

fn pieces(chunks: impl IntoIterator<Item = Vec<u8>>, never_ends: bool) -> Response<Body> {
    let chunks = chunks.into_iter().map(|chunk| Ok(Bytes::from(chunk)));
    let body = Pieces {
        chunks: chunks.collect(),
        never_ends,
    };
    answer(500, "text/plain").map(|_| Body::wrap(body))
}

/// Everything that a body has to give at once, and whether it broke off.
async fn drain(mut body: Body) -> (Vec<u8>, bool) {
    let mut bytes = Vec::new();
    loop {
        let frame = poll_fn(|cx| Poll::Ready(Pin::new(&mut body).poll_frame(cx)));
        match frame.await {
            Poll::Ready(Some(Ok(frame))) => bytes.extend(frame.into_data().unwrap()),
            Poll::Ready(Some(Err(_))) => return (bytes, true),
            Poll::Ready(None) | Poll::Pending => return (bytes, false),
        }
    }
}

/// By one coding after the other. `raw` is deflate without its frame.
fn encoded(codings: &str, text: &[u8]) -> Vec<u8> {
    let codings = codings.split(", ");
    codings.fold(text.to_vec(), |text, coding| encoded_once(coding, &text))
}

fn encoded_once(coding: &str, text: &[u8]) -> Vec<u8> {
    let level = flate2::Compression::fast();
    match coding {
        "gzip" => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
            encoder.write_all(text).unwrap();
            encoder.finish().unwrap()
        }
        "deflate" => {
            let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), level);
            encoder.write_all(text).unwrap();
            encoder.finish().unwrap()
        }
        "raw" => {
            let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), level);
            encoder.write_all(text).unwrap();
            encoder.finish().unwrap()
        }
        "br" => {
            let mut encoder = brotli::CompressorWriter::new(Vec::new(), 4096, 4, 19);
            encoder.write_all(text).unwrap();
            encoder.into_inner()
        }
        "zstd" => zstd::stream::encode_all(text, 3).unwrap(),
        _ => text.to_vec(),
    }
}

async fn inspect_encoded(coding: &'static str, bytes: Vec<u8>) -> Inspected {
    let mut response = pieces([bytes], false);
    let coding = HeaderValue::from_static(coding);
    response.headers_mut().insert(CONTENT_ENCODING, coding);
    control().inspect(response).await
}

#[tokio::test]
async fn a_trace_is_found_under_every_coding() {
    for coding in ["identity", "gzip", "deflate", "br", "zstd"] {
        let bytes = encoded(coding, samples::PYTHON.as_bytes());
        let found = inspect_encoded(coding, bytes).await.found.unwrap();
        assert_eq!(found.text, samples::PYTHON, "{coding}");
        assert!(found.is_whole, "{coding}");
    }
}

#[tokio::test]
async fn deflate_is_read_without_its_frame_as_browsers_do() {
    // Stored, 257 bytes long, and by its first two bytes a zlib frame (RFC 1950 section 2.2).
    let mut text = samples::PYTHON.as_bytes().to_vec();
    text.resize(257, b' ');
    let posing = [&[0x78, 1, 1, !1, !1], &text[..], &[1, 0, 0, !0, !0]].concat();
    for (coded, text) in [(encoded("raw", &text), &text), (posing, &text)] {
        let found = inspect_encoded("deflate", coded).await.found.unwrap();
        assert_eq!(found.text, text);
        assert!(found.is_whole);
    }
}

#[tokio::test]
async fn codings_on_top_of_each_other_are_undone_in_turn() {
    for codings in ["gzip, gzip", "br, gzip", "identity, zstd, , deflate, br"] {
        let bytes = encoded(codings, samples::PYTHON.as_bytes());
        let found = inspect_encoded(codings, bytes).await.found.unwrap();
        assert_eq!(found.text, samples::PYTHON, "{codings}");
        assert!(found.is_whole, "{codings}");
    }
    let four = "gzip, gzip, gzip, gzip";
    let bytes = encoded(four, samples::PYTHON.as_bytes());
    assert!(inspect_encoded(four, bytes).await.found.is_none());
}

#[tokio::test]
async fn a_trace_in_utf_16_is_found_and_kept_readable() {
    let units = samples::PYTHON.encode_utf16();
    let text = encoded(
        "gzip",
        &units.flat_map(u16::to_be_bytes).collect::<Vec<_>>(),
    );
    let mut response = answer(500, "text/html; charset=utf-16be").map(|_| Body::Full(text.into()));
    let coding = HeaderValue::from_static("gzip");
    response.headers_mut().insert(CONTENT_ENCODING, coding);
    let found = control().inspect(response).await.found.unwrap();
    assert_eq!(found.text, samples::PYTHON);
}

#[tokio::test]
async fn what_is_not_encoded_is_read_whatever_its_head_says() {
    for coding in ["gzip", "deflate", "br", "zstd", "utf-8", "none", "gzip, x"] {
        let bytes = samples::PYTHON.as_bytes().to_vec();
        let found = inspect_encoded(coding, bytes).await.found;
        assert_eq!(found.unwrap().text, samples::PYTHON, "{coding}");
    }
}

#[tokio::test]
async fn what_a_small_body_swells_to_is_bounded() {
    for coding in ["gzip", "deflate", "br", "zstd"] {
        let mut text = samples::PYTHON.as_bytes().to_vec();
        text.resize(16 << 20, b' ');
        let found = inspect_encoded(coding, encoded(coding, &text)).await.found;
        let found = found.unwrap();
        assert!(found.text.len() <= READ_BYTES_MAX, "{coding}");
        assert!(!found.is_whole, "{coding}");
    }
}

#[tokio::test]
async fn what_is_not_encoded_as_it_says_passes_as_it_came() {
    for coding in ["gzip", "deflate", "br", "zstd"] {
        let inspected = inspect_encoded(coding, b"not encoded at all".to_vec()).await;
        assert!(inspected.found.is_none(), "{coding}");
        let (bytes, _) = drain(inspected.response.into_body()).await;
        assert_eq!(bytes, b"not encoded at all", "{coding}");
    }
}

#[tokio::test]
async fn a_long_page_is_judged_by_its_beginning() {
    let mut text = samples::PYTHON.as_bytes().to_vec();
    text.resize(3 * READ_BYTES_MAX, b' ');
    let found = control().inspect(pieces([text], true)).await.found.unwrap();
    assert!(!found.is_whole);
    assert_eq!(found.text.len(), READ_BYTES_MAX);
}

/// Debug pages say what they were sent before they say where it failed.
#[tokio::test]
async fn a_trace_behind_a_long_reflection_is_found() {
    let reflected = vec![b'x'; 900 * 1024];
    for (chunk_bytes, coding) in [(16 * 1024, ""), (usize::MAX, ""), (1024, "gzip")] {
        let text = [&reflected, samples::PYTHON.as_bytes()].concat();
        let coded = encoded(coding, &text);
        let chunks = coded.chunks(chunk_bytes).map(<[u8]>::to_vec);
        let mut response = pieces(chunks, false);
        let field = HeaderValue::from_static(coding);
        response.headers_mut().insert(CONTENT_ENCODING, field);
        let found = control().inspect(response).await.found;
        assert!(found.is_some_and(|found| found.is_whole), "{coding}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_error_is_waited_for_no_longer_than_the_bound() {
    let begun = tokio::time::Instant::now();
    let inspected = control().inspect(pieces([b"one".to_vec()], true)).await;
    assert_eq!(begun.elapsed(), WAIT_MAX);
    assert!(inspected.found.is_none());
    let (bytes, _) = drain(inspected.response.into_body()).await;
    assert_eq!(bytes, b"one");
}

#[tokio::test(start_paused = true)]
async fn an_error_that_comes_whole_is_not_waited_for() {
    let begun = tokio::time::Instant::now();
    control().inspect(pieces([b"one".to_vec()], false)).await;
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

#[tokio::test]
async fn a_body_that_breaks_off_breaks_off_at_the_same_place() {
    let chunks = VecDeque::from([Ok(Bytes::from_static(b"one")), Err("reset")]);
    let body = Pieces {
        chunks,
        never_ends: false,
    };
    let response = answer(500, "text/plain").map(|_| Body::wrap(body));
    let inspected = control().inspect(response).await;
    let drained = drain(inspected.response.into_body()).await;
    assert_eq!(drained, (b"one".to_vec(), true));
}

proptest! {
    // A case is a good hundred KiB in an unoptimised build.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_passes_is_the_same_bytes(
        chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..30_000), 0..8),
        coding in prop::sample::select(vec!["", "gzip", "deflate, gzip", "br", "zstd"]),
    ) {
        let whole = chunks.concat();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let bytes = runtime.block_on(async {
            let mut response = pieces(chunks, false);
            let coding = HeaderValue::from_static(coding);
            response.headers_mut().insert(CONTENT_ENCODING, coding);
            drain(control().inspect(response).await.response.into_body()).await
        });
        prop_assert_eq!(bytes, (whole, false));
    }

    #[test]
    fn no_text_is_too_odd_to_be_judged(
        text in "(at |goroutine |#0 |\\) |\\\\n|.(js|rs|java|php|rb|ex|cs|pl|go):?|File \"|, in |called |/laravel/framework/src/Illuminate/|panicked |<br>|line |[(): ]|[0-9]|[a-z]|\n){0,200}",
    ) {
        signatures::find(text.as_bytes(), Blame::App);
        signatures::find(text.as_bytes(), Blame::Client);
    }
}
