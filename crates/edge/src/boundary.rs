//! `edge.boundary`: a request for a host that is not ours is answered with 421, whatever app would
//! have taken it; so is one that came over a connection opened for another host.

mod hosts;
mod proof;

use http::request;
use palisade_kernel::{ControlId, Mode, Problem};

use crate::control::{Control, Refusal, RequestControl, Verdict};
use crate::exchange::Exchange;
use crate::listen::connection::{HttpVersion, TlsFacts};
use crate::own;
use crate::proof::Sample;
use crate::router::HostPattern;
use crate::state::State;

pub use hosts::Hosts;

#[derive(Clone, Debug)]
pub struct Options {
    pub mode: Mode,
    /// The hosts that are ours.
    pub hosts: Hosts,
}

impl Options {
    /// A control that does not look.
    pub fn off() -> Self {
        Self {
            mode: Mode::Off,
            hosts: Hosts::new([HostPattern::Any]),
        }
    }
}

/// The control, ready to act.
pub(crate) struct Boundary {
    options: Options,
}

impl Boundary {
    pub(crate) fn new(options: Options) -> Self {
        Self { options }
    }

    /// Whether the connection was opened for a host other than the one asked for (RFC 9110 section
    /// 7.4).
    ///
    /// Browsers share an HTTP/2 connection between all hosts that its certificate covers (RFC 9113
    /// section 9.1.1), so there it is enough that both are ours.
    fn is_misdirected(&self, exchange: &Exchange) -> bool {
        // A proxy opens connections under whatever name it has for us.
        if exchange.arrival.client.belief.is_by_trusted_proxy() {
            return false;
        }
        let Some(TlsFacts {
            sni: Some(sni),
            http,
            ..
        }) = &exchange.arrival.peer.tls
        else {
            return false;
        };
        let sni = sni.strip_suffix('.').unwrap_or(sni);
        if sni.eq_ignore_ascii_case(&exchange.host) {
            return false;
        }
        match http {
            HttpVersion::Http1 => true,
            HttpVersion::Http2 => !self.options.hosts.cover(sni),
        }
    }
}

impl Control for Boundary {
    fn id(&self) -> ControlId {
        ControlId::EdgeBoundary
    }

    fn mode(&self) -> Mode {
        self.options.mode
    }

    fn samples(&self) -> Vec<Sample> {
        proof::samples(&self.options.hosts)
    }
}

impl RequestControl for Boundary {
    fn check(&self, exchange: &mut Exchange, head: &request::Parts, _: &State) -> Verdict {
        // Balancers ask for the gateway's health by its address.
        if own::is_own(head.uri.path()) {
            Verdict::Pass
        } else if !self.options.hosts.cover(&exchange.host) {
            Verdict::Refuse(Refusal::new(&Problem::UNKNOWN_HOST))
        } else if self.is_misdirected(exchange) {
            Verdict::Refuse(Refusal::new(&Problem::MISDIRECTED))
        } else {
            Verdict::Pass
        }
    }
}

#[cfg(test)]
mod tests;
