//! Fields in, fields out.

use proptest::prelude::*;

use super::*;
use crate::client_address::{Trust, believed};

fn client(ip: &str, belief: Belief) -> ClientAddress {
    let ip = ip.parse().unwrap();
    ClientAddress {
        ip,
        scheme: None,
        belief,
    }
}

fn headers<'a>(names: impl IntoIterator<Item = &'a str>) -> HeaderMap {
    let value = HeaderValue::from_static("forged");
    let mut headers = HeaderMap::new();
    for name in names {
        headers.append(name.parse::<HeaderName>().unwrap(), value.clone());
    }
    headers
}

/// All fields as `name: value`, sorted.
fn fields(headers: &HeaderMap) -> Vec<String> {
    let mut fields: Vec<_> = headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    fields.sort();
    fields
}

fn rewritten(ip: &str, host: &'static str) -> Vec<String> {
    let mut headers = HeaderMap::new();
    let host = HeaderValue::from_static(host);
    rewrite(
        &mut headers,
        &client(ip, Belief::Direct),
        Scheme::Https,
        Some(&host),
    );
    fields(&headers)
}

#[test]
fn the_app_is_told_client_scheme_and_host() {
    assert_eq!(
        rewritten("203.0.113.9", "example.com"),
        [
            "forwarded: for=203.0.113.9;proto=https;host=example.com",
            "x-forwarded-for: 203.0.113.9",
            "x-forwarded-host: example.com",
            "x-forwarded-proto: https",
            "x-real-ip: 203.0.113.9",
        ]
    );
}

#[test]
fn what_is_no_token_is_quoted() {
    for (ip, host, forwarded) in [
        (
            "2001:db8::1",
            "a.test",
            r#"forwarded: for="[2001:db8::1]";proto=https;host=a.test"#,
        ),
        (
            "192.0.2.1",
            "a.test:8443",
            r#"forwarded: for=192.0.2.1;proto=https;host="a.test:8443""#,
        ),
        (
            "192.0.2.1",
            "[::1]",
            r#"forwarded: for=192.0.2.1;proto=https;host="[::1]""#,
        ),
        (
            "192.0.2.1",
            r#"a";for=b\"#,
            r#"forwarded: for=192.0.2.1;proto=https;host="a\";for=b\\""#,
        ),
        (
            "192.0.2.1",
            "",
            r#"forwarded: for=192.0.2.1;proto=https;host="""#,
        ),
    ] {
        assert_eq!(rewritten(ip, host)[0], forwarded);
    }
}

#[test]
fn without_a_host_none_is_claimed() {
    let mut headers = headers(["x-forwarded-host"]);
    rewrite(
        &mut headers,
        &client("192.0.2.1", Belief::Direct),
        Scheme::Http,
        None,
    );
    assert_eq!(headers[FORWARDED], "for=192.0.2.1;proto=http");
    assert!(!headers.contains_key(X_FORWARDED_HOST));
}

#[test]
fn a_strangers_claims_go_in_every_spelling() {
    let mut headers = headers([
        "X-Forwarded-For",
        "X_Forwarded_For",
        "x_forwarded-for",
        "X.Forwarded.For",
        "x~forwarded!for",
        "X-Forwarded-Proto",
        "X_FORWARDED_PROTO",
        "X-Forwarded-Host",
        "X-Forwarded-Port",
        "X-Forwarded-Server",
        "X-Forwarded-Prefix",
        "X-Forwarded-User",
        "X_Forwarded_Client_Cert",
        "X-Forwarded-Ssl",
        "Forwarded",
        "Forwarded_For",
        "X-Real-IP",
        "X_Real_Ip",
        "Client-IP",
        "True-Client-IP",
        "CF-Connecting-IP",
        "X-Original-URL",
        "X_Rewrite_URL",
        "Front-End-Https",
        "Accept",
        "X-Forwarder",
        "X-Real-Ipx",
        "Forward",
        "X-Requested-With",
        "Cookie",
    ]);
    rewrite(
        &mut headers,
        &client("192.0.2.1", Belief::Direct),
        Scheme::Http,
        None,
    );
    assert_eq!(
        fields(&headers),
        [
            "accept: forged",
            "cookie: forged",
            "forward: forged",
            "forwarded: for=192.0.2.1;proto=http",
            "x-forwarded-for: 192.0.2.1",
            "x-forwarded-proto: http",
            "x-forwarder: forged",
            "x-real-ip: 192.0.2.1",
            "x-real-ipx: forged",
            "x-requested-with: forged",
        ]
    );
}

