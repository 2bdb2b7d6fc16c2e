//! The walk as a table: peer and fields in, client out.

use http::{HeaderName, HeaderValue};
use proptest::prelude::*;

use super::*;

/// Trusted are a balancer (10.0.0.0/8) and a CDN (198.51.100.0/24, 2001:db8::/32).
fn trust(chain: ChainField) -> Trust {
    let networks = ["10.0.0.0/8", "198.51.100.0/24", "2001:db8::/32"];
    let proxies = NetworkSet::new(networks.map(|network| network.parse().unwrap()));
    Trust { proxies, chain }
}

fn headers(fields: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        let name: HeaderName = name.parse().unwrap();
        headers.append(name, HeaderValue::from_str(value).unwrap());
    }
    headers
}

fn client(chain: ChainField, peer: &str, fields: &[(&str, &str)]) -> ClientAddress {
    believed(peer.parse().unwrap(), &headers(fields), &trust(chain))
}

fn check(peer: &str, lines: &[&str], ip: &str, belief: Belief) {
    let fields: Vec<_> = lines
        .iter()
        .map(|line| ("x-forwarded-for", *line))
        .collect();
    let client = client(ChainField::XForwardedFor, peer, &fields);
    assert_eq!(
        (client.ip, client.belief),
        (ip.parse().unwrap(), belief),
        "{peer} {lines:?}"
    );
}

#[test]
fn an_untrusted_peer_is_the_client_whatever_it_claims() {
    let claims = [
        ("x-forwarded-for", "127.0.0.1, 10.0.0.1"),
        ("forwarded", "for=127.0.0.1;proto=https"),
        ("x-forwarded-proto", "https"),
        ("x-real-ip", "127.0.0.1"),
    ];
    for chain in [ChainField::XForwardedFor, ChainField::Forwarded] {
        let client = client(chain, "203.0.113.9", &claims);
        assert_eq!(client.ip, "203.0.113.9".parse::<IpAddr>().unwrap());
        assert_eq!((client.scheme, client.belief), (None, Belief::Claiming));
        assert!(client.belief.is_believable());
    }
}

#[test]
fn every_field_that_names_an_address_makes_a_peer_a_claimant() {
    for (name, belief) in [
        ("x-forwarded-for", Belief::Claiming),
        ("forwarded", Belief::Claiming),
        ("x-real-ip", Belief::Claiming),
        ("cf-connecting-ip", Belief::Claiming),
        ("x_forwarded_for", Belief::Claiming),
        ("true-client-ip", Belief::Claiming),
        ("x-forwarded-proto", Belief::Direct),
        ("x-requested-with", Belief::Direct),
        ("cookie", Belief::Direct),
    ] {
        let read = client(
            ChainField::XForwardedFor,
            "203.0.113.9",
            &[(name, "192.0.2.7")],
        );
        assert_eq!(read.belief, belief, "{name}");
    }
}

#[test]
fn a_list_goes_on_where_something_stands_left_of_the_client() {
    for (chain, more) in [
        ("203.0.113.9", false),
        ("203.0.113.9, 198.51.100.7", false),
        ("192.0.2.1, 203.0.113.9", true),
        ("192.0.2.1, 203.0.113.9, 198.51.100.7, 10.0.0.3", true),
        ("198.51.100.7, 10.0.0.3", false),
        ("", false),
    ] {
        for (field, text) in [
            (ChainField::XForwardedFor, chain.to_owned()),
            (ChainField::Forwarded, elements(chain)),
        ] {
            let name = match field {
                ChainField::XForwardedFor => "x-forwarded-for",
                ChainField::Forwarded => "forwarded",
            };
            let headers = headers(&[(name, &text)]);
            assert_eq!(says_more(&headers, &trust(field)), more, "{text}");
        }
    }
}

