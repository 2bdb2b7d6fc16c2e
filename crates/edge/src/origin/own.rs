//! Whether an origin is that of the request itself.

use http::header::HOST;
use http::request;

use super::{Origin, default_port};
use crate::exchange::Exchange;
use crate::listen::authority::Authority;

/// Whether a page of this origin asks its own server.
///
/// Where plain HTTP is seen and nobody says that TLS ended in front, an `https` page of the same host
/// is its own too: nobody else can serve one. The other way round it is not: a page that came in clear
/// may be anybody's.
pub(crate) fn is_own(origin: &Origin<'_>, exchange: &Exchange, head: &request::Parts) -> bool {
    let Origin::Tuple(origin) = origin else {
        return false;
    };
    let fits = match &*origin.scheme {
        "https" => true,
        "http" => !exchange.arrival.is_secure(),
        _ => false,
    };
    let default = default_port(&origin.scheme);
    fits && *origin.host == *exchange.host && origin.port.or(default) == port(head).or(default)
}

/// The port that the request names, if any.
fn port(head: &request::Parts) -> Option<u16> {
    let field = || head.headers.get(HOST).map(|host| host.as_bytes());
    let target = head
        .uri
        .authority()
        .map(|target| target.as_str().as_bytes());
    Authority::parse(target.or_else(field)?).ok()?.port
}
