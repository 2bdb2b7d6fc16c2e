//! From an accepted request to the app's response: what crosses, and in which form.

mod singletons;
mod tunnel;

use std::sync::Arc;
use std::time::Duration;

use http::header::{COOKIE, HOST, HeaderMap, HeaderName, HeaderValue, TE, VIA};
use http::uri::{PathAndQuery, Uri};
use http::{Request, Response, StatusCode, Version, header};
use palisade_kernel::{Clock, ControlId, Problem};

use crate::body::Body;
use crate::control::Finding;
use crate::exchange::{Arrival, Exchange};
use crate::field_list;
use crate::flags;
use crate::forwarded;
use crate::hop_by_hop;
use crate::node::Place;
use crate::upstream::{Served, Upstream, UpstreamErrorKind};

pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

pub(crate) async fn forward(
    exchange: &mut Exchange,
    mut request: Request<Body>,
    upstream: &dyn Upstream,
    clock: &dyn Clock,
) -> Result<Response<Body>, &'static Problem> {
    let upgrade = Upgrade::asked_by(&mut request);
    prepare(
        exchange,
        &mut request,
        upgrade.as_ref().map(|upgrade| &upgrade.protocol),
    )?;
    let answer = upstream.send(request).await;
    exchange.upstream_time = Some(clock.monotonic().saturating_sub(exchange.arrival.started));
    let mut response = match answer {
        Ok(response) => response,
        Err(error) => {
            let problem = problem(error.kind);
            exchange.failure = Some(error);
            return Err(problem);
        }
    };
    let served = response.extensions_mut().remove::<Served>();
    exchange.upstream_attempts = served.map_or(1, |served| served.attempts);
    exchange.upstream_status = Some(response.status().as_u16());
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        return match (upgrade, served) {
            (Some(upgrade), Some(served)) if upgrade.offered(response.headers()) => {
                Ok(upgrade.join(response, served.stream_idle_timeout))
            }
            _ => Err(&Problem::UPSTREAM_INVALID),
        };
    }
    if !hop_by_hop::is_coded_readably(response.headers()) {
        return Err(&Problem::UPSTREAM_INVALID);
    }
    if response.headers().contains_key(header::TRANSFER_ENCODING) {
        // RFC 9112 section 6.3: the coding overrides the length, which an app that sends both
        // has made up.
        response.headers_mut().remove(header::CONTENT_LENGTH);
    }
    hop_by_hop::strip(response.headers_mut());
    if singletons::keep_first(response.headers_mut()) {
        exchange.record(ControlId::EdgeHeaders, Finding::Amended);
    }
    // The next hop's version is hyper's to write, not the app's to choose.
    *response.version_mut() = Version::HTTP_11;
    Ok(response)
}

/// Makes of the client's request the one that the app is to receive.
fn prepare(
    exchange: &Exchange,
    request: &mut Request<Body>,
    upgrade: Option<&HeaderValue>,
) -> Result<(), &'static Problem> {
    let authority = request
        .uri()
        .authority()
        .map(|authority| authority.as_str().to_owned());
    *request.uri_mut() = origin_form(request.uri())?;
    *request.version_mut() = Version::HTTP_11;
    let headers = request.headers_mut();
    if !hop_by_hop::is_coded_readably(headers) {
        return Err(&Problem::TRANSFER_CODING_NOT_SUPPORTED);
    }
    let trailers = hop_by_hop::strip(headers);
    // `Expect: 100-continue` crosses: the app may refuse an upload before it begins, and the
    // client hears `100` when the app's connection takes the body (RFC 9110 section 10.1.1).
    if let (Some(authority), false) = (authority, headers.contains_key(HOST)) {
        let host = HeaderValue::try_from(authority).map_err(|_| &Problem::BAD_REQUEST)?;
        headers.insert(HOST, host);
    }
    join_cookies(headers);
    let host = headers.get(HOST).cloned();
    let Arrival { client, scheme, .. } = &exchange.arrival;
    forwarded::rewrite(headers, client, *scheme, host.as_ref());
    headers.insert(REQUEST_ID, exchange.id_header.clone());
    if let Some(flags) = &exchange.flags_field {
        headers.insert(flags::FIELD, flags.clone());
    }
    headers.append(VIA, HeaderValue::from_static(via(exchange.version)));
    if trailers {
        headers.insert(TE, HeaderValue::from_static("trailers"));
    }
    if let Some(protocol) = upgrade {
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(header::UPGRADE, protocol.clone());
    }
    Ok(())
}

