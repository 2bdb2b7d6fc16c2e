//! Apps that are down, hang or lie.

use std::net::SocketAddr;

use super::*;
use crate::upstream::BreakerState;

/// What a client of an app gets that writes `bytes` in answer to the head, then closes.
async fn answer_to(bytes: &str) -> Result<Answer, UpstreamErrorKind> {
    let app = App::start().await;
    let gateway = fixture(&[&app.url()], |options| options.retries_max = 0);
    let serving = async { app.accept().await.answer(bytes).await };
    tokio::join!(serving, gateway.get("/")).1
}

#[tokio::test]
async fn nobody_listening_is_unreachable() {
    let gateway = fixture(&[&dead_url().await], |_| {});
    assert_eq!(
        gateway.get("/").await.unwrap_err(),
        UpstreamErrorKind::Unreachable
    );
    let snapshot = gateway.group.snapshot();
    assert_eq!(snapshot.instances[0].connect_failures, 1);
    assert_eq!((snapshot.in_flight, snapshot.retries), (0, 0));
}

#[tokio::test]
async fn what_is_not_http_is_invalid() {
    for garbage in [
        "SSH-2.0-OpenSSH_9.2\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: two\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nbad name: x\r\n\r\n",
        "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
    ] {
        let outcome = answer_to(garbage).await;
        assert_eq!(
            outcome.unwrap_err(),
            UpstreamErrorKind::Invalid,
            "{garbage:?}"
        );
    }
}

#[tokio::test]
async fn a_head_without_end_is_invalid() {
    let field = format!("x: {}\r\n", "y".repeat(1_000));
    let head = format!("HTTP/1.1 200 OK\r\n{}\r\n", field.repeat(50));
    assert!(head.len() > crate::upstream::http1::HEAD_BYTES_MAX);
    assert_eq!(
        answer_to(&head).await.unwrap_err(),
        UpstreamErrorKind::Invalid
    );
}

#[tokio::test]
async fn closing_before_the_head_is_unreachable() {
    assert_eq!(
        answer_to("").await.unwrap_err(),
        UpstreamErrorKind::Unreachable
    );
}

#[tokio::test]
async fn a_body_that_breaks_off_never_ends_cleanly() {
    for broken in [
        "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\nZZ\r\n",
    ] {
        let answer = answer_to(broken).await.unwrap();
        assert_eq!(answer.text, "half");
        assert!(answer.end.is_err(), "{broken:?}");
    }
}

#[tokio::test]
async fn interim_responses_without_end_are_invalid() {
    let app = App::start().await;
    let gateway = fixture(&[&app.url()], |options| options.retries_max = 0);
    let serving = async {
        let mut peer = app.accept().await;
        peer.read_head().await;
        let many = "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(1024);
        while peer.0.write_all(many.as_bytes()).await.is_ok() {}
    };
    let ((), asked) = tokio::join!(serving, gateway.get("/"));
    assert_eq!(asked.unwrap_err(), UpstreamErrorKind::Invalid);
}

#[tokio::test]
async fn interim_responses_are_skipped() {
    let early = "HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\n";
    assert_eq!(answer_to(&format!("{early}{OK}")).await.unwrap().text, "ok");
}

#[tokio::test(start_paused = true)]
async fn an_app_that_does_not_begin_to_answer_times_out_and_is_not_asked_twice() {
    let app = App::start().await;
    let gateway = fixture(&[&app.url()], |options| options.retries_max = 3);
    let hanging = async {
        let mut peer = app.accept().await;
        peer.read_head().await;
        peer.closed().await;
    };
    let before = tokio::time::Instant::now();
    let ((), outcome) = tokio::join!(hanging, gateway.get("/"));
    assert_eq!(outcome.unwrap_err(), UpstreamErrorKind::Timeout);
    assert!((60..62).contains(&before.elapsed().as_secs()));
    assert_eq!(gateway.group.snapshot().instances[0].timeouts, 1);
    assert!(app.was_left_alone());
}

