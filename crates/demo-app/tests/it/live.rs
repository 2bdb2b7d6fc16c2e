//! The event stream and the socket: open to all, and closed when the process stops.

use futures_util::{SinkExt, StreamExt};
use http_body_util::BodyExt;
use hyper::body::Bytes;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::client::{Gallery, open};

#[tokio::test]
async fn the_stream_tells_strangers_what_happens() {
    let gallery = Gallery::weak().await;
    let path = "/api/events/stream";
    let mut answer = open(gallery.running.address, "GET", path, &[], Bytes::new()).await;
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let mut seen = String::new();
    while !seen.contains("event: hello") {
        seen.push_str(&next_text(answer.body_mut()).await.unwrap());
    }
    gallery.send("POST", "/api/photos/22/like", &[], "").await;
    while !(seen.contains("event: like") && seen.contains("event: view")) {
        seen.push_str(&next_text(answer.body_mut()).await.unwrap());
    }
    assert!(seen.contains(r#""photo":22"#), "{seen}");
}

#[tokio::test]
async fn the_socket_takes_any_origin_echoes_and_passes_likes_on() {
    let gallery = Gallery::weak().await;
    let mut request = format!("ws://{}/ws", gallery.running.address)
        .into_client_request()
        .unwrap();
    request
        .headers_mut()
        .insert("origin", "https://evil.example".parse().unwrap());
    let stream = tokio::net::TcpStream::connect(gallery.running.address)
        .await
        .unwrap();
    let (mut socket, _) = tokio_tungstenite::client_async(request, stream)
        .await
        .unwrap();
    socket.send(Message::text("hello")).await.unwrap();
    socket.send(Message::text(r#"{"like":7}"#)).await.unwrap();
    let (mut echoed, mut liked) = (false, false);
    while !(echoed && liked) {
        let text = socket.next().await.unwrap().unwrap().into_text().unwrap();
        echoed |= text.as_str() == "hello";
        liked |= text.contains(r#""kind":"like""#) && text.contains(r#""photo":7"#);
    }
}

#[tokio::test]
async fn shutdown_ends_open_streams() {
    let gallery = Gallery::weak().await;
    let path = "/api/events/stream";
    let mut answer = open(gallery.running.address, "GET", path, &[], Bytes::new()).await;
    assert!(next_text(answer.body_mut()).await.is_some());
    let ended = tokio::spawn(async move { while next_text(answer.body_mut()).await.is_some() {} });
    gallery.running.shutdown().await.unwrap();
    ended.await.unwrap();
}

async fn next_text(body: &mut hyper::body::Incoming) -> Option<String> {
    let frame = body.frame().await?.ok()?;
    frame
        .into_data()
        .ok()
        .map(|data| String::from_utf8_lossy(&data).into_owned())
}
