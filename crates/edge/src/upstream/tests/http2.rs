//! HTTP/2 to the app, with prior knowledge.

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};

use super::*;
use crate::upstream::Protocol;

fn over_http2(url: &str) -> Fixture {
    fixture(&[url], |options| options.protocol = Protocol::Http2)
}

/// Serves one HTTP/2 connection with hyper, saying what it was asked.
async fn serve(stream: TcpStream) {
    let echo = service_fn(async |request: Request<Incoming>| {
        let (parts, mut body) = request.into_parts();
        let mut text = format!(
            "{} {} host={:?} expect={:?} ",
            parts.method,
            parts.uri,
            parts.headers.get("host"),
            parts.headers.get("expect")
        );
        while let Some(frame) = body.frame().await {
            let data = frame.map_err(|_| "broken upload")?.into_data().unwrap();
            text.push_str(std::str::from_utf8(&data).unwrap());
        }
        let (feeder, answer) = fed_with_trailers(text);
        drop(feeder);
        Ok::<_, &str>(Response::new(answer))
    });
    let _ = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
        .serve_connection(TokioIo::new(stream), echo)
        .await;
}

/// A body of `text`, then a trailer.
fn fed_with_trailers(text: String) -> (Feeder, Body) {
    let (feeder, body) = fed();
    feeder.send(Ok(text.into())).unwrap();
    let mut trailers = HeaderMap::new();
    trailers.insert("digest", http::HeaderValue::from_static("abc"));
    let trailers = std::future::ready(Some(Ok(trailers)));
    (feeder, Body::wrap(body.with_trailers(trailers)))
}

#[tokio::test]
async fn requests_share_one_connection_and_name_scheme_and_host() {
    let app = App::start().await;
    let gateway = over_http2(&app.url());
    let serving = async { serve(app.accept().await.0).await };
    let asking = async {
        let (first, second) = tokio::join!(gateway.get("/1"), gateway.get("/2?x"));
        for (answer, path) in [(first, "/1"), (second, "/2?x")] {
            let answer = answer.unwrap();
            let expected = format!("GET http://shop.example{path} host=None expect=None ");
            assert_eq!(answer.text, expected);
            assert_eq!(answer.trailers.unwrap()["digest"], "abc");
        }
        let mut post = request(Method::POST, "/", Body::Full(Bytes::from_static(b"order")));
        let hundred = http::HeaderValue::from_static("100-continue");
        post.headers_mut().insert("expect", hundred);
        let answer = gateway.send(post).await.unwrap();
        assert!(
            answer.text.ends_with("expect=None order"),
            "{}",
            answer.text
        );
        assert!(answer.served.reused);
    };
    tokio::select! { () = asking => {}, () = serving => panic!("the connection ended") }
    let snapshot = gateway.group.snapshot();
    assert_eq!((snapshot.instances[0].connects, snapshot.in_flight), (1, 0));
}

#[tokio::test]
async fn an_app_that_speaks_http1_only_is_invalid() {
    let app = App::start().await;
    let gateway = over_http2(&app.url());
    let serving = async {
        for _ in 0..2 {
            let mut peer = app.accept().await;
            peer.write("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
                .await;
            peer.closed().await;
        }
    };
    let asking = gateway.get("/");
    let outcome =
        tokio::select! { outcome = asking => outcome, () = serving => panic!("asked twice") };
    assert_eq!(outcome.unwrap_err(), UpstreamErrorKind::Invalid);
}

/// A frame (RFC 9113 section 4.1) of up to 255 bytes.
fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).unwrap();
    [&[0, 0, length, kind, flags, 0, 0, 0, stream], payload].concat()
}

#[tokio::test]
async fn a_get_whose_connection_is_going_away_is_sent_again_on_a_new_one() {
    let app = App::start().await;
    let gateway = over_http2(&app.url());
    let serving = async {
        let mut peer = app.accept().await;
        peer.read("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".len()).await;
        peer.0.write_all(&frame(4, 0, 0, &[])).await.unwrap();
        let mut headers = [0; 9];
        while headers[3] != 1 {
            peer.0.read_exact(&mut headers).await.unwrap();
            let length = u32::from_be_bytes([0, headers[0], headers[1], headers[2]]);
            let mut payload = vec![0; length as usize];
            peer.0.read_exact(&mut payload).await.unwrap();
        }
        // GOAWAY: nothing was processed, and nothing was wrong.
        peer.0.write_all(&frame(7, 0, 0, &[0; 8])).await.unwrap();
        serve(app.accept().await.0).await;
    };
    let asking = gateway.get("/");
    let outcome = tokio::select! { outcome = asking => outcome, () = serving => panic!("hung up") };
    assert_eq!(outcome.unwrap().served.attempts, 2);
}

#[tokio::test]
async fn a_refused_stream_is_sent_again_and_a_reset_body_breaks_off() {
    let app = App::start().await;
    let gateway = over_http2(&app.url());
    let begun = tokio::sync::Notify::new();
    let serving = async {
        let stream = app.accept().await.0;
        let mut connection = h2::server::handshake(stream).await.unwrap();
        let (_, mut refused) = connection.accept().await.unwrap().unwrap();
        refused.send_reset(h2::Reason::REFUSED_STREAM);
        let (_, mut respond) = connection.accept().await.unwrap().unwrap();
        let mut body = respond.send_response(Response::new(()), false).unwrap();
        body.send_data(Bytes::from_static(b"half"), false).unwrap();
        // Only a connection that is driven sends what was written to it.
        tokio::select! {
            _ = connection.accept() => {}
            () = begun.notified() => {}
        }
        body.send_reset(h2::Reason::INTERNAL_ERROR);
        connection.accept().await;
    };
    let asking = async {
        let asking = request(Method::GET, "/", Body::Empty);
        let response = gateway.pool.send(asking).await.unwrap();
        assert_eq!(response.extensions().get::<Served>().unwrap().attempts, 2);
        let mut body = response.into_body();
        assert_eq!(
            body.frame().await.unwrap().unwrap().into_data().unwrap(),
            "half"
        );
        begun.notify_one();
        assert!(body.frame().await.unwrap().is_err());
    };
    tokio::select! { () = asking => {}, () = serving => panic!("hung up") }
}
