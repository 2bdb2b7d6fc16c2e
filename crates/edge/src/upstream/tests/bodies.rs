//! Bodies in both directions.

use super::*;
use crate::body::ClientTooSlow;

#[tokio::test]
async fn trailers_pass_and_the_connection_serves_again() {
    let app = App::start().await;
    let gateway = fixture(&[&app.url()], |_| {});
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: digest\r\n\r\n\
                   2\r\nok\r\n0\r\ndigest: abc\r\n\r\n";
    let serving = async {
        let mut peer = app.accept().await;
        peer.answer(chunked).await;
        peer.answer(OK).await;
    };
    let asking = async {
        let answer = gateway.get("/").await.unwrap();
        assert_eq!(answer.text, "ok");
        assert_eq!(answer.trailers.unwrap()["digest"], "abc");
        assert!(gateway.get("/").await.unwrap().served.reused);
    };
    tokio::join!(serving, asking);
}

#[tokio::test]
async fn a_body_of_known_length_keeps_it_and_one_of_unknown_length_is_chunked() {
    let app = App::start().await;
    let gateway = fixture(&[&app.url()], |_| {});
    let (feeder, unknown) = fed();
    feeder.send(Ok(Bytes::from_static(b"abc"))).unwrap();
    drop(feeder);
    let serving = async {
        let mut peer = app.accept().await;
        let head = peer.read_head().await;
        assert!(head.contains("content-length: 5\r\n"), "{head}");
        assert_eq!(peer.read(5).await, "order");
        peer.write(OK).await;
        let head = peer.read_head().await;
        assert!(head.contains("transfer-encoding: chunked\r\n"), "{head}");
        let chunks = "3\r\nabc\r\n0\r\n\r\n";
        assert_eq!(peer.read(chunks.len()).await, chunks);
        peer.write(OK).await;
    };
    let asking = async {
        let known = Body::Full(Bytes::from_static(b"order"));
        gateway
            .send(request(Method::POST, "/", known))
            .await
            .unwrap();
        gateway
            .send(request(Method::POST, "/", unknown))
            .await
            .unwrap();
    };
    tokio::join!(serving, asking);
}

#[tokio::test(start_paused = true)]
async fn a_long_upload_is_not_cut_by_the_first_byte_timeout() {
    let app = App::start().await;
    let gateway = fixture(&[&app.url()], |_| {});
    let (feeder, body) = fed();
    let uploading = async move {
        for _ in 0..5 {
            tokio::time::sleep(Duration::from_secs(50)).await;
            feeder.send(Ok(Bytes::from_static(b"part"))).unwrap();
        }
        // Longer than the timeout: how long a client may take is not the pool's business.
        tokio::time::sleep(Duration::from_secs(200)).await;
    };
    let serving = async {
        let mut peer = app.accept().await;
        peer.read_head().await;
        let chunks = format!("{}0\r\n\r\n", "4\r\npart\r\n".repeat(5));
        assert_eq!(peer.read(chunks.len()).await, chunks);
        tokio::time::sleep(Duration::from_secs(50)).await;
        peer.write(OK).await;
    };
    let sending = gateway.send(request(Method::PUT, "/file", body));
    let ((), (), answer) = tokio::join!(uploading, serving, sending);
    assert_eq!(answer.unwrap().text, "ok");
}

#[tokio::test(start_paused = true)]
async fn an_app_that_does_not_read_the_upload_times_out() {
    let app = App::start().await;
    let gateway = fixture(&[&app.url()], |_| {});
    let megabyte = Bytes::from(vec![b'x'; 1 << 20]);
    let (feeder, body) = fed();
    for _ in 0..64 {
        feeder.send(Ok(megabyte.clone())).unwrap();
    }
    let serving = async {
        let mut peer = app.accept().await;
        peer.read_head().await;
        peer
    };
    let sending = gateway.send(request(Method::PUT, "/file", body));
    let (_peer, outcome) = tokio::join!(serving, sending);
    assert_eq!(outcome.unwrap_err(), UpstreamErrorKind::Timeout);
}