#[test]
fn a_trusted_proxys_identity_stays_and_its_address_field_tells_what_is_believed() {
    let mut headers = headers([
        "X-Forwarded-User",
        "X_Forwarded_For",
        "CF-Connecting-IP",
        "cf_connecting_ip",
    ]);
    rewrite(
        &mut headers,
        &client("192.0.2.1", Belief::Forwarded),
        Scheme::Http,
        None,
    );
    assert_eq!(
        fields(&headers),
        [
            "cf-connecting-ip: 192.0.2.1",
            "forwarded: for=192.0.2.1;proto=http",
            "x-forwarded-for: 192.0.2.1",
            "x-forwarded-proto: http",
            "x-forwarded-user: forged",
            "x-real-ip: 192.0.2.1",
        ]
    );
}

#[test]
fn repeated_fields_become_one() {
    let mut headers = headers([
        "x-forwarded-for",
        "x-forwarded-for",
        "forwarded",
        "forwarded",
    ]);
    rewrite(
        &mut headers,
        &client("192.0.2.1", Belief::Direct),
        Scheme::Http,
        None,
    );
    for name in [X_FORWARDED_FOR, FORWARDED] {
        assert_eq!(headers.get_all(name).iter().count(), 1);
    }
}

/// Of an open family, which no list of claims can hold.
const OURS: &[&str] = &["palisade-flags", "palisade-user"];

#[test]
fn what_is_ours_to_say_is_taken_from_nobody() {
    for belief in [Belief::Direct, Belief::Forwarded] {
        let mut headers = headers([
            "Palisade-Flags",
            "palisade_flags",
            "Palisade.User",
            "palisade",
        ]);
        rewrite(
            &mut headers,
            &client("192.0.2.1", belief),
            Scheme::Http,
            None,
        );
        let forged = headers.iter().filter(|(_, value)| *value == "forged");
        let left: Vec<_> = forged.map(|(name, _)| name.as_str()).collect();
        assert_eq!(left, ["palisade"], "{belief:?}");
    }
}

proptest! {
    #[test]
    fn nothing_a_stranger_claims_reaches_the_app_in_any_spelling(
        claim in prop::sample::select([claims::ADDRESSES, claims::OTHERS, OURS].concat()),
        separators in prop::collection::vec(prop::sample::select(vec!['-', '_', '.', '~', '!']), 8),
        upper in any::<u32>(),
    ) {
        let mut separators = separators.into_iter().cycle();
        let spelled: String = claim.chars().enumerate().map(|(index, char)| match char {
            '-' => separators.next().unwrap(),
            _ if upper >> index & 1 == 1 => char.to_ascii_uppercase(),
            _ => char,
        }).collect();
        let mut headers = headers([claim, &spelled]);
        let peer = "203.0.113.9".parse().unwrap();
        let client = believed(peer, &headers, &Trust::default());
        rewrite(&mut headers, &client, Scheme::Https, None);
        prop_assert!(headers.values().all(|value| value != "forged"), "{} {:?}", spelled, headers);
        prop_assert_eq!(headers.len(), 4);
    }

    #[test]
    fn any_host_value_keeps_the_element_whole(host in "[ -~]{0,40}") {
        let (forwarded, _) = values("192.0.2.1".parse().unwrap(), Scheme::Https,
            Some(&HeaderValue::from_str(&host).unwrap()));
        let forwarded = forwarded.unwrap();
        let written = forwarded.to_str().unwrap().strip_prefix("for=192.0.2.1;proto=https;host=").unwrap();
        let read = match written.strip_prefix('"') {
            Some(quoted) => {
                let mut read = String::new();
                let mut bytes = quoted.strip_suffix('"').unwrap().chars();
                while let Some(char) = bytes.next() {
                    prop_assert_ne!(char, '"');
                    read.push(if char == '\\' { bytes.next().unwrap() } else { char });
                }
                read
            }
            None => {
                prop_assert!(!written.contains([';', ',', '"', ' ', '=', ':']));
                written.to_owned()
            }
        };
        prop_assert_eq!(read, host);
    }
}

#[test]
fn trailers_carry_no_claims_either() {
    let mut trailers = HeaderMap::new();
    for name in [
        "x-forwarded-for",
        "x_real_ip",
        "proxy",
        "x_request_id",
        "palisade-flags",
        "palisade_flags",
        "x-checksum",
    ] {
        trailers.insert(HeaderName::from_static(name), HeaderValue::from_static("6"));
    }
    super::strip_trailers(&mut trailers);
    assert_eq!(trailers.keys().collect::<Vec<_>>(), ["x-checksum"]);
}
