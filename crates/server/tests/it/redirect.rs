//! Where the app sends visitors, on a running node.

use crate::app::{App, answer};
use crate::gateway::TestGateway;

const WOULD_AMEND: &str =
    "palisade_control_findings_total{control=\"edge.redirect\",finding=\"would-amend\"}";

/// It goes wherever the query says, and signs whoever asks in.
fn app() -> App {
    App::start(|request| {
        let target = request.start.split(' ').nth(1).unwrap_or_default();
        let to = target.split_once("?to=").map_or("/", |(_, to)| to);
        answer(
            302,
            &format!("Location: {to}\r\nSet-Cookie: sid=1\r\n"),
            "moved",
        )
    })
}

#[test]
fn in_shadow_an_open_redirect_is_followed_and_counted() {
    let app = app();
    let gateway = TestGateway::plain(&app.upstream(""));
    let answer = gateway.get("/go?to=https://evil.test/");
    assert_eq!(
        (answer.status(), answer.one("location")),
        (302, "https://evil.test/")
    );
    gateway.await_metric(WOULD_AMEND, 1);
}

#[test]
fn off_the_list_nobody_is_sent_anywhere() {
    let app = app();
    let policy = "[edge.redirect]\nmode = \"enforce\"\nallow = [\"*.pay.test\"]\n";
    let gateway = TestGateway::tls(&(app.upstream("") + policy));
    let mut client = gateway.client();
    for to in [
        "https://evil.test/",
        "//evil.test",
        "/\\evil.test",
        "https:\\\\evil.test",
        "javascript:x",
    ] {
        let refused = client.get(&format!("/go?to={to}"));
        assert_eq!(refused.status(), 403, "{to}");
        assert!(refused.text().contains("\"code\":\"redirect-refused\""));
        assert_eq!(refused.all("location"), [""; 0]);
        assert_eq!(refused.all("set-cookie"), ["sid=1; Secure"]);
    }
    for to in [
        "/next",
        "next",
        "https://localhost/next",
        "https://checkout.pay.test/17",
    ] {
        let answer = client.get(&format!("/go?to={to}"));
        assert_eq!((answer.status(), answer.one("location")), (302, to));
        assert_eq!(answer.text(), "moved");
    }
}

#[test]
fn or_they_are_sent_to_a_page_of_ones_own() {
    let app = app();
    let policy = "[edge.redirect]\nmode = \"enforce\"\nreplacement = \"/\"\n";
    let gateway = TestGateway::plain(&(app.upstream("") + policy));
    let answer = gateway.get("/go?to=https://evil.test/");
    assert_eq!(
        (answer.status(), answer.one("location"), &*answer.text()),
        (303, "/", "")
    );
}
