//! Policies about proxies and hosts, proved whole.

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
