//! Which app answers, over what, and what happens when one is slow or gone.

use std::path::Path;
use std::sync::Mutex;

use crate::app::{App, ok, upstream};
use crate::certificates::Pair;
use crate::gateway::TestGateway;
use crate::http2_app;
use crate::patience::eventually;

fn named(name: &'static str) -> App {
    App::start(move |_| ok("text/plain", name))
}

#[test]
fn requests_go_where_host_and_path_say() {
    let (site, api, shop) = (named("site"), named("api"), named("shop"));
    let mut configuration = String::new();
    for (name, app) in [("site", &site), ("api", &api), ("shop", &shop)] {
        configuration += &upstream(name, &[&format!("http://{}", app.address())], "");
    }
    configuration += "[[routes]]\nupstream = \"site\"\n\
                      [[routes]]\npath = \"/api\"\nupstream = \"api\"\n\
                      [[routes]]\nhost = \"*.shop.test\"\nupstream = \"shop\"\n";
    let gateway = TestGateway::plain(&configuration);
    let mut client = gateway.client();
    for (host, path, expected) in [
        ("localhost", "/", "site"),
        ("localhost", "/api", "api"),
        ("localhost", "/api/users?x", "api"),
        ("localhost", "/apis", "site"),
        ("eu.shop.test:8080", "/api", "shop"),
        ("SHOP.test", "/", "site"),
    ] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
        client.send(request).unwrap();
        assert_eq!(client.answer().text(), expected, "{host}{path}");
    }
}

#[test]
fn when_one_of_two_instances_dies_no_get_fails() {
    let (first, second) = (named("first"), named("second"));
    let urls = [&first, &second].map(|app| format!("http://{}", app.address()));
    let health = "[upstreams.health]\npath = \"/up\"\ninterval = \"1s\"\nunhealthy_after = 1\n";
    let configuration = upstream("app", &[&urls[0], &urls[1]], health);
    let gateway = TestGateway::plain(&configuration);
    let mut client = gateway.client();
    let mut answers: Vec<String> = (0..10).map(|_| client.get("/").text()).collect();
    answers.sort();
    answers.dedup();
    assert_eq!(answers, ["first", "second"], "both take part");

    first.die();
    let healthy = format!(
        "palisade_upstream_healthy{{upstream=\"app\",instance=\"{}\"}}",
        urls[0]
    );
    eventually("the dead instance is found out", || {
        let answer = client.get("/");
        assert_eq!((answer.status(), answer.text()), (200, "second".to_owned()));
        (gateway.metric(&healthy) == 0).then_some(())
    });

    second.die();
    assert!(matches!(client.get("/").status(), 502 | 503));
}

#[test]
fn an_app_is_found_by_its_name() {
    let app = named("by name");
    let url = format!("http://localhost:{}", app.address().port());
    let gateway = TestGateway::plain(&upstream("app", &[&url], ""));
    assert_eq!(gateway.get("/").text(), "by name");
}

#[test]
fn a_name_that_nobody_knows_is_an_app_that_cannot_be_reached() {
    let gateway = TestGateway::plain(&upstream("app", &["http://nobody.invalid:80"], ""));
    assert_eq!(gateway.get("/").json()["code"], "upstream-unreachable");
}

#[test]
fn an_app_on_a_unix_socket_is_reached() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.sock");
    let app = App::on_socket(&path, |_| ok("text/plain", "socket"));
    let url = format!("unix:{}", path.display());
    let gateway = TestGateway::plain(&upstream("app", &[&url], ""));
    assert_eq!(gateway.get("/").text(), "socket");
    assert_eq!(app.request().one("host"), "localhost");
}

#[test]
fn an_app_that_speaks_http2_is_spoken_to_in_http2() {
    let url = format!("http://{}", http2_app::start());
    let gateway = TestGateway::plain(&upstream("app", &[&url], "protocol = \"http2\""));
    assert_eq!(gateway.get("/").text(), "HTTP/2.0 localhost");
}

/// An upstream behind TLS, trusted by the certificate at `ca`.
fn over_tls(app: &App, ca: &Path) -> TestGateway {
    let url = format!("https://localhost:{}", app.address().port());
    let keys = format!("[upstreams.tls]\nca_file = {ca:?}");
    TestGateway::plain(&upstream("app", &[&url], &keys))
}