/// RFC 9110 section 7.6.3: the version in which the message was received, and who received it.
const fn via(received: Version) -> &'static str {
    match received {
        Version::HTTP_2 => "2 palisade",
        Version::HTTP_10 => "1.0 palisade",
        _ => "1.1 palisade",
    }
}

/// RFC 9112 section 3.2.1. `OPTIONS *` keeps its asterisk.
fn origin_form(uri: &Uri) -> Result<Uri, &'static Problem> {
    if uri.authority().is_none() {
        return Ok(uri.clone());
    }
    let path = uri
        .path_and_query()
        .cloned()
        .unwrap_or(PathAndQuery::from_static("/"));
    let mut parts = http::uri::Parts::default();
    parts.path_and_query = Some(path);
    Uri::from_parts(parts).map_err(|_| &Problem::BAD_REQUEST)
}

/// HTTP/2 may split `Cookie` into crumbs; HTTP/1.1 knows one (RFC 9113 section 8.2.3).
fn join_cookies(headers: &mut HeaderMap) {
    let mut crumbs = headers.get_all(COOKIE).iter();
    if crumbs.next().is_none() || crumbs.next().is_none() {
        return;
    }
    let crumbs: Vec<&[u8]> = headers
        .get_all(COOKIE)
        .iter()
        .map(HeaderValue::as_bytes)
        .collect();
    if let Ok(joined) = HeaderValue::from_bytes(&crumbs.join(&b"; "[..])) {
        headers.insert(COOKIE, joined);
    }
}

/// A wish to leave HTTP, held until the app has agreed.
struct Upgrade {
    protocol: HeaderValue,
    client: hyper::upgrade::OnUpgrade,
    /// The connection's place among those the node allows, kept while the tunnel is open and the
    /// node does not drain.
    place: Option<Arc<Place>>,
}

impl Upgrade {
    fn asked_by(request: &mut Request<Body>) -> Option<Self> {
        if !request.headers().contains_key(header::UPGRADE) {
            return None;
        }
        let client = request
            .extensions_mut()
            .remove::<hyper::upgrade::OnUpgrade>()?;
        let (parts, body) = std::mem::take(request).into_parts();
        let protocol = hop_by_hop::requested_upgrade(&parts);
        *request = Request::from_parts(parts, body);
        let place = request.extensions_mut().remove::<Arc<Place>>();
        Some(Self {
            protocol: protocol?,
            client,
            place,
        })
    }

    /// Whether the client has offered what the app switches to (RFC 9110 section 7.8). Names count
    /// in any case; an app that names none has taken the only offer.
    fn offered(&self, answer: &HeaderMap) -> bool {
        let offers = || self.protocol.as_bytes().split(|byte| *byte == b',');
        let mut chosen = field_list::elements(answer, &header::UPGRADE);
        chosen.all(|chosen| offers().any(|offer| offer.trim_ascii().eq_ignore_ascii_case(chosen)))
    }

    /// Answers `101` and lets the bytes flow both ways.
    fn join(self, mut response: Response<Body>, idle_max: Duration) -> Response<Body> {
        let app = hyper::upgrade::on(&mut response);
        let draining = async move {
            match self.place {
                Some(place) => place.draining().await,
                None => std::future::pending().await,
            }
        };
        tokio::spawn(async move {
            let tunnel = tunnel::run(self.client, app, idle_max);
            tokio::pin!(tunnel);
            // A drain waits for whoever has a place. A tunnel would have it wait to the last.
            tokio::select! {
                () = tunnel.as_mut() => {}
                () = draining => tunnel.await,
            }
        });
        let agreed = response.headers().get(header::UPGRADE).cloned();
        hop_by_hop::strip(response.headers_mut());
        let headers = response.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(header::UPGRADE, agreed.unwrap_or(self.protocol));
        response.map(|_| Body::Empty)
    }
}

/// What the client is told. The cause stays with the exchange.
const fn problem(kind: UpstreamErrorKind) -> &'static Problem {
    match kind {
        UpstreamErrorKind::Unreachable => &Problem::UPSTREAM_UNREACHABLE,
        UpstreamErrorKind::Timeout => &Problem::UPSTREAM_TIMEOUT,
        UpstreamErrorKind::Invalid => &Problem::UPSTREAM_INVALID,
        UpstreamErrorKind::Busy => &Problem::UPSTREAM_BUSY,
        UpstreamErrorKind::Suspended => &Problem::UPSTREAM_SUSPENDED,
        UpstreamErrorKind::ClientBody => &Problem::BAD_REQUEST,
        UpstreamErrorKind::ClientTimeout => &Problem::REQUEST_TIMEOUT,
    }
}
