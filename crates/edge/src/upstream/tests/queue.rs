//! The in-flight cap, seen through requests.

use super::*;

fn capped(app: &App, queue_max: usize) -> Fixture {
    fixture(&[&app.url()], |options| {
        options.in_flight_max = 1;
        options.queue_max = queue_max;
    })
}

#[tokio::test]
async fn beyond_cap_and_queue_a_request_is_refused_at_once() {
    let app = App::start().await;
    let gateway = capped(&app, 0);
    let serving = async {
        let mut peer = app.accept().await;
        peer.read_head().await;
        assert_eq!(
            gateway.get("/2").await.unwrap_err(),
            UpstreamErrorKind::Busy
        );
        peer.write(OK).await;
    };
    let ((), first) = tokio::join!(serving, gateway.get("/1"));
    assert!(first.is_ok());
    assert_eq!(gateway.group.snapshot().queue_refusals, 1);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_waits_too_long_is_refused() {
    let app = App::start().await;
    let gateway = capped(&app, 1);
    let serving = async {
        let mut peer = app.accept().await;
        peer.read_head().await;
        let before = tokio::time::Instant::now();
        assert_eq!(
            gateway.get("/2").await.unwrap_err(),
            UpstreamErrorKind::Busy
        );
        assert!((10..12).contains(&before.elapsed().as_secs()));
        peer.write(OK).await;
    };
    let ((), first) = tokio::join!(serving, gateway.get("/1"));
    assert!(first.is_ok());
}

#[tokio::test]
async fn the_place_is_held_until_the_body_ends_and_then_goes_to_who_waits() {
    let app = App::start().await;
    let gateway = capped(&app, 1);
    let serving = async {
        let mut peer = app.accept().await;
        peer.answer("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nha")
            .await;
        while gateway.group.snapshot().queued == 0 {
            tokio::task::yield_now().await;
        }
        peer.write("lf").await;
        peer.answer(OK).await;
    };
    let second = async {
        while gateway.group.snapshot().in_flight == 0 {
            tokio::task::yield_now().await;
        }
        gateway.get("/2").await
    };
    let ((), first, second) = tokio::join!(serving, gateway.get("/1"), second);
    assert_eq!(
        (first.unwrap().text.as_str(), second.unwrap().text.as_str()),
        ("half", "ok")
    );
    let snapshot = gateway.group.snapshot();
    assert_eq!((snapshot.in_flight, snapshot.queued), (0, 0));
}
