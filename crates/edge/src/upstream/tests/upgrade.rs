//! Connections that turn into something else.

use hyper_util::rt::TokioIo;

use super::*;

const SWITCH: &str =
    "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n";

fn upgrading() -> Request<Body> {
    let mut asking = request(Method::GET, "/socket", Body::Empty);
    let headers = asking.headers_mut();
    headers.insert("connection", http::HeaderValue::from_static("upgrade"));
    headers.insert("upgrade", http::HeaderValue::from_static("echo"));
    asking
}

#[tokio::test]
async fn bytes_pass_both_ways_after_an_upgrade_and_the_connection_never_returns() {
    let app = App::start().await;
    let gateway = fixture(&[&app.url()], |options| options.in_flight_max = 1);
    let serving = async {
        let mut peer = app.accept().await;
        // The app's first words may come in the same packet as its head.
        peer.answer(&format!("{SWITCH}hello")).await;
        assert_eq!(peer.read(4).await, "ping");
        peer.write("pong").await;
        app.accept().await.answer(OK).await;
        peer
    };
    let asking = async {
        let mut response = gateway.pool.send(upgrading()).await.unwrap();
        assert_eq!(response.status(), 101);
        let upgraded = hyper::upgrade::on(&mut response).await.unwrap();
        let mut socket = Peer(TokioIo::new(upgraded));
        assert_eq!(socket.read(5).await, "hello");
        socket.write("ping").await;
        assert_eq!(socket.read(4).await, "pong");
        assert_eq!(gateway.group.snapshot().in_flight, 0);
        assert!(!gateway.get("/").await.unwrap().served.reused);
        socket
    };
    tokio::join!(serving, asking);
}

#[tokio::test]
async fn a_switch_that_nobody_asked_for_is_invalid() {
    let app = App::start().await;
    let gateway = fixture(&[&app.url()], |_| {});
    let serving = async { app.accept().await.answer(SWITCH).await };
    let (_, outcome) = tokio::join!(serving, gateway.get("/"));
    assert_eq!(outcome.unwrap_err(), UpstreamErrorKind::Invalid);
}
