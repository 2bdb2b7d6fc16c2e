//! One request on its way through the stack, and what has been found out about it.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http::header::{HeaderMap, HeaderName, HeaderValue, ORIGIN};
use http::{Method, Version};
use palisade_kernel::{Clock, ControlId, FixedClock, FlagName, RequestId, Timestamp};

use crate::client_address::{ClientAddress, Scheme};
use crate::control::{Finding, ResponseField};
use crate::listen::connection::{HttpVersion, Peer, TlsFacts, TlsVersion};
use crate::upstream::UpstreamError;

/// What is known of a request before its app is looked for.
#[derive(Clone, Debug)]
pub struct Arrival {
    pub id: RequestId,
    pub at: Timestamp,
    /// [`palisade_kernel::Clock::monotonic`] at the same moment.
    pub started: Duration,
    /// Who connected, and how.
    pub peer: Arc<Peer>,
    /// Who asks: who connected, until `edge.client-ip`, the stack's first step, has looked further.
    pub client: ClientAddress,
    /// How the client spoke to the outermost hop that can be believed.
    pub scheme: Scheme,
}

/// The facts of one request. Guards read it and add to it; the log is written from it.
#[derive(Debug)]
pub struct Exchange {
    pub arrival: Arrival,
    /// The id in the form in which it travels as a header.
    pub id_header: HeaderValue,
    pub method: Method,
    pub version: Version,
    /// Lower-cased, without port; empty when the request names none.
    pub host: String,
    /// Path without query, cut to [`PATH_BYTES_MAX`] at most.
    pub path: String,
    /// The page that made a browser ask, by the one `Origin` of the request.
    pub origin: Option<HeaderValue>,
    /// Index of the chosen upstream in the policy.
    pub upstream: Option<usize>,
    /// The code of the problem document, when the answer is ours.
    pub problem: Option<&'static str>,
    /// What the app is told of flags, where there are any.
    pub flags_field: Option<HeaderValue>,
    /// The flag whose being off has refused the request.
    pub flag: Option<FlagName>,
    /// Why the app gave no answer, for our own log.
    pub failure: Option<UpstreamError>,
    pub upstream_status: Option<u16>,
    pub upstream_attempts: u8,
    /// Time until the app's response head was there.
    pub upstream_time: Option<Duration>,
    /// What controls on the way in add to the response. Few, or none.
    pub response_fields: Vec<ResponseField>,
    findings: [Finding; ControlId::COUNT],
}

/// Longer paths are cut in the log; the app receives them whole.
pub const PATH_BYTES_MAX: usize = 1024;

/// What a path may lose more than is over [`PATH_BYTES_MAX`], for it is cut between characters.
const CUT_BYTES_MAX: usize = 3;

/// Whether a path is short enough not to have been cut.
pub(crate) fn is_whole(path: &str) -> bool {
    path.len() + CUT_BYTES_MAX < PATH_BYTES_MAX
}

/// A field that stands once.
fn one(headers: &HeaderMap, name: &HeaderName) -> Option<HeaderValue> {
    let mut lines = headers.get_all(name).iter();
    let first = lines.next()?;
    lines.next().is_none().then(|| first.clone())
}

impl Arrival {
    /// Whether the client's own connection was encrypted.
    pub fn is_secure(&self) -> bool {
        self.scheme == Scheme::Https
    }

    /// One of this moment. `entropy` makes its id unguessable.
    pub fn new(clock: &dyn Clock, entropy: [u8; 10], peer: Arc<Peer>) -> Self {
        let at = clock.now();
        Self {
            id: RequestId::new(at, entropy),
            at,
            started: clock.monotonic(),
            client: ClientAddress::of_peer(peer.ip()),
            scheme: peer.scheme(),
            peer,
        }
    }

    /// One by `peer`, at the epoch, over an HTTPS connection that was opened for the host `sni`:
    /// for proofs and tests.
    pub(crate) fn sample_from(peer: IpAddr, sni: Option<&str>) -> Self {
        let mut peer = Peer::new(SocketAddr::new(peer, 0), SocketAddr::new(peer, 0), None);
        peer.tls = Some(TlsFacts {
            version: TlsVersion::Tls13,
            sni: sni.map(Into::into),
            http: HttpVersion::Http1,
        });
        let clock = FixedClock::at(Timestamp::from_unix_micros(0));
        Self::new(&clock, [0; 10], Arc::new(peer))
    }

    /// As [`Arrival::sample_from`], by somebody.
    #[cfg(test)]
    pub(crate) fn sample() -> Self {
        Self::sample_from(crate::proof::SOMEBODY, None)
    }
}

impl Exchange {
    pub fn new(arrival: Arrival, head: &http::request::Parts) -> Self {
        let id_header =
            HeaderValue::from_bytes(&arrival.id.text()).unwrap_or(HeaderValue::from_static("-"));
        let path = head.uri.path();
        let end = path.floor_char_boundary(PATH_BYTES_MAX);
        let path = path.get(..end).unwrap_or(path);
        Self {
            arrival,
            id_header,
            method: head.method.clone(),
            version: head.version,
            host: String::new(),
            path: path.to_owned(),
            origin: one(&head.headers, &ORIGIN),
            upstream: None,
            problem: None,
            flags_field: None,
            flag: None,
            failure: None,
            upstream_status: None,
            upstream_attempts: 0,
            upstream_time: None,
            response_fields: Vec::new(),
            findings: [Finding::Unasked; ControlId::COUNT],
        }
    }

    /// Of several findings of one control, the weightiest stays.
    pub fn record(&mut self, control: ControlId, finding: Finding) {
        if let Some(slot) = self.findings.get_mut(control.index()) {
            *slot = finding.max(*slot);
        }
    }

    pub fn finding(&self, control: ControlId) -> Finding {
        self.findings
            .get(control.index())
            .copied()
            .unwrap_or_default()
    }

    /// What each control that was asked has found.
    pub fn findings(&self) -> impl Iterator<Item = (ControlId, Finding)> {
        ControlId::ALL
            .into_iter()
            .zip(self.findings)
            .filter(|(_, finding)| *finding != Finding::Unasked)
    }
}
