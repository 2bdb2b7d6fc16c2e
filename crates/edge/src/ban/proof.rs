//! Samples that show whether `edge.ban` bites.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use http::header::{FORWARDED, RETRY_AFTER};
use http::{Request, StatusCode};
use ipnet::IpNet;
use palisade_kernel::{Ban, BanChange, BanSource, Timestamp, ban};

use crate::body::Body;
use crate::proof::{Outcome, SOMEBODY, Sample};
use crate::state::State;

/// Clients of documentation networks (RFC 5737, RFC 3849).
const BANNED: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9));
const BANNED_V6: IpAddr = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 7, 0, 0, 0, 1));
const NEIGHBOUR_V6: IpAddr = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 7, 9, 9, 9, 9));

/// Proofs happen at the epoch.
const EPOCH: Timestamp = Timestamp::from_unix_micros(0);
const TERM: Duration = Duration::from_secs(60);

pub(super) fn samples() -> Vec<Sample> {
    let list = |networks: Vec<IpNet>, until: Option<Timestamp>| {
        Box::new(move |state: &State| prepare(state, &networks, until))
    };
    let in_a_minute = Some(EPOCH.plus(TERM));
    vec![
        Sample {
            prepare: list(vec![ban::network_of(BANNED)], in_a_minute),
            requests: vec![asked_for(NEIGHBOUR_V6)],
            ..Sample::benign("who is not banned passes")
        },
        Sample {
            prepare: list(
                vec![ban::network_of(SOMEBODY), ban::network_of(BANNED)],
                Some(EPOCH),
            ),
            requests: vec![asked_for(BANNED)],
            ..Sample::benign("who was banned passes when the ban has ended")
        },
        Sample {
            prepare: list(
                vec![ban::network_of(SOMEBODY), ban::network_of(BANNED)],
                in_a_minute,
            ),
            requests: vec![asked_for(BANNED)],
            expect: Some(Box::new(is_refused)),
            ..Sample::hostile("a banned address is refused, and told for how long")
        },
        Sample {
            peer: NEIGHBOUR_V6,
            prepare: list(vec![ban::network_of(BANNED_V6)], in_a_minute),
            requests: vec![asked_for(NEIGHBOUR_V6)],
            expect: Some(Box::new(is_refused)),
            ..Sample::hostile("a neighbour within a banned /64 is refused")
        },
    ]
}

/// Where the sample's peer is a trusted proxy, it speaks for `client`; elsewhere it is the client.
fn asked_for(client: IpAddr) -> Request<Body> {
    let forwarded = match client {
        IpAddr::V4(ip) => format!("for={ip}"),
        IpAddr::V6(ip) => format!("for=\"[{ip}]\""),
    };
    let request = Request::get("/")
        .header("x-forwarded-for", client.to_string())
        .header(FORWARDED, forwarded);
    request.body(Body::Empty).unwrap_or_default()
}

fn prepare(state: &State, networks: &[IpNet], until: Option<Timestamp>) {
    let changes: Vec<_> = networks
        .iter()
        .map(|network| {
            BanChange::Add(Ban {
                network: *network,
                until,
                since: EPOCH,
                reason: String::new(),
                source: BanSource::Operator,
                strikes: 1,
            })
        })
        .collect();
    state.bans.publish(&changes, EPOCH);
}

fn is_refused(outcome: &Outcome) -> Result<(), String> {
    let status = outcome.response.status();
    let wait = outcome.response.headers().get(RETRY_AFTER);
    match (&outcome.forwarded, wait) {
        (Some(_), _) => Err("the request reached the app".to_owned()),
        (None, _) if status != StatusCode::FORBIDDEN => {
            Err(format!("the status is {status}, expected 403"))
        }
        (None, wait) if wait.is_none_or(|wait| *wait != "60") => {
            Err("the answer does not say when the ban ends".to_owned())
        }
        (None, _) => Ok(()),
    }
}
