//! `/.palisade/whoami`: who Palisade takes somebody for, and why. For operators who set up the
//! proxies in front; to everybody else there is nothing at this address.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, Response, request};
use palisade_kernel::Problem;
use serde_json::{Value, json};

use crate::body::Body;
use crate::client_address::{Belief, ChainField, Trust};
use crate::exchange::Exchange;
use crate::forwarded;
use crate::listen::connection::TlsVersion;
use crate::network_set::NetworkSet;

/// Fields that are shown, and bytes of each value.
const FIELDS_MAX: usize = 32;
const VALUE_BYTES_MAX: usize = 512;

pub(crate) struct Whoami {
    allow: NetworkSet,
    chain: ChainField,
}

impl Whoami {
    pub(crate) fn new(allow: NetworkSet, trust: &Trust) -> Self {
        Self {
            allow,
            chain: trust.chain,
        }
    }

    /// An address that many share lets nobody in.
    pub(crate) fn answer(
        &self,
        exchange: &Exchange,
        head: &request::Parts,
    ) -> Result<Response<Body>, &'static Problem> {
        let client = exchange.arrival.client;
        if !client.belief.is_believable() || !self.allow.contains(client.ip) {
            return Err(&Problem::NOT_FOUND);
        }
        if !matches!(head.method, Method::GET | Method::HEAD) {
            return Err(&Problem::METHOD_NOT_ALLOWED);
        }
        let body = format!("{:#}\n", self.describe(exchange, &head.headers));
        let mut response = Response::new(Body::Full(Bytes::from(body)));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Ok(response)
    }

    fn describe(&self, exchange: &Exchange, headers: &HeaderMap) -> Value {
        let arrival = &exchange.arrival;
        let client = &arrival.client;
        let tls = arrival.peer.tls.as_ref();
        json!({
            "address": client.ip.to_string(),
            "belief": client.belief.as_str(),
            "explanation": explanation(client.belief),
            "peer": arrival.peer.address.ip().to_canonical().to_string(),
            "by_proxy_protocol": arrival.peer.proxied.map(|address| address.ip().to_canonical().to_string()),
            "scheme": arrival.scheme.as_str(),
            "host": exchange.host,
            "http": format!("{:?}", exchange.version),
            "tls": tls.map(|tls| match tls.version {
                TlsVersion::Tls12 => "1.2",
                TlsVersion::Tls13 => "1.3",
            }),
            "server_name": tls.and_then(|tls| tls.sni.as_deref()),
            "headers": self.fields(client.belief, headers),
        })
    }

    /// What the request says of its client, and whether it was listened to.
    fn fields(&self, belief: Belief, headers: &HeaderMap) -> Vec<Value> {
        let read: &[&str] = match self.chain {
            ChainField::XForwardedFor => &["x-forwarded-for", "x-forwarded-proto"],
            ChainField::Forwarded => &["forwarded"],
        };
        let is_heard = |name: &str| belief.is_by_trusted_proxy() && read.contains(&name);
        let claims = headers.iter().filter(|(name, _)| forwarded::is_claim(name));
        let field = |(name, value): (&http::HeaderName, &HeaderValue)| {
            let bytes = value.as_bytes();
            let shown = bytes.get(..VALUE_BYTES_MAX).unwrap_or(bytes);
            json!({
                "name": name.as_str(),
                "value": String::from_utf8_lossy(shown),
                "heard": is_heard(name.as_str()),
            })
        };
        claims.take(FIELDS_MAX).map(field).collect()
    }
}

const fn explanation(belief: Belief) -> &'static str {
    match belief {
        Belief::Direct => "You are who connects: no trusted proxy stands between.",
        Belief::Claiming => {
            "You are who connects. Your request names another address, which is ignored, since who \
             connects is not in listen.trusted_proxies."
        }
        Belief::Forwarded => "A trusted proxy wrote down your address.",
        Belief::NothingSaid => "A trusted proxy connects and does not say for whom.",
        Belief::Garbled => "A trusted proxy connects, and what it says cannot be read.",
        Belief::UnlistedProxy => {
            "Who connects names another address and looks like a proxy that is not in \
             listen.trusted_proxies."
        }
        Belief::UnlistedHop => {
            "A trusted proxy wrote down the address of what looks like a proxy that is not in \
             listen.trusted_proxies."
        }
    }
}
