//! Samples that show whether `edge.ban` bites.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use http::StatusCode;
use http::header::RETRY_AFTER;
use ipnet::IpNet;
use palisade_kernel::{Ban, BanChange, BanSource, Timestamp, ban};

use crate::proof::{Outcome, SOMEBODY_V6, STRANGERS, STRANGERS_V6, Sample};
use crate::state::State;

/// Clients of documentation networks (RFC 5737, RFC 3849) that send no sample.
const SOMEBODY_ELSE: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9)),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 7, 0, 0, 0, 1)),
];

/// Proofs happen at the epoch.
const EPOCH: Timestamp = Timestamp::from_unix_micros(0);
const TERM: Duration = Duration::from_secs(60);

pub(super) fn samples() -> Vec<Sample> {
    let list = |clients: &[IpAddr], until: Timestamp| {
        let networks: Vec<_> = clients.iter().copied().map(ban::network_of).collect();
        Box::new(move |state: &State| prepare(state, &networks, Some(until)))
    };
    let in_a_minute = EPOCH.plus(TERM);
    vec![
        Sample {
            prepare: list(&SOMEBODY_ELSE, in_a_minute),
            ..Sample::benign("who is not banned passes")
        },
        Sample {
            prepare: list(&STRANGERS, EPOCH),
            ..Sample::benign("who was banned passes when the ban has ended")
        },
        Sample {
            prepare: list(&STRANGERS, in_a_minute),
            expect: Some(Box::new(is_refused)),
            ..Sample::hostile("a banned address is refused, and told for how long")
        },
        Sample {
            peer: SOMEBODY_V6,
            prepare: list(&STRANGERS_V6.map(neighbour), in_a_minute),
            expect: Some(Box::new(is_refused)),
            ..Sample::hostile("a neighbour within a banned /64 is refused")
        },
    ]
}

/// Another address of the same /64.
fn neighbour(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(_) => ip,
        IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() ^ 0xff)),
    }
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
