//! Which connection a request goes over, and what becomes of it afterwards.

use super::*;

#[tokio::test]
async fn a_connection_serves_again_and_says_so() {
    let app = App::start().await;
    let gateway = fixture(&[&app.url()], |_| {});
    let serving = async {
        let mut peer = app.accept().await;
        for _ in 0..3 {
            peer.answer(OK).await;
        }
    };
    let asking = async {
        for reused in [false, true, true] {
            let answer = gateway.get("/").await.unwrap();
            assert_eq!((answer.text.as_str(), answer.served.reused), ("ok", reused));
            assert_eq!(answer.served.attempts, 1);
        }
    };
    tokio::join!(serving, asking);
    let snapshot = gateway.group.snapshot();
    assert_eq!(
        (snapshot.instances[0].connects, snapshot.instances[0].reuses),
        (1, 2)
    );
    assert_eq!(
        (snapshot.in_flight, snapshot.instances[0].in_flight),
        (0, 0)
    );
}

#[tokio::test]
async fn a_response_without_a_body_gives_its_connection_back_too() {
    let app = App::start().await;
    let gateway = fixture(&[&app.url()], |_| {});
    let serving = async {
        let mut peer = app.accept().await;
        peer.answer("HTTP/1.1 204 No Content\r\n\r\n").await;
        peer.answer("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n")
            .await;
        peer.answer(OK).await;
    };
    let asking = async {
        assert_eq!(gateway.get("/").await.unwrap().status, 204);
        let head = request(Method::HEAD, "/", Body::Empty);
        assert_eq!(gateway.send(head).await.unwrap().text, "");
        assert!(gateway.get("/").await.unwrap().served.reused);
    };
    tokio::join!(serving, asking);
}

#[tokio::test]
async fn a_connection_that_closed_while_idle_fails_no_request_not_even_a_post() {
    let app = App::start().await;
    let gateway = fixture(&[&app.url()], |options| options.retries_max = 0);
    let closed = tokio::sync::Notify::new();
    let serving = async {
        app.accept().await.answer(OK).await;
        closed.notify_one();
        app.accept().await.read_head().await
    };
    let asking = async {
        gateway.get("/").await.unwrap();
        closed.notified().await;
        // One turn of the driver brings the news; a request written before it is lost for good.
        tokio::task::yield_now().await;
        tokio::task::yield_now().await;
        let body = Body::Full(Bytes::from_static(b"order"));
        gateway
            .pool
            .send(request(Method::POST, "/orders", body))
            .await
            .map(drop)
    };
    let head = tokio::select! {
        head = serving => head,
        outcome = asking => panic!("answered by nobody: {outcome:?}"),
    };
    assert!(head.starts_with("POST /orders HTTP/1.1\r\n"));
}

#[tokio::test]
async fn a_get_on_a_connection_that_closes_as_it_arrives_is_sent_again() {
    let app = App::start().await;
    let gateway = fixture(&[&app.url()], |_| {});
    let serving = async {
        let mut peer = app.accept().await;
        peer.answer(OK).await;
        peer.read_head().await;
        drop(peer);
        app.accept().await.answer(OK).await
    };
    let asking = async {
        gateway.get("/").await.unwrap();
        gateway.get("/").await.unwrap()
    };
    let (_, answer) = tokio::join!(serving, asking);
    assert_eq!((answer.served.attempts, answer.served.reused), (2, false));
    assert_eq!(gateway.group.snapshot().retries, 1);
}

#[tokio::test]
async fn a_connection_idle_for_too_long_is_not_used_again() {
    let app = App::start().await;
    let gateway = fixture(&[&app.url()], |_| {});
    let serving = async {
        let mut first = app.accept().await;
        first.answer(OK).await;
        app.accept().await.answer(OK).await;
        first.closed().await;
    };
    let asking = async {
        gateway.get("/").await.unwrap();
        gateway.clock.advance(Duration::from_secs(61));
        assert!(!gateway.get("/").await.unwrap().served.reused);
    };
    tokio::join!(serving, asking);
}

#[tokio::test]
async fn a_response_dropped_in_the_middle_closes_its_connection() {
    let app = App::start().await;
    let gateway = fixture(&[&app.url()], |_| {});
    let asking = async {
        gateway
            .pool
            .send(request(Method::GET, "/", Body::Empty))
            .await
    };
    let serving = async {
        let mut peer = app.accept().await;
        peer.answer("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf")
            .await;
        peer
    };
    let (mut peer, response) = tokio::join!(serving, asking);
    drop(response.unwrap());
    peer.closed().await;
    assert_eq!(gateway.group.snapshot().in_flight, 0);
}

#[tokio::test]
async fn a_connection_that_the_app_announces_to_close_is_not_kept() {
    let app = App::start().await;
    let gateway = fixture(&[&app.url()], |options| options.retries_max = 0);
    let serving = async {
        for _ in 0..2 {
            let mut peer = app.accept().await;
            peer.answer("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nall of it")
                .await;
        }
    };
    let asking = async {
        for _ in 0..2 {
            assert_eq!(gateway.get("/").await.unwrap().text, "all of it");
        }
    };
    tokio::join!(serving, asking);
}

#[tokio::test]
async fn no_more_connections_are_kept_than_allowed() {
    let app = App::start().await;
    let gateway = fixture(&[&app.url()], |options| {
        options.keep_alive_connections_max = 1
    });
    let serving = async {
        let (mut first, mut second) = (app.accept().await, app.accept().await);
        first.read_head().await;
        second.read_head().await;
        first.write(OK).await;
        second.write(OK).await;
        tokio::select! { () = first.closed() => {}, () = second.closed() => {} }
    };
    let (_, first, second) = tokio::join!(serving, gateway.get("/1"), gateway.get("/2"));
    assert!(first.is_ok() && second.is_ok());
}

#[tokio::test]
async fn the_host_is_kept_or_replaced_as_chosen() {
    for (choice, expected) in [
        (
            crate::upstream::HostHeader::Preserve,
            "shop.example".to_owned(),
        ),
        (crate::upstream::HostHeader::Upstream, String::new()),
    ] {
        let app = App::start().await;
        let gateway = fixture(&[&app.url()], |options| options.host = choice);
        let serving = async { app.accept().await.answer(OK).await };
        let (head, answer) = tokio::join!(serving, gateway.get("/path?query"));
        assert!(answer.is_ok());
        let own = app.0.local_addr().unwrap().to_string();
        let expected = if expected.is_empty() { own } else { expected };
        assert_eq!(
            head,
            format!("GET /path?query HTTP/1.1\r\nhost: {expected}\r\n\r\n")
        );
    }
}

#[tokio::test]
async fn the_last_byte_of_a_known_length_gives_the_connection_back() {
    let app = App::start().await;
    let gateway = fixture(&[&app.url()], |_| {});
    let serving = async {
        let mut peer = app.accept().await;
        peer.answer(OK).await;
        peer.answer(OK).await;
    };
    let asking = async {
        let asking = request(Method::GET, "/", Body::Empty);
        let mut body = gateway.pool.send(asking).await.unwrap().into_body();
        let frame = body.frame().await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), "ok");
        // A server that has sent all it announced drops the body without asking for its end.
        drop(body);
        assert!(gateway.get("/").await.unwrap().served.reused);
    };
    tokio::select! {
        () = asking => {}
        () = async { serving.await; std::future::pending().await } => {}
    }
}
