//! Policies about proxies and hosts, proved whole.

use palisade_kernel::{Ban, BanChange, BanSource, ban};

use super::*;
use crate::client_address::ChainField;
use crate::publisher::Publisher;

#[tokio::test]
async fn every_set_of_proxies_and_hosts_that_can_be_configured_can_be_proved() {
    let network = |network: &str| network.parse::<ipnet::IpNet>().unwrap();
    let shipped = Publisher::ALL.into_iter().flat_map(Publisher::networks);
    let proxies = [
        vec![],
        vec![network("10.0.0.0/8")],
        vec![network("192.0.2.0/24"), network("fd00::/8")],
        vec![network("2001:db8::/32")],
        shipped.collect(),
    ];
    let exact = |host: &str| HostPattern::Exact(host.to_owned());
    let below = |host: &str| HostPattern::Below(host.to_owned());
    let route = |host: &HostPattern| Route {
        host: host.clone(),
        path: "/app".to_owned(),
        upstream: 0,
    };
    let hosts = [
        (HostPattern::Any, HostPattern::Any),
        (HostPattern::Any, exact("a.test")),
        (HostPattern::Any, below("invalid")),
        (exact("a.test"), exact("a.test")),
        (exact("x.a.test"), below("a.test")),
        (below("a.test"), exact("x.a.test")),
        (exact("192.0.2.1"), exact("192.0.2.1")),
    ];
    for networks in proxies {
        for (routed, ours) in &hosts {
            for (chain, is_complete) in [
                (ChainField::XForwardedFor, false),
                (ChainField::Forwarded, true),
            ] {
                let mut options = options(Mode::Enforce);
                options.trust = Trust {
                    proxies: NetworkSet::new(networks.clone()),
                    chain,
                };
                options.ban.never = NetworkSet::default();
                options.maintenance.allow = NetworkSet::default();
                options.client_ip.is_complete = is_complete;
                options.router = Router::new(vec![route(routed)]);
                options.boundary.hosts = boundary::Hosts::new([ours.clone()]);
                let failures = proof::prove(&options).await.1;
                assert_eq!(failures, [], "{networks:?} {routed:?} {ours:?}");
            }
        }
    }
}

#[tokio::test]
async fn trusting_everybody_is_not_called_proved() {
    for everybody in ["0.0.0.0/0", "::/0"] {
        let mut options = options(Mode::Enforce);
        options.trust.proxies = NetworkSet::new([everybody.parse().unwrap()]);
        let failures = proof::prove(&options).await.1;
        let failure = failures.first().unwrap();
        assert_eq!(failure.control, ControlId::EdgeClientIp);
        assert!(failure.reason.contains("trusts everybody"), "{failure}");
    }
}

#[tokio::test]
async fn requests_that_are_answered_outside_the_stack_have_a_client_too() {
    let mut options = options(Mode::Enforce);
    options.trust.proxies = NetworkSet::new(["192.0.2.0/24".parse().unwrap()]);
    let request = Request::get("/").header("x-forwarded-for", "203.0.113.9");
    let (head, ()) = request.body(()).unwrap().into_parts();
    let mut exchange = Exchange::new(Arrival::sample(), &head);
    Stack::new(options).recognise(&mut exchange, &head, &State::isolated());
    assert_eq!(
        exchange.arrival.client.ip,
        std::net::IpAddr::from([203, 0, 113, 9])
    );
}

/// Peers that are a crowd's as soon as they name somebody else: by where they lie, and the last
/// because nobody has come who names nobody.
const UNLISTED: [&str; 5] = [
    "10.0.0.7",
    "fd00::7",
    "100.64.0.7",
    "104.16.0.1",
    "203.0.113.7",
];

/// What `control` has found of the last of three requests by `peer` for `path`, and the status.
async fn third(
    state: &State,
    peer: &str,
    chain: Option<&str>,
    path: &str,
    control: ControlId,
) -> (Finding, u16) {
    let stack = Stack::new(options(Mode::Enforce));
    let clock = FixedClock::at(Arrival::sample().at);
    let mut last = (Finding::Unasked, 0);
    for _ in 0..3 {
        let mut request = Request::get(path).header("host", "a.test");
        // A key that is no address.
        request = request.header("x-key", "one");
        if let Some(chain) = chain {
            request = request.header("x-forwarded-for", chain);
        }
        let (head, ()) = request.body(()).unwrap().into_parts();
        let arrival = Arrival::sample_from(peer.parse().unwrap(), None);
        let mut exchange = Exchange::new(arrival, &head);
        let request = Request::from_parts(head, Body::Empty);
        let apps: [Arc<dyn Upstream>; 1] = [Arc::new(Echo)];
        let response = stack
            .handle(&mut exchange, request, &apps, state, &clock)
            .await;
        last = (exchange.finding(control), response.status().as_u16());
    }
    last
}

const SOMEBODY_ELSE: Option<&str> = Some("198.51.100.9");

#[tokio::test]
async fn a_ban_does_not_act_on_a_proxy_that_nobody_listed() {
    let ban_of = |peer: &str| {
        let state = State::isolated();
        let ban = Ban {
            network: ban::network_of(peer.parse().unwrap()),
            until: None,
            since: Arrival::sample().at,
            reason: String::new(),
            source: BanSource::Operator,
            strikes: 1,
        };
        state
            .bans
            .publish(&[BanChange::Add(ban)], Arrival::sample().at);
        state
    };
    for peer in UNLISTED {
        let control = ControlId::EdgeBan;
        let through = third(&ban_of(peer), peer, SOMEBODY_ELSE, "/", control).await;
        assert_eq!(through, (Finding::WouldRefuse, 200), "{peer}");
        let directly = third(&ban_of(peer), peer, None, "/", control).await;
        assert_eq!(directly, (Finding::Refused, 403), "{peer}");
    }
}

#[tokio::test]
async fn a_limit_by_address_does_not_act_on_a_proxy_that_nobody_listed_and_others_do() {
    let (by_address, by_header) = ("/limited/0/x", "/limited/2/x");
    for peer in UNLISTED {
        let control = ControlId::EdgeRateLimit;
        for (chain, path, expected) in [
            (SOMEBODY_ELSE, by_address, (Finding::WouldRefuse, 200)),
            (None, by_address, (Finding::Refused, 429)),
            (SOMEBODY_ELSE, by_header, (Finding::Refused, 429)),
        ] {
            let found = third(&State::isolated(), peer, chain, path, control).await;
            assert_eq!(found, expected, "{peer} {chain:?} {path}");
        }
    }
}

/// One line in a request must not be a way out of a ban or a limit.
#[tokio::test]
async fn a_liar_on_a_node_in_the_open_is_held_to_his_own_address() {
    let visited = State::isolated();
    for visitor in ["192.0.2.1", "198.51.100.1", "2001:db8::1"] {
        third(&visited, visitor, None, "/", ControlId::EdgeBan).await;
    }
    let control = ControlId::EdgeRateLimit;
    let liar = third(
        &visited,
        "203.0.113.7",
        SOMEBODY_ELSE,
        "/limited/0/x",
        control,
    )
    .await;
    assert_eq!(liar, (Finding::Refused, 429));
}
