//! The first guards: is this a request for us at all, and whose app is it for?

use http::{Method, request};
use palisade_kernel::Problem;

use crate::control::{Guard, Verdict};
use crate::exchange::Exchange;
use crate::router::Router;

/// Refuses `CONNECT` (RFC 9110 section 9.3.6), which asks for a tunnel to anywhere.
pub(crate) struct RefuseTunnels;

impl Guard for RefuseTunnels {
    fn check(&self, _: &mut Exchange, head: &request::Parts) -> Verdict {
        match head.method == Method::CONNECT {
            true => Verdict::Refuse(&Problem::METHOD_NOT_SUPPORTED),
            false => Verdict::Pass,
        }
    }
}

/// Reads the host and looks up which upstream answers.
pub(crate) struct FindRoute(pub(crate) Router);

impl Guard for FindRoute {
    fn check(&self, exchange: &mut Exchange, head: &request::Parts) -> Verdict {
        match self.0.read_host(head) {
            Ok(host) => {
                exchange.upstream = self.0.find(&host, head.uri.path());
                exchange.host = host;
                Verdict::Pass
            }
            Err(problem) => Verdict::Refuse(problem),
        }
    }
}