#[test]
fn an_app_behind_tls_must_show_a_certificate_that_its_ca_vouches_for() {
    let folder = tempfile::tempdir().unwrap();
    let (own, other) = (
        Pair::valid(folder.path(), "own"),
        Pair::valid(folder.path(), "other"),
    );
    let app = App::over_tls(own.server(), |_| ok("text/plain", "secret"));
    let trusting = over_tls(&app, &own.certificate);
    assert_eq!(trusting.get("/").text(), "secret");
    assert_eq!(app.request().one("x-forwarded-proto"), "http");

    let distrusting = over_tls(&app, &other.certificate);
    let refused = distrusting.get("/");
    assert_eq!(
        (refused.status(), refused.json()["code"].clone()),
        (502, "upstream-unreachable".into())
    );
    assert!(
        app.unseen_requests().is_empty(),
        "nothing was sent to a stranger"
    );
}

#[test]
fn beyond_the_cap_requests_wait_and_beyond_the_queue_they_are_refused_at_once() {
    let (app, release) = App::held(ok("text/plain", "served"));
    let gateway = TestGateway::plain(&app.upstream("in_flight_max = 1\nqueue_max = 1"));
    let (mut first, mut second) = (gateway.client(), gateway.client());
    let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    first.send(request).unwrap();
    app.request();
    second.send(request).unwrap();
    gateway.await_metric("palisade_upstream_queued{upstream=\"app\"}", 1);
    let third = gateway.get("/");
    assert_eq!((third.status(), third.one("retry-after")), (503, "2"));
    assert_eq!(third.json()["code"], "upstream-busy");
    third.one("x-content-type-options");
    assert!(
        app.unseen_requests().is_empty(),
        "the second has not been sent"
    );

    release.send(()).unwrap();
    assert_eq!(first.answer().text(), "served");
    app.request();
    release.send(()).unwrap();
    assert_eq!(second.answer().text(), "served");
    assert_eq!(
        gateway.metric("palisade_upstream_queue_refusals_total{upstream=\"app\"}"),
        1
    );
}

/// Closes the first connection that brings a request, then answers.
fn stumbling() -> App {
    let stumbled = Mutex::new(false);
    App::scripted(move |wire, requests| {
        loop {
            let _ = requests.send(wire.message()?);
            if !std::mem::replace(&mut *stumbled.lock().unwrap(), true) {
                return Ok(());
            }
            wire.send(ok("text/plain", "second"))?;
        }
    })
}

#[test]
fn a_request_that_may_be_repeated_is_tried_once_more() {
    let app = stumbling();
    let gateway = TestGateway::plain(&app.upstream(""));
    assert_eq!(gateway.get("/").text(), "second");
    assert_eq!(app.unseen_requests().len(), 2);
    assert_eq!(gateway.log.line()["upstream_attempts"], 2);
    assert_eq!(
        gateway.metric("palisade_upstream_retries_total{upstream=\"app\"}"),
        1
    );
}

#[test]
fn a_request_that_may_have_acted_is_not_repeated() {
    for (method, lines) in [
        ("POST", "Content-Length: 0\r\n"),
        ("PATCH", "Content-Length: 0\r\n"),
    ] {
        let app = stumbling();
        let gateway = TestGateway::plain(&app.upstream("retries_max = 3"));
        assert_eq!(gateway.client().ask(method, "/", lines).status(), 502);
        assert_eq!(app.unseen_requests().len(), 1, "{method}");
    }
}

#[test]
fn a_client_that_leaves_is_not_held_against_the_app() {
    let app = App::scripted(|wire, requests| {
        loop {
            let request = wire.message()?;
            let slow = request.start.contains("/slow");
            let _ = requests.send(request);
            match slow {
                true => drop(wire.rest()?),
                false => wire.send(ok("text/plain", "well"))?,
            }
        }
    });
    let strict = "[upstreams.breaker]\nfailures = 1\nopen = \"1h\"";
    let gateway = TestGateway::plain(&app.upstream(strict));
    let mut client = gateway.client();
    client
        .send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        .unwrap();
    app.request();
    drop(client);
    assert_eq!(gateway.log.line()["status"], 499);
    assert_eq!(gateway.get("/").text(), "well");
}
