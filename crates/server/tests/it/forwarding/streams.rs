//! Event streams and WebSockets: nothing waits for the end of what has none.

use std::sync::Mutex;
use std::sync::mpsc::channel;

use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocket};
use tokio_tungstenite::tungstenite::{self, Message};

use crate::app::{App, ok};
use crate::gateway::TestGateway;

#[test]
fn each_event_arrives_before_the_app_sends_the_next_and_is_never_compressed() {
    let (next, permitted) = channel();
    let permitted = Mutex::new(permitted);
    let app = App::scripted(move |wire, _| {
        wire.message()?;
        wire.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n")?;
        wire.send("Transfer-Encoding: chunked\r\n\r\n")?;
        for _ in 0..3 {
            wire.send("9\r\ndata: 1\n\n\r\n")?;
            permitted
                .lock()
                .unwrap()
                .recv()
                .map_err(std::io::Error::other)?;
        }
        wire.send("0\r\n\r\n")
    });
    let gateway = TestGateway::tls(&app.upstream(""));
    let mut client = gateway.client();
    client
        .send("GET / HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip, br, zstd\r\n\r\n")
        .unwrap();
    let head = client.head().unwrap();
    assert_eq!(head.one("content-type"), "text/event-stream");
    assert_eq!(head.all("content-encoding"), [""; 0]);
    for _ in 0..3 {
        assert_eq!(client.chunk().unwrap().unwrap(), b"data: 1\n\n");
        next.send(()).unwrap();
    }
    assert_eq!(client.chunk().unwrap(), None);
}

/// Sends back every message, and agrees to a close.
fn echo() -> App {
    App::scripted(|wire, _| {
        let mut socket = tungstenite::accept(wire).map_err(|_| std::io::ErrorKind::Other)?;
        while let Ok(message) = socket.read() {
            if message.is_text() || message.is_binary() {
                socket.send(message).map_err(std::io::Error::other)?;
            }
        }
        Ok(())
    })
}

#[test]
fn a_web_socket_through_tls_carries_messages_both_ways_and_its_close() {
    let app = echo();
    let gateway = TestGateway::tls(&app.upstream(""));
    let mut client = gateway.client();
    let handshake = tungstenite::client("wss://localhost/socket?room=1", &mut *client);
    let (mut socket, answer) = handshake.unwrap();
    assert_eq!(answer.status(), 101);
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    let large = "x".repeat(1 << 20);
    for text in ["hello", "", &large] {
        socket.send(Message::text(text)).unwrap();
        assert_eq!(socket.read().unwrap(), Message::text(text));
    }
    let close = CloseFrame {
        code: CloseCode::Normal,
        reason: "done".into(),
    };
    socket.close(Some(close.clone())).unwrap();
    assert_eq!(socket.read().unwrap(), Message::Close(Some(close)));
    assert!(socket.read().is_err());
    drop(socket);
    assert_eq!(gateway.log.line()["status"], 101);
}

#[test]
fn a_message_that_the_app_sends_with_its_101_is_not_lost() {
    let app = App::scripted(|wire, _| {
        wire.message()?;
        let hello = [0x81, 5, b'h', b'e', b'l', b'l', b'o'];
        let head = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\
                    Upgrade: websocket\r\n\r\n";
        wire.send([head.as_bytes(), &hello].concat())?;
        wire.rest().map(drop)
    });
    let gateway = TestGateway::plain(&app.upstream(""));
    let mut client = gateway.client();
    let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    client.send(request).unwrap();
    assert_eq!(client.head().unwrap().status(), 101);
    let mut socket = WebSocket::from_raw_socket(&mut *client, Role::Client, None);
    assert_eq!(socket.read().unwrap(), Message::text("hello"));
}

#[test]
fn an_app_that_does_not_want_a_web_socket_may_say_so() {
    let app = App::answering(ok("text/plain", "no sockets here"));
    let gateway = TestGateway::plain(&app.upstream(""));
    let mut client = gateway.client();
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
    assert_eq!(client.ask("GET", "/", upgrade).status(), 200);
    assert_eq!(
        client.get("/again").status(),
        200,
        "the connection lives on"
    );
}

#[test]
fn h2c_is_not_passed_on_as_an_upgrade() {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::plain(&app.upstream(""));
    let upgrade = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\
                   HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n";
    assert_eq!(gateway.client().ask("GET", "/", upgrade).status(), 200);
    let request = app.request();
    for name in ["upgrade", "connection", "http2-settings"] {
        assert_eq!(request.all(name), [""; 0], "{name}");
    }
}

#[test]
fn a_101_that_nobody_asked_for_is_refused() {
    let app = App::answering(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    );
    let gateway = TestGateway::plain(&app.upstream(""));
    assert_eq!(gateway.get("/").status(), 502);
}
