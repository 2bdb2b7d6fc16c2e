//! Host names, and what their addresses becoming others does to pooled connections.

use std::net::SocketAddr;
use std::sync::Mutex;

use super::*;
use crate::upstream::resolve::tests::FixedLookup;

fn named(lookup: &Arc<FixedLookup>) -> Fixture {
    let options = Options::sample(&["http://app.test:80"]);
    let clock = Arc::new(FixedClock::at(Timestamp::from_unix_micros(1_000_000)));
    let group = Group::with_lookup(options, clock.clone(), lookup.clone()).unwrap();
    let group = Arc::new(group);
    let pool = Pool::new(Arc::clone(&group));
    Fixture { group, pool, clock }
}

fn answering(address: SocketAddr) -> Arc<FixedLookup> {
    Arc::new(FixedLookup(Mutex::new(vec![address])))
}

#[tokio::test]
async fn localhost_is_found() {
    let app = App::start().await;
    let port = app.0.local_addr().unwrap().port();
    let gateway = fixture(&[&format!("http://localhost:{port}")], |_| {});
    let serving = async { app.accept().await.answer(OK).await };
    assert_eq!(
        tokio::join!(serving, gateway.get("/")).1.unwrap().text,
        "ok"
    );
}

#[tokio::test]
async fn a_name_without_addresses_fails_requests_until_it_has_some() {
    let app = App::start().await;
    let lookup = Arc::new(FixedLookup::default());
    let gateway = named(&lookup);
    assert_eq!(
        gateway.get("/").await.unwrap_err(),
        UpstreamErrorKind::Unreachable
    );
    lookup.0.lock().unwrap().push(app.0.local_addr().unwrap());
    let serving = async { app.accept().await.answer(OK).await };
    assert_eq!(
        tokio::join!(serving, gateway.get("/")).1.unwrap().text,
        "ok"
    );
}

#[tokio::test(start_paused = true)]
async fn a_connection_to_an_address_gone_from_dns_is_retired() {
    let (old, new) = (App::start().await, App::start().await);
    let lookup = answering(old.0.local_addr().unwrap());
    let gateway = named(&lookup);
    let background = tokio::spawn(gateway.group.clone().run_background(std::future::pending()));
    let serving = async {
        let mut peer = old.accept().await;
        peer.answer(OK).await;
        peer
    };
    let (mut peer, first) = tokio::join!(serving, gateway.get("/"));
    first.unwrap();
    *lookup.0.lock().unwrap() = vec![new.0.local_addr().unwrap()];
    tokio::time::sleep(gateway.group.options().dns_refresh * 2).await;
    let serving = async {
        new.accept().await.answer(OK).await;
        peer.closed().await;
    };
    let ((), answer) = tokio::join!(serving, gateway.get("/"));
    assert!(!answer.unwrap().served.reused);
    background.abort();
}

#[tokio::test]
async fn an_app_behind_a_unix_socket_is_reached_and_its_connection_kept() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.sock");
    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    let gateway = fixture(&[&format!("unix:{}", path.display())], |_| {});
    let serving = async {
        let mut peer = Peer(listener.accept().await.unwrap().0);
        peer.answer(OK).await;
        peer.answer(OK).await;
    };
    let asking = async {
        assert_eq!(gateway.get("/").await.unwrap().text, "ok");
        assert!(gateway.get("/").await.unwrap().served.reused);
    };
    tokio::join!(serving, asking);
}