#[tokio::test(start_paused = true)]
async fn a_body_that_stalls_breaks_off() {
    let app = App::start().await;
    let gateway = fixture(&[&app.url()], |_| {});
    let stalling = async {
        let mut peer = app.accept().await;
        peer.answer("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf")
            .await;
        peer.closed().await;
    };
    let before = tokio::time::Instant::now();
    let ((), answer) = tokio::join!(stalling, gateway.get("/"));
    assert!(answer.unwrap().end.is_err());
    assert!((60..62).contains(&before.elapsed().as_secs()));
}

#[tokio::test(start_paused = true)]
async fn an_event_stream_may_be_silent_for_longer_and_holds_no_place() {
    let app = App::start().await;
    let gateway = fixture(&[&app.url()], |options| options.in_flight_max = 1);
    let asking = gateway
        .pool
        .send(request(Method::GET, "/events", Body::Empty));
    let serving = async {
        let mut peer = app.accept().await;
        peer.answer("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n\r\n")
            .await;
        peer
    };
    let (mut peer, response) = tokio::join!(serving, asking);
    let mut body = response.unwrap().into_body();
    assert_eq!(gateway.group.snapshot().in_flight, 0);
    let writing = async {
        tokio::time::sleep(Duration::from_secs(3_000)).await;
        peer.write("data: late\n\n").await;
    };
    let ((), frame) = tokio::join!(writing, body.frame());
    assert_eq!(
        frame.unwrap().unwrap().into_data().unwrap(),
        "data: late\n\n"
    );
    assert!(body.frame().await.unwrap().is_err());
}

#[tokio::test]
async fn a_get_without_an_answer_is_sent_once_more_on_a_fresh_connection() {
    let app = App::start().await;
    let gateway = fixture(&[&app.url()], |_| {});
    let serving = async {
        app.accept().await.read_head().await;
        app.accept().await.answer(OK).await
    };
    let (again, answer) = tokio::join!(serving, gateway.get("/report"));
    assert!(again.starts_with("GET /report HTTP/1.1\r\nhost: shop.example\r\n"));
    assert_eq!(answer.unwrap().served.attempts, 2);
}

#[tokio::test]
async fn retries_end() {
    let app = App::start().await;
    let gateway = fixture(&[&app.url()], |options| options.retries_max = 2);
    let serving = async {
        for _ in 0..3 {
            app.accept().await.read_head().await;
        }
    };
    let ((), outcome) = tokio::join!(serving, gateway.get("/"));
    assert_eq!(outcome.unwrap_err(), UpstreamErrorKind::Unreachable);
    assert!(app.was_left_alone());
}

#[tokio::test]
async fn a_post_that_was_sent_is_never_sent_again() {
    for body in [Body::Empty, Body::Full(Bytes::from_static(b"order"))] {
        let app = App::start().await;
        let gateway = fixture(&[&app.url()], |options| options.retries_max = 5);
        let serving = async { app.accept().await.read_head().await };
        let post = gateway.send(request(Method::POST, "/orders", body));
        let (_, outcome) = tokio::join!(serving, post);
        assert_eq!(outcome.unwrap_err(), UpstreamErrorKind::Unreachable);
        assert!(app.was_left_alone());
        assert_eq!(gateway.group.snapshot().retries, 0);
    }
}

#[tokio::test]
async fn the_breaker_opens_half_opens_and_closes() {
    let (address, url) = vacant().await;
    let gateway = fixture(&[&url], |options| {
        options.retries_max = 0;
        options.breaker = BreakerOptions {
            failures: 2,
            open: Duration::from_secs(5),
        };
    });
    let asked = async || gateway.get("/").await.unwrap_err();
    assert_eq!(asked().await, UpstreamErrorKind::Unreachable);
    assert_eq!(asked().await, UpstreamErrorKind::Unreachable);
    assert_eq!(asked().await, UpstreamErrorKind::Suspended);

    gateway.clock.advance(Duration::from_secs(5));
    assert_eq!(asked().await, UpstreamErrorKind::Unreachable);
    assert_eq!(asked().await, UpstreamErrorKind::Suspended);

    gateway.clock.advance(Duration::from_secs(5));
    let app = App(TcpListener::bind(address).await.unwrap());
    let probe = gateway.pool.send(request(Method::GET, "/", Body::Empty));
    let during = async {
        let mut peer = app.accept().await;
        peer.read_head().await;
        assert_eq!(asked().await, UpstreamErrorKind::Suspended);
        peer.write(OK).await;
        peer
    };
    let (_peer, response) = tokio::join!(during, probe);
    assert_eq!(Answer::read(response.unwrap()).await.text, "ok");
    assert_eq!(breaker(&gateway, 0), BreakerState::Closed);
}

