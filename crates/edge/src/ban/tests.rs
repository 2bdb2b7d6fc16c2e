//! `edge.ban` on whole requests: who is refused, and what they are told.

use std::net::IpAddr;

use http::Request;
use palisade_kernel::{Ban, BanChange, BanSource, Timestamp};

use super::*;
use crate::client_address::Belief;
use crate::exchange::Arrival;

const NOW: Timestamp = Timestamp::from_unix_micros(1_000_500_000);

fn state(network: &str, until: Option<u64>) -> State {
    let state = State::isolated();
    let ban = Ban {
        network: network.parse().unwrap(),
        until: until.map(|seconds| Timestamp::from_unix_micros(seconds * 1_000_000)),
        since: NOW,
        reason: "a secret".to_owned(),
        source: BanSource::Operator,
        strikes: 1,
    };
    state.bans.publish(&[BanChange::Add(ban)], NOW);
    state
}

fn ask(state: &State, ip: &str, belief: Belief, path: &str) -> Verdict {
    let (head, ()) = Request::get(path).body(()).unwrap().into_parts();
    let mut arrival = Arrival::sample();
    arrival.at = NOW;
    arrival.client.ip = ip.parse::<IpAddr>().unwrap();
    arrival.client.belief = belief;
    let never = NetworkSet::new(["192.0.2.200/32".parse().unwrap()]);
    let options = Options {
        mode: Mode::Enforce,
        never,
    };
    Bans::new(options).check(&mut Exchange::new(arrival, &head), &head, state)
}

#[test]
fn retry_after_is_the_time_left_and_missing_where_there_is_no_end() {
    for (until, expected) in [
        (Some(1_060), Some(60)),
        (Some(1_001), Some(1)),
        (None, None),
    ] {
        let state = state("192.0.2.1/32", until);
        let Verdict::Refuse(refusal) = ask(&state, "192.0.2.1", Belief::Direct, "/") else {
            panic!("a banned address is refused");
        };
        assert_eq!(refusal.retry_after_seconds, expected);
        assert_eq!(refusal.problem, &Problem::BANNED);
    }
}

#[test]
fn an_address_that_cannot_be_believed_is_only_doubted() {
    let state = state("192.0.2.0/24", None);
    for belief in [Belief::NothingSaid, Belief::Garbled] {
        let verdict = ask(&state, "192.0.2.1", belief, "/");
        assert!(matches!(verdict, Verdict::Doubt(_)), "{belief:?}");
    }
    let forwarded = ask(&state, "192.0.2.1", Belief::Forwarded, "/");
    assert!(matches!(forwarded, Verdict::Refuse(_)));
}

#[test]
fn operators_and_health_checks_pass() {
    let state = state("192.0.2.0/24", None);
    for (ip, path, passes) in [
        ("192.0.2.200", "/", true),
        ("192.0.2.1", "/.palisade/health", true),
        ("192.0.2.1", "/.palisade/other", false),
        ("198.51.100.1", "/", true),
    ] {
        let verdict = ask(&state, ip, Belief::Direct, path);
        assert_eq!(matches!(verdict, Verdict::Pass), passes, "{ip} {path}");
    }
}
