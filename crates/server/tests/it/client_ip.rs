//! Whose request it is, on a running node: forged addresses, proxies that nobody listed, and what
//! operators are told of them.

use crate::app::{App, ok};
use crate::client::Client;
use crate::gateway::TestGateway;

const TRUSTING: &str = "[listen]\ntrusted_proxies = [\"127.0.0.0/8\", \"cloudflare\"]\n";
const FORGED: &str = "X-Forwarded-For: 203.0.113.9\r\nCF-Connecting-IP: 203.0.113.9\r\n";
const DOUBTED: &str = "palisade_client_address_doubted_total{reason=\"private-network\"}";

fn start(configuration: &str) -> (App, TestGateway) {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::plain(&(app.upstream("") + configuration));
    (app, gateway)
}

#[test]
fn a_proxy_that_nobody_listed_is_not_believed_and_told_of_with_the_line_to_write() {
    let (app, gateway) = start("");
    let mut client = gateway.client();
    client.get("/");
    assert_eq!(gateway.metric(DOUBTED), 0);
    assert_eq!(client.ask("GET", "/", FORGED).status(), 200);
    app.request();
    assert_eq!(app.request().all("x-forwarded-for"), ["127.0.0.1"]);
    assert_eq!(gateway.metric(DOUBTED), 1);

    let told = gateway.admin("/api/v1/node").json()["client_addresses"].clone();
    let unlisted = &told["unlisted_proxies"][0];
    assert_eq!(unlisted["proxy"], "127.0.0.1/32");
    assert_eq!(unlisted["doubt"], "private-network");
    assert_eq!(unlisted["requests"], 1);
    let line = told["config_if_all_are_yours"].as_str().unwrap();
    assert_eq!(line, "trusted_proxies = [\"127.0.0.1/32\"]");

    gateway.rewrite(&(app.upstream("") + "[listen]\n" + line));
    gateway.reload().unwrap();
    assert_eq!(client.ask("GET", "/", FORGED).status(), 200);
    assert_eq!(app.request().all("x-forwarded-for"), ["203.0.113.9"]);
    assert_eq!(gateway.metric(DOUBTED), 1);
    let told = gateway.admin("/api/v1/node").json()["client_addresses"].clone();
    assert_eq!(told["unlisted_proxies"], serde_json::json!([]));
}

#[test]
fn a_node_that_nothing_stands_in_front_of_doubts_nobody() {
    let (app, gateway) = start("[edge.client_ip]\ntrusted_proxies_complete = true\n");
    assert_eq!(gateway.client().ask("GET", "/", FORGED).status(), 200);
    assert_eq!(app.request().all("x-forwarded-for"), ["127.0.0.1"]);
    assert_eq!(gateway.metric(DOUBTED), 0);
}

#[test]
fn an_operator_is_told_who_he_is_and_an_outsider_finds_nothing() {
    let (_app, gateway) = start("");
    let answer = gateway.get("/.palisade/whoami");
    assert_eq!(
        (answer.status(), answer.one("cache-control")),
        (200, "no-store")
    );
    let answer = answer.json();
    assert_eq!(
        (&answer["address"], &answer["belief"]),
        (&"127.0.0.1".into(), &"direct".into())
    );
    assert_eq!(
        (&answer["scheme"], &answer["tls"]),
        (&"http".into(), &().into())
    );
    assert_eq!(answer["host"], "localhost");
    let tunnelled = gateway.client().ask("GET", "/.palisade/whoami", FORGED);
    assert_eq!(tunnelled.status(), 404);

    let (_app, behind) = start(TRUSTING);
    let outsider = behind.client().ask("GET", "/.palisade/whoami", FORGED);
    assert_eq!(outsider.status(), 404);
    let forged = "X-Forwarded-For: 127.0.0.1, 203.0.113.9\r\n";
    assert_eq!(
        behind
            .client()
            .ask("GET", "/.palisade/whoami", forged)
            .status(),
        404
    );
}

#[test]
fn whoami_names_the_connection_and_the_headers_it_went_by() {
    let app = App::answering(ok("text/plain", "x"));
    let allow = "[edge.client_ip]\nwhoami_allow = [\"203.0.113.0/24\"]\n";
    let gateway = TestGateway::tls(&(app.upstream("") + TRUSTING + allow));
    let answer = gateway
        .client()
        .ask("GET", "/.palisade/whoami", FORGED)
        .json();
    assert_eq!(answer["address"], "203.0.113.9");
    assert_eq!(
        (&answer["peer"], &answer["tls"]),
        (&"127.0.0.1".into(), &"1.3".into())
    );
    assert_eq!(answer["server_name"], "localhost");
    let heard: Vec<_> = answer["headers"].as_array().unwrap().iter().collect();
    for field in heard {
        let expected = field["name"] == "x-forwarded-for";
        assert_eq!(field["heard"], expected, "{field}");
    }
}

#[test]
fn a_redirect_is_logged_with_its_client_too() {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::tls(&(app.upstream("") + TRUSTING));
    let mut plain = Client::plain(gateway.redirect_address().unwrap());
    assert_eq!(plain.ask("GET", "/", FORGED).status(), 308);
    assert_eq!(gateway.log.line()["client"], "203.0.113.0");
}