/// The addresses of an `X-Forwarded-For` as elements of `Forwarded`.
fn elements(chain: &str) -> String {
    let addresses = chain.split(", ").filter(|address| !address.is_empty());
    let elements: Vec<_> = addresses.map(|address| format!("for={address}")).collect();
    elements.join(", ")
}

#[test]
fn the_left_most_entry_is_never_believed_behind_an_appending_proxy() {
    check(
        "10.0.0.1",
        &["127.0.0.1, 203.0.113.9"],
        "203.0.113.9",
        Belief::Forwarded,
    );
    check(
        "10.0.0.1",
        &["10.0.0.2, 203.0.113.9"],
        "203.0.113.9",
        Belief::Forwarded,
    );
    check(
        "10.0.0.1",
        &["127.0.0.1", "203.0.113.9"],
        "203.0.113.9",
        Belief::Forwarded,
    );
    check(
        "10.0.0.1",
        &["garbage, 203.0.113.9"],
        "203.0.113.9",
        Belief::Forwarded,
    );
}

#[test]
fn trusted_hops_are_skipped_from_the_right() {
    check(
        "10.0.0.1",
        &["203.0.113.9, 198.51.100.7"],
        "203.0.113.9",
        Belief::Forwarded,
    );
    check(
        "10.0.0.1",
        &["1.1.1.1, 203.0.113.9", "198.51.100.7,10.0.0.3"],
        "203.0.113.9",
        Belief::Forwarded,
    );
    check(
        "::ffff:10.0.0.1",
        &["::ffff:203.0.113.9"],
        "203.0.113.9",
        Belief::Forwarded,
    );
    check(
        "10.0.0.1",
        &["2001:DB9::9, [2001:db8::1]:443"],
        "2001:db9::9",
        Belief::Forwarded,
    );
    check(
        "10.0.0.1",
        &["203.0.113.9:4711 ,, "],
        "203.0.113.9",
        Belief::Forwarded,
    );
}

#[test]
fn a_chain_of_trusted_hops_ends_at_the_first_of_them() {
    check(
        "10.0.0.1",
        &["10.0.0.8, 10.0.0.9"],
        "10.0.0.8",
        Belief::Forwarded,
    );
}

#[test]
fn a_silent_proxy_leaves_its_own_address_which_is_not_believable() {
    check("10.0.0.1", &[], "10.0.0.1", Belief::NothingSaid);
    check("10.0.0.1", &[" , "], "10.0.0.1", Belief::NothingSaid);
    assert!(!Belief::NothingSaid.is_believable());
}

#[test]
fn garbage_stops_the_walk_at_the_last_believable_hop() {
    check(
        "10.0.0.1",
        &["203.0.113.9, unknown"],
        "10.0.0.1",
        Belief::Garbled,
    );
    check(
        "10.0.0.1",
        &["203.0.113.9, _hidden, 198.51.100.7"],
        "198.51.100.7",
        Belief::Garbled,
    );
    check(
        "10.0.0.1",
        &["203.0.113.9, 198.51.100.7\t198.51.100.8"],
        "10.0.0.1",
        Belief::Garbled,
    );
    assert!(!Belief::Garbled.is_believable());
}

#[test]
fn a_chain_past_the_bound_is_not_believed() {
    let hops = vec!["10.0.0.2"; HOPS_MAX].join(",");
    check("10.0.0.1", &[&hops], "10.0.0.2", Belief::Forwarded);
    check(
        "10.0.0.1",
        &[&format!("203.0.113.9,{hops}")],
        "10.0.0.2",
        Belief::Garbled,
    );
}

#[test]
fn only_the_field_that_the_proxies_maintain_is_read() {
    let fields = [
        ("x-forwarded-for", "203.0.113.9"),
        ("forwarded", "for=192.0.2.66;proto=https"),
    ];
    let read = client(ChainField::XForwardedFor, "10.0.0.1", &fields);
    assert_eq!(
        (read.ip, read.scheme),
        ("203.0.113.9".parse().unwrap(), None)
    );
    let read = client(ChainField::Forwarded, "10.0.0.1", &fields);
    assert_eq!(
        (read.ip, read.scheme),
        ("192.0.2.66".parse().unwrap(), Some(Scheme::Https))
    );
}

