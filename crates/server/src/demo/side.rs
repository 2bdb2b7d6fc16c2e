//! One side of the table: the app alone, or the app behind Palisade.

use std::net::SocketAddr;
use std::sync::Arc;

use rustls::ClientConfig;
use tokio::sync::OnceCell;

use super::client::{Answer, Client};
use crate::gateway::Gateway;

/// How requests reach one side.
pub(super) struct Side {
    /// Where a visitor goes.
    pub(super) web: Client,
    /// Where somebody ends who types the address without a scheme.
    pub(super) plain: Option<Client>,
    /// What a TLS handshake trusts.
    pub(super) trust: Arc<ClientConfig>,
    /// The answer to the one login that the probes share: logins are limited.
    pub(super) login: OnceCell<Answer>,
}

impl Side {
    pub(super) fn app_alone(address: SocketAddr, trust: Arc<ClientConfig>) -> Self {
        Self {
            web: Client::new(address, None),
            plain: Some(Client::new(address, None)),
            trust,
            login: OnceCell::new(),
        }
    }

    pub(super) fn behind(gateway: &Gateway, trust: Arc<ClientConfig>) -> Self {
        let tls = gateway.is_tls().then(|| trust.clone());
        Self {
            web: Client::new(gateway.address(), tls),
            plain: gateway
                .redirect_address()
                .map(|address| Client::new(address, None)),
            trust,
            login: OnceCell::new(),
        }
    }
}
