//! `edge.client-ip` on single requests: what is believed, and what is doubted for whose sake.

use std::sync::Arc;

use http::Request;
use proptest::prelude::*;

use super::*;
use crate::client_address::ChainField;
use crate::exchange::Arrival;
use crate::publisher::Publisher;

/// An edge of Cloudflare's.
const CLOUDFLARE: &str = "104.16.0.1";
const VISITOR: &str = "203.0.113.9";
const OTHER: &str = "192.0.2.66";

fn control(trusted: &[&str], is_complete: bool) -> ClientIp {
    let trust = Trust {
        proxies: NetworkSet::new(trusted.iter().map(|network| network.parse().unwrap())),
        chain: ChainField::XForwardedFor,
    };
    let options = Options {
        is_complete,
        whoami_allow: NetworkSet::new(["127.0.0.0/8".parse().unwrap()]),
        publishers: Arc::new(Publishers::shipped()),
    };
    ClientIp::new(trust, options)
}

fn exchange(peer: &str, chain: Option<&str>) -> (Exchange, request::Parts) {
    let mut request = Request::get("/.palisade/whoami");
    if let Some(chain) = chain {
        request = request.header("x-forwarded-for", chain);
    }
    let (head, ()) = request.body(()).unwrap().into_parts();
    let arrival = Arrival::sample_from(peer.parse().unwrap(), None);
    (Exchange::new(arrival, &head), head)
}

fn client(control: &ClientIp, state: &State, peer: &str, chain: Option<&str>) -> ClientAddress {
    let (mut exchange, head) = exchange(peer, chain);
    let verdict = control.check(&mut exchange, &head, state);
    assert!(matches!(verdict, Verdict::Pass), "it refuses nothing");
    exchange.arrival.client
}

#[track_caller]
fn check(control: &ClientIp, peer: &str, chain: Option<&str>, ip: &str, belief: Belief) {
    let found = client(control, &State::isolated(), peer, chain);
    let expected = (ip.parse().unwrap(), belief);
    assert_eq!((found.ip, found.belief), expected, "{peer} {chain:?}");
}

/// A node in the open.
fn visited() -> State {
    let state = State::isolated();
    for visitor in ["198.51.100.1", "203.0.113.1", "2001:db8::1"] {
        client(&control(&[], false), &state, visitor, None);
    }
    state
}

#[test]
fn a_private_address_is_a_client_until_it_names_somebody_else() {
    for peer in [
        "127.0.0.1",
        "10.0.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "fd00::1",
        "::1",
    ] {
        check(&control(&[], false), peer, None, peer, Belief::Direct);
        let chain = Some(VISITOR);
        check(
            &control(&[], false),
            peer,
            chain,
            peer,
            Belief::UnlistedProxy,
        );
        check(&control(&[], true), peer, chain, peer, Belief::Claiming);
    }
}

#[test]
fn an_address_that_a_cdn_publishes_is_a_client_until_it_names_somebody_else() {
    check(
        &control(&[], false),
        CLOUDFLARE,
        None,
        CLOUDFLARE,
        Belief::Direct,
    );
    let chain = Some(VISITOR);
    check(
        &control(&[], false),
        CLOUDFLARE,
        chain,
        CLOUDFLARE,
        Belief::UnlistedProxy,
    );
    let listed = control(&["104.16.0.0/13"], false);
    check(&listed, CLOUDFLARE, chain, VISITOR, Belief::Forwarded);
}

#[test]
fn a_proxy_behind_a_trusted_one_is_doubted_alike() {
    let local = control(&["127.0.0.0/8"], false);
    for (chain, ip, belief) in [
        ("203.0.113.9, 104.16.0.1", CLOUDFLARE, Belief::UnlistedHop),
        ("203.0.113.9, 10.0.0.1", "10.0.0.1", Belief::UnlistedHop),
        // Nobody stands left of it: it may be an operator's own machine.
        ("10.0.0.1", "10.0.0.1", Belief::Forwarded),
        // What a stranger puts in front is the ordinary forgery.
        ("10.0.0.1, 203.0.113.9", VISITOR, Belief::Forwarded),
    ] {
        check(&local, "127.0.0.1", Some(chain), ip, belief);
    }
    let complete = control(&["127.0.0.0/8"], true);
    let chain = Some("203.0.113.9, 10.0.0.1");
    check(&complete, "127.0.0.1", chain, "10.0.0.1", Belief::Forwarded);
}

#[test]
fn a_header_is_no_way_out_on_a_node_in_the_open() {
    let found = client(&control(&[], false), &visited(), VISITOR, Some(OTHER));
    assert_eq!(found.ip, VISITOR.parse::<IpAddr>().unwrap());
    assert_eq!(found.belief, Belief::Claiming);
    assert!(found.belief.is_believable());
}

#[test]
fn where_everybody_names_somebody_else_nobody_is_taken_for_a_client() {
    check(
        &control(&[], false),
        VISITOR,
        Some(OTHER),
        VISITOR,
        Belief::UnlistedProxy,
    );
}