#[tokio::test]
async fn the_last_instance_is_not_left_alone_for_what_one_request_can_bring_about() {
    let app = App::start().await;
    let gateway = fixture(&[&app.url()], |options| {
        options.retries_max = 0;
        options.breaker.failures = 1;
    });
    for answer in ["nonsense\r\n\r\n", ""] {
        let serving = async { app.accept().await.answer(answer).await };
        let (_, asked) = tokio::join!(serving, gateway.get("/"));
        assert!(asked.is_err());
        assert_eq!(breaker(&gateway, 0), BreakerState::Closed, "{answer:?}");
    }
}

#[tokio::test]
async fn an_instance_that_gives_no_answers_is_left_alone_while_another_can_be_asked() {
    let (bad, good) = (App::start().await, App::start().await);
    let gateway = fixture(&[&bad.url(), &good.url()], |options| {
        options.retries_max = 0;
        options.breaker.failures = 1;
    });
    let bad = async {
        loop {
            bad.accept().await.answer("nonsense\r\n\r\n").await;
        }
    };
    let good = async {
        loop {
            good.accept().await.answer(OK).await;
        }
    };
    let asking = async {
        while gateway.get("/").await.is_ok() {}
        assert_eq!(breaker(&gateway, 0), BreakerState::Open);
        for _ in 0..10 {
            assert_eq!(gateway.get("/").await.unwrap().text, "ok");
        }
    };
    tokio::select! {
        () = bad => {}
        () = good => {}
        () = asking => {}
    }
}

fn breaker(gateway: &Fixture, index: usize) -> BreakerState {
    gateway.group.snapshot().instances[index].breaker
}

/// An address where nobody listens yet, and its URL.
async fn vacant() -> (SocketAddr, String) {
    let app = App::start().await;
    (app.0.local_addr().unwrap(), app.url())
}

#[tokio::test]
async fn error_statuses_are_answers_and_open_no_breaker() {
    // Of two, since the last one's breaker stays closed whatever it answers.
    let (app, other) = (App::start().await, App::start().await);
    let gateway = fixture(&[&app.url(), &other.url()], |options| {
        options.breaker.failures = 1;
    });
    let serve = async |app: &App| {
        let mut peer = app.accept().await;
        loop {
            peer.answer("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n")
                .await;
        }
    };
    let asking = async {
        for _ in 0..6 {
            assert_eq!(gateway.get("/").await.unwrap().status, 503);
        }
    };
    tokio::select! {
        () = serve(&app) => {}
        () = serve(&other) => {}
        () = asking => {}
    }
    for at in 0..2 {
        assert_eq!(breaker(&gateway, at), BreakerState::Closed);
    }
}

#[tokio::test]
async fn a_probe_whose_client_leaves_does_not_lock_the_app_out() {
    let (address, url) = vacant().await;
    let gateway = fixture(&[&url], |options| {
        options.retries_max = 0;
        options.breaker = BreakerOptions {
            failures: 1,
            open: Duration::from_secs(5),
        };
    });
    assert!(gateway.get("/").await.is_err());
    let app = App(TcpListener::bind(address).await.unwrap());
    gateway.clock.advance(Duration::from_secs(5));
    let read = async { app.accept().await.read_head().await };
    tokio::select! {
        _ = read => {}
        outcome = gateway.get("/") => panic!("answered by nobody: {outcome:?}"),
    }
    let serving = async { app.accept().await.answer(OK).await };
    assert_eq!(
        tokio::join!(serving, gateway.get("/")).1.unwrap().text,
        "ok"
    );
}
