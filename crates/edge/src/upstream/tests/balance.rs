//! Several instances, some of them dead.

use super::*;
use crate::upstream::HealthOptions;

/// Answers every request on every connection until dropped.
fn serve(app: App, response: &'static str) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            let mut peer = app.accept().await;
            tokio::spawn(async move {
                let mut byte = [0];
                while peer.0.peek(&mut byte).await.is_ok_and(|length| length > 0) {
                    peer.answer(response).await;
                }
            });
        }
    })
}

#[tokio::test]
async fn with_one_instance_dead_no_request_fails_whatever_its_method() {
    let app = App::start().await;
    let (alive, dead) = (app.url(), dead_url().await);
    let _serving = serve(app, OK);
    let gateway = fixture(&[&dead, &alive], |_| {});
    for index in 0..50 {
        let method = if index % 2 == 0 {
            Method::GET
        } else {
            Method::POST
        };
        let asking = request(method, "/", Body::Empty);
        let answer = gateway.send(asking).await.unwrap();
        assert_eq!((answer.text.as_str(), answer.served.instance), ("ok", 1));
    }
    let snapshot = gateway.group.snapshot();
    assert_eq!(
        snapshot.instances[0].breaker,
        crate::upstream::BreakerState::Open
    );
    assert_eq!(snapshot.instances[0].connect_failures, 10);
    assert_eq!(snapshot.retries, 10);
}

#[tokio::test]
async fn a_post_body_follows_its_request_to_the_instance_that_lives() {
    let app = App::start().await;
    let gateway = fixture(&[&dead_url().await, &app.url()], |_| {});
    let mut served = 0;
    while gateway.group.snapshot().instances[0].connect_failures == 0 {
        let serving = async {
            let mut peer = app.accept().await;
            let head = peer.read_head().await;
            assert!(head.starts_with("POST /orders"), "{head}");
            assert_eq!(peer.read(5).await, "order");
            peer.write("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
                .await;
        };
        let body = Body::Full(Bytes::from_static(b"order"));
        let sending = gateway.send(request(Method::POST, "/orders", body));
        let ((), answer) = tokio::join!(serving, sending);
        assert_eq!(answer.unwrap().status, 200);
        served += 1;
        assert!(served < 50, "the dead instance was never drawn");
    }
}

#[tokio::test]
async fn load_spreads_over_all_instances() {
    let (first, second) = (App::start().await, App::start().await);
    let urls = [first.url(), second.url()];
    let _serving = (serve(first, OK), serve(second, OK));
    let gateway = fixture(&[&urls[0], &urls[1]], |_| {});
    let mut answered = [0_usize; 2];
    for _ in 0..60 {
        answered[usize::from(gateway.get("/").await.unwrap().served.instance)] += 1;
    }
    assert!(answered.iter().all(|&count| count > 10), "{answered:?}");
}

async fn turned(gateway: &Fixture, index: usize, healthy: bool) {
    while gateway.group.snapshot().instances[index].healthy != healthy {
        tokio::time::advance(Duration::from_millis(100)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_instance_that_fails_its_checks_gets_no_requests_while_another_passes() {
    let (sick, sound) = (App::start().await, App::start().await);
    let urls = [sick.url(), sound.url()];
    const UNAVAILABLE: &str = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n";
    let failing = serve(sick, UNAVAILABLE);
    let passing = serve(sound, OK);
    let gateway = fixture(&[&urls[0], &urls[1]], |options| {
        options.health = Some(HealthOptions {
            path: "/up".parse().unwrap(),
            interval: Duration::from_secs(5),
            timeout: Duration::from_secs(2),
            healthy_after: 2,
            unhealthy_after: 2,
        });
    });
    let group = Arc::clone(&gateway.group);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let background = tokio::spawn(group.run_background(async { drop(stopped.await) }));
    turned(&gateway, 0, false).await;
    for _ in 0..20 {
        assert_eq!(gateway.get("/").await.unwrap().served.instance, 1);
    }
    // With nobody healthy left, the requests decide instead of the checks.
    passing.abort();
    turned(&gateway, 1, false).await;
    assert!(gateway.get("/").await.is_ok());
    drop(stop);
    background.await.unwrap();
    failing.abort();
}
