//! The first guards: is this a request for us at all, and whose app is it for?

use http::{Method, request};
use palisade_kernel::Problem;

use crate::control::Guard;
use crate::exchange::Exchange;
use crate::own;
use crate::router::Router;

/// Refuses `CONNECT` (RFC 9110 section 9.3.6), which asks for a tunnel to anywhere.
pub(crate) struct RefuseTunnels;

impl Guard for RefuseTunnels {
    fn check(&self, _: &mut Exchange, head: &request::Parts) -> Result<(), &'static Problem> {
        match head.method == Method::CONNECT {
            true => Err(&Problem::METHOD_NOT_SUPPORTED),
            false => Ok(()),
        }
    }
}

/// Reads the host and looks up which upstream answers.
pub(crate) struct FindRoute(pub(crate) Router);

impl Guard for FindRoute {
    fn check(
        &self,
        exchange: &mut Exchange,
        head: &request::Parts,
    ) -> Result<(), &'static Problem> {
        let host = self.0.read_host(head)?;
        let path = head.uri.path();
        exchange.upstream = match own::is_own(path) {
            true => None,
            false => self.0.find(&host, path),
        };
        exchange.host = host;
        Ok(())
    }
}
