//! The first guards: is this a request for us at all, and whose app is it for?

use http::header::COOKIE;
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

/// Refuses more fields than HTTP/1.1 takes on the way over HTTP/2, which only counts bytes: an app
/// behind HTTP/1.1 would be handed what its own server refuses.
pub(crate) struct BoundFields;

/// As hyper has it for HTTP/1.1.
const FIELDS_MAX: usize = 100;

impl Guard for BoundFields {
    fn check(&self, _: &mut Exchange, head: &request::Parts) -> Result<(), &'static Problem> {
        // HTTP/2 may send each cookie as a field of its own (RFC 9113 section 8.2.3).
        let cookies = || head.headers.get_all(COOKIE).iter().count();
        match head.headers.len() > FIELDS_MAX && head.headers.len() - cookies() > FIELDS_MAX {
            true => Err(&Problem::HEADER_TOO_LARGE),
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