async fn check_blame(error: BodyError, kind: UpstreamErrorKind) {
    let app = App::start().await;
    let gateway = fixture(&[&app.url()], |options| options.breaker.failures = 1);
    let (feeder, body) = fed();
    let serving = async {
        let mut peer = app.accept().await;
        peer.read_head().await;
        feeder.send(Err(error)).unwrap();
        peer.closed().await;
    };
    let sending = gateway.send(request(Method::PUT, "/file", body));
    let ((), outcome) = tokio::join!(serving, sending);
    assert_eq!(outcome.unwrap_err(), kind);
    assert_eq!(
        gateway.group.snapshot().instances[0].breaker,
        crate::upstream::BreakerState::Closed
    );
}

#[tokio::test]
async fn a_client_that_breaks_off_or_is_too_slow_is_to_blame_itself() {
    check_blame("gone".into(), UpstreamErrorKind::ClientBody).await;
    check_blame(ClientTooSlow.into(), UpstreamErrorKind::ClientTimeout).await;
}

#[tokio::test]
async fn an_answer_before_the_end_of_the_upload_passes_and_the_connection_waits_for_it() {
    let app = App::start().await;
    let gateway = fixture(&[&app.url()], |options| options.retries_max = 0);
    let (feeder, body) = fed();
    feeder.send(Ok(Bytes::from_static(b"part"))).unwrap();
    let serving = async {
        let mut first = app.accept().await;
        first.read_head().await;
        first.read("4\r\npart\r\n".len()).await;
        first
            .write("HTTP/1.1 413 Content Too Large\r\ncontent-length: 0\r\n\r\n")
            .await;
        app.accept().await.answer(OK).await;
        first.read("0\r\n\r\n".len()).await;
        first
    };
    let asking = async {
        let refused = gateway
            .send(request(Method::PUT, "/file", body))
            .await
            .unwrap();
        assert_eq!(refused.status, 413);
        assert!(!gateway.get("/").await.unwrap().served.reused);
        drop(feeder);
    };
    tokio::join!(serving, asking);
}

fn expecting(body: Body) -> Request<Body> {
    let mut expecting = request(Method::PUT, "/file", body);
    let hundred = http::HeaderValue::from_static("100-continue");
    expecting.headers_mut().insert("expect", hundred);
    expecting
}

#[tokio::test(start_paused = true)]
async fn an_expected_continue_releases_the_body() {
    let app = App::start().await;
    let gateway = fixture(&[&app.url()], |_| {});
    let serving = async {
        let mut peer = app.accept().await;
        assert!(peer.read_head().await.contains("expect: 100-continue\r\n"));
        peer.write("HTTP/1.1 100 Continue\r\n\r\n").await;
        let before = tokio::time::Instant::now();
        assert_eq!(peer.read(4).await, "file");
        assert!(
            before.elapsed() < Duration::from_millis(500),
            "held until its patience ended"
        );
        peer.write(OK).await;
    };
    let body = Body::Full(Bytes::from_static(b"file"));
    let ((), answer) = tokio::join!(serving, gateway.send(expecting(body)));
    assert_eq!(answer.unwrap().text, "ok");
}

#[tokio::test(start_paused = true)]
async fn an_app_that_refuses_by_the_head_gets_no_body() {
    let app = App::start().await;
    let gateway = fixture(&[&app.url()], |_| {});
    let (feeder, body) = fed();
    let serving = async {
        let mut peer = app.accept().await;
        peer.answer("HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n")
            .await;
        peer
    };
    let (_peer, answer) = tokio::join!(serving, gateway.send(expecting(body)));
    assert_eq!(answer.unwrap().status, 401);
    feeder.send(Ok(Bytes::new())).unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_app_that_never_says_continue_gets_the_body_after_a_second() {
    let app = App::start().await;
    let gateway = fixture(&[&app.url()], |_| {});
    let serving = async {
        let mut peer = app.accept().await;
        peer.read_head().await;
        let before = tokio::time::Instant::now();
        peer.read(4).await;
        assert!((900..1_500).contains(&before.elapsed().as_millis()));
        peer.write(OK).await;
    };
    let body = Body::Full(Bytes::from_static(b"file"));
    let ((), answer) = tokio::join!(serving, gateway.send(expecting(body)));
    assert_eq!(answer.unwrap().text, "ok");
}
