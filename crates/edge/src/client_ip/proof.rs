//! Samples that show whether `edge.client-ip` establishes the right fact, made from the policy in
//! force.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use http::Request;

use super::ClientIp;
use super::reach::VISITORS_MIN;
use crate::body::Body;
use crate::client_address::{Belief, ChainField};
use crate::proof::{Outcome, STRANGERS, STRANGERS_V6, Sample, stranger};

/// Any of these may be a proxy that nobody listed.
const PRIVATE: [IpAddr; 4] = [
    IpAddr::V4(Ipv4Addr::new(10, 255, 255, 1)),
    IpAddr::V4(Ipv4Addr::new(172, 31, 255, 1)),
    IpAddr::V4(Ipv4Addr::new(192, 168, 255, 1)),
    IpAddr::V4(Ipv4Addr::new(100, 127, 255, 1)),
];

/// What an attacker would like to be.
const FORGED: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

pub(super) fn samples(control: &ClientIp) -> Vec<Sample> {
    let trusted = &control.trust.proxies;
    let peer = stranger(&control.trust, STRANGERS);
    let mut samples = vec![
        Sample {
            peer,
            expect: Some(Box::new(move |outcome| {
                expect(outcome, peer, Belief::Direct)
            })),
            ..Sample::benign("who names nobody else is who connects")
        },
        forged(peer),
        forged(stranger(&control.trust, STRANGERS_V6)),
    ];
    samples.extend(trusted.first().map(|proxy| behind(control, proxy, peer)));
    let private = PRIVATE.into_iter().find(|ip| !trusted.contains(*ip));
    let unlisted = private.filter(|_| !control.options.is_complete);
    samples.extend(unlisted.map(|proxy| Sample {
        peer: proxy,
        requests: vec![saying(ChainField::XForwardedFor, &peer.to_string())],
        expect: Some(Box::new(move |outcome| {
            expect(outcome, proxy, Belief::UnlistedProxy)
        })),
        ..Sample::hostile("a proxy that nobody listed is not taken for a client")
    }));
    samples
}

/// From the open, where visitors come who name nobody.
fn forged(peer: IpAddr) -> Sample {
    let mut request = saying(ChainField::XForwardedFor, &FORGED.to_string());
    for (name, value) in [
        ("forwarded", "for=127.0.0.1"),
        ("x-real-ip", "127.0.0.1"),
        ("cf-connecting-ip", "127.0.0.1"),
    ] {
        let value = http::HeaderValue::from_static(value);
        request.headers_mut().insert(name, value);
    }
    Sample {
        peer,
        prepare: Box::new(|state| {
            for ip in STRANGERS.into_iter().take(VISITORS_MIN) {
                state.client_ip.reach.note_visitor(ip, Duration::ZERO);
            }
        }),
        requests: vec![request],
        expect: Some(Box::new(move |outcome| {
            expect(outcome, peer, Belief::Claiming)?;
            let told = outcome.forwarded.as_ref();
            let told = told.and_then(|head| head.headers.get("x-forwarded-for"));
            match told {
                Some(told) if *told != *peer.to_string() => {
                    Err("the app was told a forged address".to_owned())
                }
                _ => Ok(()),
            }
        })),
        ..Sample::hostile("a forged address changes nothing and disarms nothing")
    }
}

fn behind(control: &ClientIp, proxy: IpAddr, client: IpAddr) -> Sample {
    let field = control.trust.chain;
    let written = |ip: IpAddr| match field {
        ChainField::XForwardedFor => ip.to_string(),
        ChainField::Forwarded if ip.is_ipv6() => format!("for=\"[{ip}]\""),
        ChainField::Forwarded => format!("for={ip}"),
    };
    let list = format!("{}, {}", written(FORGED), written(client));
    Sample {
        peer: proxy,
        requests: vec![saying(field, &list)],
        expect: Some(Box::new(move |outcome| {
            expect(outcome, client, Belief::Forwarded)
        })),
        ..Sample::hostile("behind a trusted proxy the right-most address counts, not the left-most")
    }
}

fn saying(field: ChainField, value: &str) -> Request<Body> {
    let name = match field {
        ChainField::XForwardedFor => "x-forwarded-for",
        ChainField::Forwarded => "forwarded",
    };
    let request = Request::get("/").header(name, value).body(Body::Empty);
    request.unwrap_or_default()
}

fn expect(outcome: &Outcome, ip: IpAddr, belief: Belief) -> Result<(), String> {
    let client = outcome.exchange.arrival.client;
    if client.ip == ip && client.belief == belief {
        return Ok(());
    }
    let found = format!(
        "the client is {} ({}), expected {ip} ({})",
        client.ip,
        client.belief.as_str(),
        belief.as_str()
    );
    Err(
        match client.belief.is_by_trusted_proxy() && ip == outcome.exchange.arrival.peer.ip() {
            true => format!(
                "{found}: listen.trusted_proxies trusts everybody, so anybody may name any address"
            ),
            false => found,
        },
    )
}