#[test]
fn an_operator_who_lists_a_proxy_or_says_that_there_is_none_is_taken_at_his_word() {
    for control in [control(&["10.0.0.0/8"], false), control(&[], true)] {
        check(&control, VISITOR, Some(OTHER), VISITOR, Belief::Claiming);
    }
}

#[test]
fn what_is_doubted_is_counted_and_told() {
    let state = State::isolated();
    let control = control(&[], false);
    client(&control, &state, "10.0.0.1", Some(VISITOR));
    client(&control, &state, "10.0.0.1", Some(OTHER));
    client(&control, &state, CLOUDFLARE, Some(OTHER));
    client(&control, &state, "10.0.0.2", None);
    let counted = Doubt::ALL.map(|doubt| state.client_ip.doubted(doubt));
    assert_eq!(counted, [0, 0, 2, 1, 0]);
    let told: Vec<_> = state
        .client_ip
        .unlisted()
        .iter()
        .map(|one| (one.proxy, one.requests))
        .collect();
    let private = Proxy::Address("10.0.0.1".parse().unwrap());
    assert_eq!(
        told,
        [(private, 2), (Proxy::Publisher(Publisher::Cloudflare), 1)]
    );
}

#[test]
fn a_silent_or_garbled_proxy_is_counted_and_is_not_called_unlisted() {
    let state = State::isolated();
    let control = control(&["10.0.0.0/8"], true);
    client(&control, &state, "10.0.0.1", None);
    client(&control, &state, "10.0.0.1", Some("unknown"));
    let counted = Doubt::ALL.map(|doubt| state.client_ip.doubted(doubt));
    assert_eq!(counted, [1, 1, 0, 0, 0]);
    assert!(state.client_ip.unlisted().is_empty());
}

fn whoami(control: &ClientIp, peer: &str, chain: Option<&str>) -> Result<String, &'static str> {
    let (mut exchange, head) = exchange(peer, chain);
    control.check(&mut exchange, &head, &State::isolated());
    let whoami = Whoami::new(control.options.whoami_allow.clone(), &control.trust);
    match whoami.answer(&exchange, &head) {
        Ok(response) => match response.into_body() {
            crate::Body::Full(body) => Ok(String::from_utf8(body.to_vec()).unwrap()),
            _ => panic!("the answer has a body"),
        },
        Err(problem) => Err(problem.code),
    }
}

#[test]
fn whoami_tells_an_operator_what_was_heard_and_what_was_not() {
    let answer = whoami(&control(&[], true), "127.0.0.1", Some(OTHER)).unwrap();
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["address"], "127.0.0.1");
    assert_eq!(answer["belief"], "claiming");
    assert_eq!(answer["scheme"], "https");
    assert_eq!(answer["tls"], "1.3");
    let field = &answer["headers"][0];
    assert_eq!(
        (&field["name"], &field["value"]),
        (&"x-forwarded-for".into(), &OTHER.into())
    );
    assert_eq!(field["heard"], false);
    let behind = whoami(
        &control(&["10.0.0.0/8"], true),
        "10.0.0.1",
        Some("127.0.0.1"),
    )
    .unwrap();
    let behind: serde_json::Value = serde_json::from_str(&behind).unwrap();
    assert_eq!(
        (&behind["peer"], &behind["headers"][0]["heard"]),
        (&"10.0.0.1".into(), &true.into())
    );
}

#[test]
fn whoami_is_nothing_to_outsiders_and_to_those_who_may_be_anybody() {
    let refused = Err("not-found");
    assert_eq!(whoami(&control(&[], true), VISITOR, None), refused);
    assert_eq!(
        whoami(&control(&[], true), VISITOR, Some("127.0.0.1")),
        refused
    );
    assert_eq!(
        whoami(&control(&[], false), "127.0.0.1", Some(VISITOR)),
        refused
    );
    assert_eq!(
        whoami(&control(&["127.0.0.0/8"], false), "127.0.0.1", None),
        refused
    );
}

proptest! {
    /// The heart of it: on a node in the open a public client is held to its own address, in
    /// every disguise.
    #[test]
    fn nothing_that_a_public_client_sends_disarms_what_hangs_on_its_address(
        name in prop::sample::select(vec!["x-forwarded-for", "forwarded", "x-real-ip",
            "cf-connecting-ip", "x_forwarded_for", "true-client-ip", "via", "x-forwarded-proto"]),
        value in "[ -~]{0,60}", lists_one in any::<bool>(),
    ) {
        let trusted: &[&str] = if lists_one { &["10.0.0.0/8"] } else { &[] };
        let control = control(trusted, false);
        let request = Request::get("/").header(name, value);
        let (head, ()) = request.body(()).unwrap().into_parts();
        let arrival = Arrival::sample_from(VISITOR.parse().unwrap(), None);
        let mut exchange = Exchange::new(arrival, &head);
        control.check(&mut exchange, &head, &visited());
        let found = exchange.arrival.client;
        prop_assert_eq!(found.ip, VISITOR.parse::<IpAddr>().unwrap());
        prop_assert!(found.belief.is_believable());
        prop_assert_eq!(exchange.arrival.scheme.as_str(), "https");
    }
}