#[test]
fn the_scheme_is_the_one_that_a_trusted_proxy_saw() {
    for (chain, proto, scheme) in [
        ("203.0.113.9", "https", Some(Scheme::Https)),
        ("203.0.113.9", "HTTP", Some(Scheme::Http)),
        ("203.0.113.9", "https, http", Some(Scheme::Http)),
        (
            "203.0.113.9, 198.51.100.7",
            "https, http",
            Some(Scheme::Https),
        ),
        (
            "203.0.113.9, 198.51.100.7",
            "https, http, http",
            Some(Scheme::Http),
        ),
        ("203.0.113.9, 198.51.100.7", "https", Some(Scheme::Https)),
        ("203.0.113.9", "wss", None),
        ("203.0.113.9", "", None),
    ] {
        let fields = [("x-forwarded-for", chain), ("x-forwarded-proto", proto)];
        let read = client(ChainField::XForwardedFor, "10.0.0.1", &fields);
        assert_eq!(read.scheme, scheme, "{chain} {proto}");
    }
}

#[test]
fn the_scheme_is_believed_though_no_address_came_with_it() {
    let fields = [("x-forwarded-proto", "https")];
    let read = client(ChainField::XForwardedFor, "10.0.0.1", &fields);
    assert_eq!(
        (read.scheme, read.belief),
        (Some(Scheme::Https), Belief::NothingSaid)
    );
}

#[test]
fn forwarded_elements_are_walked_alike() {
    for (lines, ip, belief) in [
        (
            vec!["for=127.0.0.1, for=203.0.113.9"],
            "203.0.113.9",
            Belief::Forwarded,
        ),
        (
            vec!["for=203.0.113.9", "for=\"[2001:db8::1]\";proto=http"],
            "203.0.113.9",
            Belief::Forwarded,
        ),
        (
            vec!["for=\"", "for=203.0.113.9"],
            "203.0.113.9",
            Belief::Forwarded,
        ),
        (
            vec!["for=203.0.113.9;x=\"a,b\""],
            "10.0.0.1",
            Belief::Garbled,
        ),
        (
            vec!["for=203.0.113.9, proto=https"],
            "10.0.0.1",
            Belief::Garbled,
        ),
        (vec![], "10.0.0.1", Belief::NothingSaid),
    ] {
        let fields: Vec<_> = lines.iter().map(|line| ("forwarded", *line)).collect();
        let read = client(ChainField::Forwarded, "10.0.0.1", &fields);
        assert_eq!(
            (read.ip, read.belief),
            (ip.parse().unwrap(), belief),
            "{lines:?}"
        );
    }
}

proptest! {
    #[test]
    fn nothing_a_client_puts_in_front_moves_the_answer(
        forged in "[ -~]{0,80}", lines in prop::collection::vec("[0-9a-f.:, \\[\\]\"=;]{0,40}", 0..4),
        chain in prop::sample::select(vec![ChainField::XForwardedFor, ChainField::Forwarded]),
    ) {
        let (name, truth) = match chain {
            ChainField::XForwardedFor => ("x-forwarded-for", "203.0.113.9, 198.51.100.7"),
            ChainField::Forwarded => ("forwarded", "for=203.0.113.9, for=198.51.100.7"),
        };
        let expected = client(chain, "10.0.0.1", &[(name, truth)]);
        let appended = format!("{forged}, {truth}");
        let mut fields: Vec<_> = lines.iter().map(|line| (name, line.as_str())).collect();
        fields.push((name, &appended));
        prop_assert_eq!(client(chain, "10.0.0.1", &fields), expected);
    }
}
