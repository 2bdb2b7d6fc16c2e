//! One side of the table: the app alone, or the app behind Palisade.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use palisade_operate::maintenance::{MaintenanceAnswer, MaintenanceInput};
use rustls::ClientConfig;
use tokio::sync::OnceCell;

use super::client::{Answer, Client, ClientError};
use super::configuration::BALANCER;
use crate::cli::node_client;
use crate::gateway::Gateway;

/// An address for documentation (RFC 5737), so that nobody else is banned.
const SCANNER: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 66));

/// How requests reach one side.
pub(super) struct Side {
    /// Where a visitor goes.
    pub(super) web: Client,
    /// Where somebody ends who types the address without a scheme.
    pub(super) plain: Option<Client>,
    /// Where somebody goes who comes from elsewhere.
    pub(super) scanner: Client,
    /// The metrics, where there are some.
    pub(super) ops: Option<Client>,
    /// The data directory of the node, where there is one to give orders to.
    data_directory: Option<PathBuf>,
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
            scanner: Client::new(address, None),
            ops: None,
            data_directory: None,
            trust,
            login: OnceCell::new(),
        }
    }

    pub(super) fn behind(gateway: &Gateway, trust: Arc<ClientConfig>) -> Self {
        let tls = gateway.is_tls().then(|| trust.clone());
        Self {
            web: Client::new(gateway.address(), tls.clone()),
            scanner: Client::new(gateway.address(), tls).forwarded(BALANCER, SCANNER),
            ops: Some(Client::new(gateway.ops_address(), None)),
            data_directory: Some(gateway.data().path().to_owned()),
            plain: gateway
                .redirect_address()
                .map(|address| Client::new(address, None)),
            trust,
            login: OnceCell::new(),
        }
    }

    /// Shuts the app or opens it, as `palisade maintenance` does. An app alone has no such switch.
    pub(super) async fn shut(&self, on: bool) -> Result<(), ClientError> {
        let Some(directory) = self.data_directory.clone() else {
            return Ok(());
        };
        let order = move || {
            let input = MaintenanceInput {
                on,
                reason: Some("the demo tries the switch".to_owned()),
                ..MaintenanceInput::default()
            };
            node_client::change(&directory, "PUT", "/api/v1/maintenance", &input)
        };
        let taken = tokio::task::spawn_blocking(order).await;
        let taken = taken.map_err(|error| ClientError::Order(error.into()))?;
        let _: MaintenanceAnswer = taken.map_err(ClientError::Order)?;
        Ok(())
    }
}
