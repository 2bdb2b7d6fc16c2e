//! Samples that show whether `edge.boundary` bites, made from the policy in force.

use http::Request;
use http::header::HOST;

use super::Hosts;
use crate::body::Body;
use crate::proof::Sample;

/// Names that nobody can own (RFC 2606), and an address of documentation (RFC 5737).
const STRANGE_HOSTS: [&str; 3] = ["stranger.invalid", "stranger.example", "192.0.2.1"];

pub(super) fn samples(hosts: &Hosts) -> Vec<Sample> {
    let mut samples = vec![
        Sample::benign("a host that is ours is served"),
        Sample {
            sni: Some("elsewhere.invalid"),
            ..Sample::hostile("a connection that was opened for another host is refused")
        },
    ];
    let strange = STRANGE_HOSTS.into_iter().filter(|host| !hosts.cover(host));
    samples.extend(strange.map(|host| Sample {
        requests: vec![asking(host)],
        ..Sample::hostile("a host that is not ours is refused")
    }));
    samples
}

fn asking(host: &str) -> Request<Body> {
    let request = Request::get("/").header(HOST, host).body(Body::Empty);
    request.unwrap_or_default()
}
