//! Who the client is: the right-to-left walk over what trusted proxies wrote down.
//!
//! Each proxy appends the address that connected to it, so only the right end of the list was
//! written by someone we know; what stands left of the first untrusted address is the client's
//! own claim and is never looked at.

mod chain;
mod mask;

use std::net::IpAddr;

use http::HeaderMap;

use crate::forwarded;
use crate::network_set::NetworkSet;

pub use mask::mask;

/// List elements that are looked at. Real chains have fewer than five.
pub const HOPS_MAX: usize = 32;

/// Whose word is taken, and in which words.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    pub proxies: NetworkSet,
    pub chain: ChainField,
}

/// The field that the trusted proxies maintain. Only this one is ever read: a proxy that keeps
/// one of them passes the other on as the client sent it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChainField {
    /// `X-Forwarded-For` and `X-Forwarded-Proto`: nginx, HAProxy, every large cloud and CDN.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239), its `for` and `proto` parameters.
    Forwarded,
}

/// The client as far as it can be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress {
    /// IPv4 addresses in IPv6 clothes (`::ffff:192.0.2.1`) come as IPv4.
    pub ip: IpAddr,
    /// How the client reached the first trusted proxy, where a proxy said so.
    pub scheme: Option<Scheme>,
    pub belief: Belief,
}

/// What the address rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Belief {
    /// The peer is no trusted proxy: it is the client.
    Direct,
    /// As [`Belief::Direct`], though the peer names another address, as proxies and liars do. What
    /// it says does not count, and disarms nothing: a header must not be a way out of a limit.
    Claiming,
    /// A trusted proxy wrote the address down.
    Forwarded,
    /// A trusted proxy connected, but said nothing: the address is the proxy's own, and many
    /// clients may share it.
    NothingSaid,
    /// The list held something that is no address, or too many hops: the address is the last
    /// trusted proxy's before that, and many clients may share it.
    Garbled,
    /// The peer is not trusted, and in all likelihood a proxy that nobody listed: many clients
    /// share the address. Decided by [`crate::client_ip`].
    UnlistedProxy,
    /// A trusted proxy wrote down an address that in all likelihood is such a proxy's.
    UnlistedHop,
}

impl Belief {
    /// Whether the address stands for one client, so that limits and bans may hang on it.
    pub const fn is_believable(self) -> bool {
        matches!(self, Self::Direct | Self::Claiming | Self::Forwarded)
    }

    /// Whether the peer is a trusted proxy.
    pub const fn is_by_trusted_proxy(self) -> bool {
        match self {
            Self::Forwarded | Self::NothingSaid | Self::Garbled | Self::UnlistedHop => true,
            Self::Direct | Self::Claiming | Self::UnlistedProxy => false,
        }
    }

    /// For metrics and the access log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Claiming => "claiming",
            Self::Forwarded => "forwarded",
            Self::NothingSaid => "nothing-said",
            Self::Garbled => "garbled",
            Self::UnlistedProxy => "unlisted-proxy",
            Self::UnlistedHop => "unlisted-hop",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    Http,
    Https,
}

impl Scheme {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

/// Who sent a request. `peer` is who connected, by the socket or by a trusted PROXY protocol
/// header. It allocates nothing, and knows nothing of proxies that nobody listed.
pub fn believed(peer: IpAddr, headers: &HeaderMap, trust: &Trust) -> ClientAddress {
    let mut client = ClientAddress::of_peer(peer);
    if !trust.proxies.contains(client.ip) {
        if forwarded::name_an_address(headers) {
            client.belief = Belief::Claiming;
        }
        return client;
    }
    match trust.chain {
        ChainField::XForwardedFor => chain::walk_x_forwarded_for(&mut client, headers, trust),
        ChainField::Forwarded => chain::walk_forwarded(&mut client, headers, trust),
    }
    client
}

/// Whether the trusted proxies' list goes on, to the left of the client that was believed.
pub(crate) fn says_more(headers: &HeaderMap, trust: &Trust) -> bool {
    chain::goes_on(headers, trust)
}

impl ClientAddress {
    /// Who connected, when nothing else has been looked at.
    pub fn of_peer(peer: IpAddr) -> Self {
        Self {
            ip: peer.to_canonical(),
            scheme: None,
            belief: Belief::Direct,
        }
    }
}

#[cfg(test)]
mod tests;
