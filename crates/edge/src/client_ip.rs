//! `edge.client-ip`: whose request it is. The first step of the stack, since whatever hangs on an
//! address hangs on this one. It refuses nothing: it establishes a fact, and says how far it can
//! be believed.
//!
//! The walk over what trusted proxies wrote is [`crate::client_address`]. Here stands what one
//! request cannot show: that an address belongs to a proxy which nobody listed. Such an address
//! is a crowd's, so that banning it or counting against it would shut out everybody.

mod proof;
mod reach;
mod watch;
mod whoami;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http::request;
use palisade_kernel::{ControlId, Mode};

use crate::client_address::{self, Belief, ClientAddress, Trust};
use crate::control::{Control, RequestControl, Verdict};
use crate::exchange::Exchange;
use crate::network_set::NetworkSet;
use crate::proof::Sample;
use crate::publisher::Publishers;
use crate::state::State;

pub use watch::{Proxy, UNLISTED_MAX, Unlisted, Watch};
pub(crate) use whoami::Whoami;

/// What the policy says beside [`Trust`].
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether the trusted proxies are all that there are. Then whoever is not among them is a
    /// client, whatever it sends.
    pub is_complete: bool,
    /// Who may ask `/.palisade/whoami`.
    pub whoami_allow: NetworkSet,
    pub publishers: Arc<Publishers>,
}

/// Nobody has said what stands in front, and nobody may ask.
impl Default for Options {
    fn default() -> Self {
        Self {
            is_complete: false,
            whoami_allow: NetworkSet::default(),
            publishers: Arc::new(Publishers::shipped()),
        }
    }
}

/// Why an address is not believable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Doubt {
    /// A trusted proxy said nothing: [`Belief::NothingSaid`].
    NothingSaid,
    /// A trusted proxy said something unreadable: [`Belief::Garbled`].
    Garbled,
    /// A private address that names somebody else.
    PrivateNetwork,
    /// An address of a known proxy's that names somebody else.
    PublishedNetwork,
    /// A public address that names somebody else, as does everybody who reaches this node.
    EverybodyClaims,
}

impl Doubt {
    pub const ALL: [Self; 5] = [
        Self::NothingSaid,
        Self::Garbled,
        Self::PrivateNetwork,
        Self::PublishedNetwork,
        Self::EverybodyClaims,
    ];

    /// For the metric's label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NothingSaid => "nothing-said",
            Self::Garbled => "garbled",
            Self::PrivateNetwork => "private-network",
            Self::PublishedNetwork => "published-network",
            Self::EverybodyClaims => "everybody-claims",
        }
    }
}

/// The control, ready to act.
pub(crate) struct ClientIp {
    trust: Trust,
    options: Options,
}

impl ClientIp {
    pub(crate) fn new(trust: Trust, options: Options) -> Self {
        Self { trust, options }
    }

    /// Why `client` cannot be believed, and whose address it probably is.
    fn doubt(
        &self,
        client: &ClientAddress,
        head: &request::Parts,
        state: &State,
        now: Duration,
    ) -> Option<(Doubt, Option<Proxy>)> {
        match client.belief {
            Belief::NothingSaid => Some((Doubt::NothingSaid, None)),
            Belief::Garbled => Some((Doubt::Garbled, None)),
            Belief::Direct => {
                if self.may_be_anybodys() && !is_private(client.ip) {
                    state.client_ip.reach.note_visitor(client.ip, now);
                }
                None
            }
            _ if self.options.is_complete => None,
            Belief::Forwarded if !client_address::says_more(&head.headers, &self.trust) => None,
            Belief::Claiming | Belief::Forwarded => {
                let by_place = self.unlisted(client.ip);
                by_place.or_else(|| self.everybody_claims(client, state, now))
            }
            Belief::UnlistedProxy | Belief::UnlistedHop => None,
        }
    }

    /// By where the address lies, which nobody can choose by what he sends.
    fn unlisted(&self, ip: IpAddr) -> Option<(Doubt, Option<Proxy>)> {
        if is_private(ip) {
            return Some((Doubt::PrivateNetwork, Some(Proxy::Address(ip))));
        }
        let publisher = self.options.publishers.of(ip)?;
        Some((Doubt::PublishedNetwork, Some(Proxy::Publisher(publisher))))
    }

    /// By what others do, which no client has in hand either.
    fn everybody_claims(
        &self,
        client: &ClientAddress,
        state: &State,
        now: Duration,
    ) -> Option<(Doubt, Option<Proxy>)> {
        if client.belief != Belief::Claiming || !self.may_be_anybodys() {
            return None;
        }
        let everybody = state.client_ip.reach.note_claim(client.ip, now);
        everybody.then_some((Doubt::EverybodyClaims, Some(Proxy::Address(client.ip))))
    }

    /// Whether the operator has said nothing at all about what stands in front.
    fn may_be_anybodys(&self) -> bool {
        !self.options.is_complete && self.trust.proxies.is_empty()
    }
}

impl Control for ClientIp {
    fn id(&self) -> ControlId {
        ControlId::EdgeClientIp
    }

    /// Without it nothing else could be decided: it has no switch.
    fn mode(&self) -> Mode {
        Mode::Enforce
    }

    fn samples(&self) -> Vec<Sample> {
        proof::samples(self)
    }
}

impl RequestControl for ClientIp {
    fn check(&self, exchange: &mut Exchange, head: &request::Parts, state: &State) -> Verdict {
        let arrival = &mut exchange.arrival;
        let mut client = client_address::believed(arrival.peer.ip(), &head.headers, &self.trust);
        if let Some((doubt, proxy)) = self.doubt(&client, head, state, arrival.started) {
            client.belief = match client.belief {
                Belief::Claiming => Belief::UnlistedProxy,
                Belief::Forwarded => Belief::UnlistedHop,
                known => known,
            };
            state.client_ip.note(doubt, proxy, client.ip, arrival);
        }
        arrival.scheme = client.scheme.unwrap_or(arrival.scheme);
        arrival.client = client;
        Verdict::Pass
    }
}

/// Addresses that no stranger can connect from: loopback, private networks (RFC 1918, RFC 4193),
/// link-local ones, and those that carriers share among their customers (RFC 6598).
fn is_private(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            let is_shared = matches!(ip.octets(), [100, 64..=127, ..]);
            ip.is_loopback() || ip.is_private() || ip.is_link_local() || is_shared
        }
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests;
