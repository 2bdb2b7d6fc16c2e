//! Our own paths on the public listener, all under `/.palisade/`.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Method, Response, request};
use palisade_kernel::Problem;

use crate::body::Body;
use crate::client_ip::Whoami;
use crate::exchange::Exchange;

const PREFIX: &str = "/.palisade";
const HEALTH: &str = "/.palisade/health";

/// What our own paths answer to.
pub(crate) const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD");

/// Whether a path is ours. The app never sees it.
pub(crate) fn is_own(path: &str) -> bool {
    path.strip_prefix(PREFIX)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a path is that of the gateway's own health check.
pub(crate) fn is_health(path: &str) -> bool {
    path == HEALTH
}

pub(crate) fn answer(
    exchange: &Exchange,
    head: &request::Parts,
    whoami: &Whoami,
) -> Result<Response<Body>, &'static Problem> {
    match head.uri.path() {
        HEALTH => health(&head.method),
        "/.palisade/whoami" => whoami.answer(exchange, head),
        _ => Err(&Problem::NOT_FOUND),
    }
}

/// Says that requests reach the gateway. It says nothing about the app, whose failure must not
/// make a balancer give up on every gateway at once.
fn health(method: &Method) -> Result<Response<Body>, &'static Problem> {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return Err(&Problem::METHOD_NOT_ALLOWED);
    }
    let mut response = Response::new(Body::Full(Bytes::from_static(b"{\"status\":\"ok\"}\n")));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_prefix_itself_and_what_is_below_is_ours() {
        for own in [
            "/.palisade",
            "/.palisade/",
            "/.palisade/health",
            "/.palisade/x",
        ] {
            assert!(is_own(own), "{own}");
        }
        for apps in [
            "/",
            "/.palisades",
            "/x/.palisade/health",
            "/.palisad",
            "/.Palisade/health",
        ] {
            assert!(!is_own(apps), "{apps}");
        }
    }
}
