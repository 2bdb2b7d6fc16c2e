//! Socket addresses to listen on, networks in CIDR notation, and proxies by network or by name.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;
use palisade_edge::publisher::Publisher;

use super::{Complaint, Form, Kind};
use crate::config::nearest::nearest;
use crate::config::tree::{Data, Value};

/// An IP address and port. With `loopback_because`, others than loopback are refused, with that
/// reason.
pub(in crate::config) struct Address {
    /// A good value; a message completes a port or an address with its other half.
    pub(in crate::config) example: &'static str,
    pub(in crate::config) loopback_because: Option<&'static str>,
}

impl Kind for Address {
    type Output = SocketAddr;

    fn read(&self, value: &Value) -> Result<SocketAddr, Vec<Complaint>> {
        let complaint = Complaint::new(&self.form(), value);
        let text = match &value.data {
            Data::Text(text) => text.clone(),
            Data::Integer(number) => number.to_string(),
            _ => return Err(vec![complaint]),
        };
        match (text.parse::<SocketAddr>(), self.loopback_because) {
            (Ok(address), Some(reason)) if !address.ip().is_loopback() => {
                Err(vec![complaint.with_help(reason)])
            }
            (Ok(address), _) => Ok(address),
            (Err(_), _) => Err(vec![match self.suggestion(&text) {
                Some(suggestion) => complaint.with_help(format!("write \"{suggestion}\"")),
                None => complaint,
            }]),
        }
    }

    fn form(&self) -> Form {
        let loopback = if self.loopback_because.is_some() {
            "a loopback"
        } else {
            "an IP"
        };
        let expected = format!("{loopback} address and port such as \"{}\"", self.example);
        Form::Text {
            expected,
            pattern: Some("^.+:[0-9]+$"),
        }
    }
}

impl Address {
    /// What was probably meant by `:80`, `80`, `localhost:80` or an address without port.
    fn suggestion(&self, text: &str) -> Option<String> {
        let mut example: SocketAddr = self.example.parse().ok()?;
        if let Ok(address) = text.parse::<IpAddr>() {
            example.set_ip(address);
            return Some(example.to_string());
        }
        let (host, port) = text.rsplit_once(':').unwrap_or(("", text));
        example.set_port(port.parse().ok()?);
        match host {
            "" | "*" => Some(example.to_string()),
            "localhost" => Some(format!("127.0.0.1:{}", example.port())),
            _ => None,
        }
    }
}

/// Proxies: a network, or the name of those who publish theirs.
pub(in crate::config) struct Proxies;

/// See [`Proxies`]. Displays as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrustedProxy {
    Network(IpNet),
    Publisher(Publisher),
}

impl TrustedProxy {
    pub fn networks(self) -> Vec<IpNet> {
        match self {
            Self::Network(network) => vec![network],
            Self::Publisher(publisher) => publisher.networks().collect(),
        }
    }
}

impl std::fmt::Display for TrustedProxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Network(network) => network.fmt(f),
            Self::Publisher(publisher) => publisher.fmt(f),
        }
    }
}

impl Kind for Proxies {
    type Output = TrustedProxy;

    fn read(&self, value: &Value) -> Result<TrustedProxy, Vec<Complaint>> {
        let Data::Text(text) = &value.data else {
            return Err(vec![Complaint::new(&self.form(), value)]);
        };
        let mut publishers = Publisher::ALL.into_iter();
        if let Some(publisher) = publishers.find(|publisher| publisher.name() == text) {
            return Ok(TrustedProxy::Publisher(publisher));
        }
        let network = Network.read(value).map(TrustedProxy::Network);
        network.map_err(|mut complaints| {
            let names = || Publisher::ALL.into_iter().map(Publisher::name);
            for complaint in &mut complaints {
                complaint.expected = self.form().to_string();
                complaint.nearest = nearest(text, names()).map(|name| format!("\"{name}\""));
                if complaint.help.is_none() {
                    let names: Vec<_> = names().collect();
                    complaint.help = Some(format!("names are {}", names.join(", ")));
                }
            }
            complaints
        })
    }

    fn form(&self) -> Form {
        Form::Text {
            expected: "a network such as \"10.0.0.0/8\", or a name such as \"cloudflare\""
                .to_owned(),
            pattern: None,
        }
    }
}

/// A network such as `10.0.0.0/8`; a bare address is the network of itself.
pub(in crate::config) struct Network;

impl Kind for Network {
    type Output = IpNet;

    fn read(&self, value: &Value) -> Result<IpNet, Vec<Complaint>> {
        let complaint = Complaint::new(&self.form(), value);
        let Data::Text(text) = &value.data else {
            return Err(vec![complaint]);
        };
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(address.into());
        }
        match text.parse::<IpNet>() {
            Ok(network) if network.addr() == network.network() => Ok(network),
            Ok(network) => {
                let help = format!(
                    "bits are set behind the prefix; write \"{}\"",
                    network.trunc()
                );
                Err(vec![complaint.with_help(help)])
            }
            Err(_) => Err(vec![complaint]),
        }
    }

    fn form(&self) -> Form {
        Form::Text {
            expected: "a network such as \"10.0.0.0/8\"".to_owned(),
            pattern: None,
        }
    }
}
