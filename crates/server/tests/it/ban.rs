//! A banned client is refused at once, whoever it says it is; all others are served.

use std::time::Duration;

use palisade_kernel::{Ban, BanSource, Clock, SystemClock};
use palisade_server::gateway::BanError;

use crate::app::{App, ok};
use crate::client::Client;
use crate::gateway::TestGateway;
use crate::patience::eventually;

/// Clients speak for others here, as a balancer does.
const TRUSTING: &str = "[listen]\ntrusted_proxies = [\"127.0.0.0/8\"]\n";

fn gateway() -> TestGateway {
    let app = App::answering(ok("text/plain", "x"));
    TestGateway::plain(&(app.upstream("") + TRUSTING))
}

fn ban(network: &str, seconds: u64) -> Ban {
    let now = SystemClock::start().now();
    Ban {
        network: network.parse().unwrap(),
        until: Some(now.plus(Duration::from_secs(seconds))),
        since: now,
        reason: "a test".to_owned(),
        source: BanSource::Operator,
        strikes: 1,
    }
}

#[track_caller]
fn check(gateway: &TestGateway, client: &str, status: u16) {
    let line = format!("X-Forwarded-For: {client}\r\n");
    let answer = gateway.client().ask("GET", "/", &line);
    assert_eq!(answer.status(), status, "{client}");
}

#[test]
fn a_ban_is_in_force_when_it_is_acknowledged_and_gone_when_it_is_taken_back() {
    let gateway = gateway();
    check(&gateway, "203.0.113.9", 200);
    gateway.put_ban(ban("203.0.113.9/32", 60)).unwrap();
    gateway.put_ban(ban("2001:db8::7/128", 60)).unwrap();
    let line = "X-Forwarded-For: 203.0.113.9\r\n";
    let answer = gateway.client().ask("GET", "/", line);
    assert_eq!(answer.status(), 403);
    assert_eq!(answer.json()["code"], "banned");
    let wait: u64 = answer.one("retry-after").parse().unwrap();
    // Rounded up twice: the end to a second, and what is left to it.
    assert!((1..=61).contains(&wait), "{wait}");
    for (client, status) in [
        ("203.0.113.10", 200),
        ("::ffff:203.0.113.9", 403),
        ("2001:db8::8", 403),
        ("2001:db8:0:1::7", 200),
        // Only the element that the proxy wrote counts.
        ("203.0.113.9, 203.0.113.10", 200),
        ("203.0.113.10, 203.0.113.9", 403),
    ] {
        check(&gateway, client, status);
    }
    assert_eq!(gateway.bans().len(), 2);
    assert_eq!(gateway.metric("palisade_bans"), 2);
    let taken = gateway.take_ban("203.0.113.9/32").unwrap().unwrap();
    assert_eq!(taken.reason, "a test");
    check(&gateway, "203.0.113.9", 200);
    assert_eq!(gateway.take_ban("203.0.113.9/32"), Ok(None));
}

#[test]
fn a_banned_client_keeps_its_health_check_and_is_refused_on_a_living_connection() {
    let gateway = gateway();
    let mut client = gateway.client();
    let line = "X-Forwarded-For: 203.0.113.9\r\n";
    assert_eq!(client.ask("GET", "/", line).status(), 200);
    gateway.put_ban(ban("203.0.113.0/24", 60)).unwrap();
    assert_eq!(client.ask("GET", "/", line).status(), 403);
    let health = client.ask("GET", "/.palisade/health", line);
    assert_eq!(health.status(), 200);
}

#[test]
fn bans_that_would_hit_everybody_are_not_taken() {
    let gateway = gateway();
    let network = "127.0.0.1/32".parse().unwrap();
    let refused = gateway.put_ban(ban("127.0.0.1/32", 60));
    assert_eq!(refused, Err(BanError::Never(network)));
    for wide in ["0.0.0.0/0", "::/0", "2000::/3"] {
        let refused = gateway.put_ban(ban(wide, 60));
        assert!(matches!(refused, Err(BanError::TooWide(_))), "{wide}");
    }
    assert_eq!(gateway.bans(), []);
}

#[test]
fn a_proxy_that_says_nothing_is_doubted_and_not_refused() {
    let gateway = gateway();
    gateway.put_ban(ban("127.0.0.0/8", 60)).unwrap();
    assert_eq!(gateway.get("/").status(), 200);
    assert_eq!(gateway.log.line()["controls"]["edge.ban"], "would-refuse");
}

#[test]
fn in_shadow_nobody_is_refused() {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::plain(&(app.upstream("") + TRUSTING));
    gateway.put_ban(ban("203.0.113.9/32", 60)).unwrap();
    check(&gateway, "203.0.113.9", 403);
    gateway.rewrite(&(app.upstream("") + TRUSTING + "[edge.ban]\nmode = \"shadow\"\n"));
    gateway.reload().unwrap();
    check(&gateway, "203.0.113.9", 200);
}

#[test]
fn loopback_passes_a_ban_and_a_proxy_that_nobody_listed_is_doubted_and_told_of() {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::plain(&app.upstream(""));
    let refused = gateway.put_ban(ban("127.0.0.1/32", 60));
    assert!(matches!(refused, Err(BanError::Never(_))), "{refused:?}");
    gateway.put_ban(ban("127.0.0.0/8", 60)).unwrap();
    assert_eq!(gateway.get("/").status(), 200);
    let finding = &gateway.log.line()["controls"]["edge.ban"];
    assert!(finding.is_null(), "it is not even doubted");
    let told = || {
        let ready = Client::plain(gateway.ops_address()).get("/readyz");
        assert_eq!(ready.status(), 200);
        ready.json()["warnings"].clone()
    };
    assert_eq!(told(), serde_json::json!([]));

    check(&gateway, "203.0.113.9", 200);
    let lines = gateway.log.lines(2);
    assert_eq!(lines[1]["controls"]["edge.ban"], "would-refuse");
    let warning = "edge.ban: it is in shadow for requests through 127.0.0.1/32";
    assert!(told()[0].as_str().unwrap().starts_with(warning));
    let limits = "edge.rate-limit: limits per address are in shadow";
    assert!(told()[1].as_str().unwrap().starts_with(limits));
    let controls = gateway.admin("/api/v1/controls").json();
    let controls = controls["controls"].as_array().unwrap();
    let doubted = controls
        .iter()
        .filter(|control| !control["in_shadow_for"].is_null());
    let doubted: Vec<_> = doubted.map(|control| &control["control"]).collect();
    assert_eq!(doubted, ["edge.ban", "edge.rate-limit"]);

    gateway.rewrite(&(app.upstream("") + TRUSTING));
    gateway.reload().unwrap();
    assert_eq!(told(), serde_json::json!([]));
}

#[test]
fn who_breaches_a_limit_again_and_again_is_banned_where_that_is_wanted() {
    let app = App::answering(ok("text/plain", "x"));
    let breaches = "[edge.rate_limit.address]\nmode = \"enforce\"\nlimit = \"2/second\"\n\
                    [edge.ban]\nbreaches = 2\n";
    let gateway = TestGateway::plain(&(app.upstream("") + TRUSTING + breaches));
    let line = "X-Forwarded-For: 203.0.113.9\r\n";
    eventually("a ban", || {
        let answer = gateway.client().ask("GET", "/", line);
        (answer.status() == 403).then_some(())
    });
    let bans = gateway.bans();
    assert_eq!(bans[0].source, BanSource::RateLimit);
    assert_eq!(
        bans[0].reason,
        "went over limits again and again, last over address"
    );
    check(&gateway, "203.0.113.10", 200);
}
