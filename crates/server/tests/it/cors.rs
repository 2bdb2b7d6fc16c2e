//! Pages of other origins, on a running node: who is let in, who is told, and what is never shared.

use crate::app::{App, answer, ok};
use crate::gateway::TestGateway;
use crate::wire::Message;

const ENFORCED: &str =
    "[edge.cors]\nmode = \"enforce\"\norigins = [\"https://app.test\"]\ncredentials = true\n";
const WOULD_REFUSE: &str =
    "palisade_control_findings_total{control=\"edge.cors\",finding=\"would-refuse\"}";

/// An app that shares with whoever asks, cookies included.
fn generous() -> App {
    App::start(|request| {
        let origin = request
            .all("origin")
            .first()
            .map_or("*", |origin| *origin)
            .to_owned();
        let fields = format!(
            "Access-Control-Allow-Origin: {origin}\r\nAccess-Control-Allow-Credentials: true\r\n"
        );
        answer(200, &fields, "secret")
    })
}

#[track_caller]
fn ask(gateway: &TestGateway, method: &str, path: &str, lines: &[&str]) -> Message {
    let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    gateway.client().ask(method, path, &lines)
}

/// With whom an answer is shared, and whether with cookies.
fn shared(answer: &Message) -> (Vec<&str>, bool) {
    let origin = answer.all("access-control-allow-origin");
    (
        origin,
        answer.has("access-control-allow-credentials", "true"),
    )
}

#[test]
fn without_configuration_nothing_changes_and_strangers_are_counted() {
    let app = generous();
    let gateway = TestGateway::plain(&app.upstream(""));
    let answer = ask(&gateway, "GET", "/", &["Origin: https://evil.test"]);
    assert_eq!(shared(&answer), (vec!["https://evil.test"], true));
    assert_eq!(answer.all("vary"), [""; 0]);
    let lines = [
        "Origin: https://evil.test",
        "Access-Control-Request-Method: PUT",
    ];
    let preflight = ask(&gateway, "OPTIONS", "/", &lines);
    assert_eq!(
        (preflight.status(), preflight.text()),
        (200, "secret".to_owned())
    );
    assert_eq!(app.unseen_requests().len(), 2);
    gateway.await_metric(WOULD_REFUSE, 2);
}

#[test]
fn a_stranger_is_refused_before_the_app_and_a_listed_origin_reads() {
    let app = generous();
    let gateway = TestGateway::plain(&(app.upstream("") + ENFORCED));
    for origin in [
        "https://evil.test",
        "null",
        "http://app.test",
        "https://app.test.evil.test",
    ] {
        let refused = ask(&gateway, "GET", "/", &[&format!("Origin: {origin}")]);
        assert_eq!(refused.status(), 403, "{origin}");
        assert!(refused.text().contains("\"code\":\"origin-not-allowed\""));
        assert_eq!(shared(&refused), (vec![], false), "{origin}");
    }
    assert_eq!(app.unseen_requests().len(), 0);
    let answer = ask(&gateway, "GET", "/", &["Origin: https://app.test"]);
    assert_eq!(shared(&answer), (vec!["https://app.test"], true));
    assert_eq!(answer.one("vary"), "Origin");
    let own = ask(
        &gateway,
        "POST",
        "/",
        &["Origin: http://localhost", "Content-Length: 0"],
    );
    assert_eq!((own.status(), shared(&own)), (200, (vec![], false)));
    let bare = ask(&gateway, "GET", "/", &[]);
    assert_eq!((bare.status(), shared(&bare)), (200, (vec![], false)));
}

#[test]
fn a_preflight_is_answered_by_the_gateway() {
    let app = generous();
    let gateway = TestGateway::tls(&(app.upstream("") + ENFORCED));
    let granted = [
        "Origin: https://app.test",
        "Access-Control-Request-Method: DELETE",
        "Access-Control-Request-Headers: authorization,content-type",
    ];
    let preflight = ask(&gateway, "OPTIONS", "/api", &granted);
    assert_eq!(preflight.status(), 204);
    assert_eq!(shared(&preflight), (vec!["https://app.test"], true));
    assert_eq!(
        preflight.one("access-control-allow-methods"),
        "PUT, PATCH, DELETE"
    );
    assert_eq!(preflight.one("access-control-max-age"), "600");
    assert!(
        preflight
            .one("access-control-allow-headers")
            .contains("authorization")
    );
    let refused = [
        [
            "Origin: https://evil.test",
            "Access-Control-Request-Method: GET",
        ],
        [
            "Origin: https://app.test",
            "Access-Control-Request-Method: TRACK",
        ],
    ];
    for lines in refused {
        let preflight = ask(&gateway, "OPTIONS", "/api", &lines);
        assert_eq!(preflight.status(), 403, "{lines:?}");
        assert_eq!(shared(&preflight), (vec![], false), "{lines:?}");
        assert_eq!(preflight.all("access-control-allow-methods"), [""; 0]);
    }
    assert_eq!(app.unseen_requests().len(), 0);
}

#[test]
fn a_listed_page_can_read_why_the_gateway_refused_it() {
    let app = App::answering(ok("text/plain", "x"));
    let limit =
        "[[edge.rate_limit.policies]]\nname = \"one\"\nlimit = \"1/hour\"\npaths = [\"/api\"]\n";
    let gateway = TestGateway::plain(&(app.upstream("") + ENFORCED + limit));
    let lines = ["Origin: https://app.test"];
    assert_eq!(ask(&gateway, "GET", "/api", &lines).status(), 200);
    let refused = ask(&gateway, "GET", "/api", &lines);
    assert_eq!(refused.status(), 429);
    assert_eq!(shared(&refused), (vec!["https://app.test"], true));
    assert!(
        refused
            .one("access-control-expose-headers")
            .contains("retry-after")
    );
    // Nobody answers for the app, and the page hears of that too.
    app.die();
    let down = ask(&gateway, "GET", "/", &lines);
    assert_eq!(
        (down.status(), shared(&down)),
        (502, (vec!["https://app.test"], true))
    );
}

#[test]
fn origins_that_the_app_has_in_its_environment_act() {
    let app = generous();
    let file = app.upstream("") + "[edge.cors]\nmode = \"enforce\"\n";
    let origins = (
        "CORS_ORIGINS",
        "[\"https://one.test\", \"https://two.test/\"]",
    );
    let gateway = TestGateway::plain_in(&file, &[origins]);
    for (origin, status) in [("one", 200), ("two", 200), ("three", 403)] {
        let answer = ask(
            &gateway,
            "GET",
            "/",
            &[&format!("Origin: https://{origin}.test")],
        );
        assert_eq!(answer.status(), status, "{origin}");
    }
}
