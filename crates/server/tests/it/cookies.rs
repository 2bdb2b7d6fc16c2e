//! The app's cookies leave with the attributes that the policy asks for, and otherwise as they came.

use crate::app::{App, answer};
use crate::gateway::TestGateway;

const ENFORCED: &str = "[edge.cookies]\nhttp_only = \"enforce\"\nsame_site = \"enforce\"\n";

fn app() -> App {
    let lines = "Set-Cookie: sid=1; Path=/\r\nSet-Cookie: XSRF-TOKEN=2\r\nSet-Cookie: flag\r\n\
                 Set-Cookie: embed=3; SameSite=None\r\n";
    App::answering(answer(200, lines, "x"))
}

#[test]
fn without_configuration_they_are_secure_and_nothing_else_changes() {
    let app = app();
    let gateway = TestGateway::tls(&app.upstream(""));
    let expected = [
        "sid=1; Path=/; Secure",
        "XSRF-TOKEN=2; Secure",
        "flag; Secure",
        "embed=3; SameSite=None; Secure",
    ];
    assert_eq!(gateway.get("/").all("set-cookie"), expected);
    assert_eq!(gateway.http2_client().get("/").all("set-cookie"), expected);
    let line = gateway.log.line();
    assert_eq!(line["controls"]["edge.cookies"], "amended");
}

#[test]
fn enforced_they_get_the_rest_but_for_those_that_scripts_read() {
    let app = app();
    let gateway = TestGateway::tls(&(app.upstream("") + ENFORCED));
    assert_eq!(
        gateway.get("/").all("set-cookie"),
        [
            "sid=1; Path=/; Secure; HttpOnly; SameSite=Lax",
            "XSRF-TOKEN=2; Secure; SameSite=Lax",
            "flag; Secure; HttpOnly; SameSite=Lax",
            "embed=3; SameSite=None; Secure; HttpOnly",
        ]
    );
}

#[test]
fn over_plain_http_none_is_made_secure() {
    let app = app();
    let gateway = TestGateway::plain(&app.upstream(""));
    let answer = gateway.get("/");
    assert_eq!(
        answer.all("set-cookie"),
        [
            "sid=1; Path=/",
            "XSRF-TOKEN=2",
            "flag",
            "embed=3; SameSite=None"
        ]
    );
    assert_eq!(
        gateway.log.line()["controls"]["edge.cookies"],
        "would-amend"
    );
}

#[test]
fn an_attribute_can_be_excepted_or_turned_off() {
    let app = app();
    let policy = "[edge.cookies]\nsecure_except = [\"si*\"]\nhttp_only = \"off\"\n\
                  same_site = \"enforce\"\nsame_site_value = \"Strict\"\n\
                  same_site_except = [\"XSRF-TOKEN\"]\n";
    let gateway = TestGateway::tls(&(app.upstream("") + policy));
    assert_eq!(
        gateway.get("/").all("set-cookie"),
        [
            "sid=1; Path=/; SameSite=Strict",
            "XSRF-TOKEN=2; Secure",
            "flag; Secure; SameSite=Strict",
            "embed=3; SameSite=None; Secure",
        ]
    );
}
