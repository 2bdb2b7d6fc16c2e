//! `edge.boundary` on single requests: hosts, and the names that connections were opened for.

use std::sync::Arc;

use http::{Method, Request};

use super::*;
use crate::client_address::Belief;
use crate::exchange::Arrival;
use crate::proof::SOMEBODY;
use crate::router::{HostPattern, Router};

struct Asked {
    host: &'static str,
    path: &'static str,
    sni: Option<&'static str>,
    http: HttpVersion,
    belief: Belief,
}

const PLAIN: Asked = Asked {
    host: "a.test",
    path: "/",
    sni: None,
    http: HttpVersion::Http1,
    belief: Belief::Direct,
};

fn ours() -> Hosts {
    Hosts::new([
        HostPattern::Exact("a.test".to_owned()),
        HostPattern::Below("b.test".to_owned()),
        HostPattern::Exact("xn--bcher-kva.test".to_owned()),
        HostPattern::Exact("[2001:db8::1]".to_owned()),
    ])
}

fn refused(hosts: Hosts, asked: &Asked) -> Option<&'static str> {
    let request = Request::builder()
        .method(Method::GET)
        .uri(asked.path)
        .header("host", asked.host);
    let (head, ()) = request.body(()).unwrap().into_parts();
    let mut arrival = Arrival::sample_from(SOMEBODY, asked.sni);
    arrival.client.belief = asked.belief;
    let peer = Arc::make_mut(&mut arrival.peer);
    peer.tls.as_mut().unwrap().http = asked.http;
    let mut exchange = Exchange::new(arrival, &head);
    exchange.host = Router::default().read_host(&head).unwrap();
    let boundary = Boundary::new(Options {
        mode: Mode::Enforce,
        hosts,
    });
    match boundary.check(&mut exchange, &head, &State::isolated()) {
        Verdict::Pass => None,
        Verdict::Refuse(refusal) => Some(refusal.problem.code),
        verdict => panic!("{verdict:?}"),
    }
}

#[test]
fn a_host_is_ours_however_it_is_written() {
    for (host, expected) in [
        ("a.test", None),
        ("A.TEST", None),
        ("a.test.", None),
        ("a.test:8443", None),
        ("a.test.:443", None),
        ("x.b.test", None),
        ("xn--bcher-kva.test", None),
        ("XN--Bcher-kva.test", None),
        ("[2001:DB8:0::1]:443", None),
        ("www.a.test", Some("unknown-host")),
        ("b.test", Some("unknown-host")),
        ("evil.test", Some("unknown-host")),
        ("a.test.evil.test", Some("unknown-host")),
        ("192.0.2.1", Some("unknown-host")),
        ("[2001:db8::2]", Some("unknown-host")),
    ] {
        assert_eq!(
            refused(ours(), &Asked { host, ..PLAIN }),
            expected,
            "{host}"
        );
    }
}

#[test]
fn where_every_host_is_ours_none_is_refused() {
    for host in ["a.test", "evil.test", "192.0.2.1"] {
        let asked = Asked { host, ..PLAIN };
        assert_eq!(refused(Hosts::new([HostPattern::Any]), &asked), None);
    }
}

#[test]
fn our_own_paths_answer_under_any_host() {
    let asked = Asked {
        host: "10.0.0.7",
        path: "/.palisade/health",
        sni: Some("evil.test"),
        ..PLAIN
    };
    assert_eq!(refused(ours(), &asked), None);
}

#[track_caller]
fn check_name(http: HttpVersion, sni: &'static str, host: &'static str, is_refused: bool) {
    let asked = Asked {
        host,
        sni: Some(sni),
        http,
        ..PLAIN
    };
    let expected = is_refused.then_some("misdirected");
    assert_eq!(refused(ours(), &asked), expected, "{http:?} {sni} {host}");
}

#[test]
fn a_connection_serves_the_host_that_it_was_opened_for() {
    for http in [HttpVersion::Http1, HttpVersion::Http2] {
        check_name(http, "a.test", "A.test.:443", false);
        check_name(http, "a.test.", "a.test", false);
        check_name(http, "evil.test", "a.test", true);
    }
}

#[test]
fn http2_connections_are_shared_between_hosts_of_ours() {
    check_name(HttpVersion::Http2, "a.test", "x.b.test", false);
    check_name(HttpVersion::Http1, "a.test", "x.b.test", true);
}

#[test]
fn a_trusted_proxy_opens_connections_under_any_name() {
    let asked = Asked {
        sni: Some("origin.cdn.test"),
        belief: Belief::Forwarded,
        ..PLAIN
    };
    assert_eq!(refused(ours(), &asked), None);
}
