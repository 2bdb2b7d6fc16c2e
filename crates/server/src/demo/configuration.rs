//! The gateway's configuration: a file in the data directory, as an operator would write it.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use crate::config::{Config, Overrides, Sources};
use crate::data_directory::DataDirectory;

/// All of 127.0.0.0/8 is this machine, and no browser comes from this part of it.
pub(super) const BALANCER: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 66));

const FILE: &str = "palisade.toml";

/// The form of the access log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogForm {
    Human,
    Json,
    Off,
}

impl LogForm {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Json => "json",
            Self::Off => "off",
        }
    }
}

/// Where the parts of the demo are, in a gateway's eyes.
pub(super) struct Places {
    pub(super) app: SocketAddr,
    pub(super) port: u16,
    pub(super) redirect_port: u16,
    pub(super) admin_port: u16,
    pub(super) ops_port: u16,
}

/// Writes the file and names it as a source, below the environment as ever.
pub(super) fn write(
    data: &DataDirectory,
    places: &Places,
    log: LogForm,
    environment: &[(OsString, OsString)],
) -> io::Result<Sources> {
    let path = path(data);
    fs::write(&path, text(places, log))?;
    let environment = environment
        .iter()
        .map(|(name, value)| (name, value.clone()));
    // What the demo's own flags say, and where its secrets lie, the environment does not move.
    let overrides = Overrides {
        address: Some(loopback(places.port).to_string()),
        admin_port: Some(places.admin_port),
        ops_port: Some(places.ops_port),
        data_directory: Some(data.path().to_owned()),
        ..Overrides::default()
    };
    Ok(Sources::new(Some(path), environment, overrides))
}

pub(super) fn path(data: &DataDirectory) -> PathBuf {
    data.path().join(FILE)
}

fn text(places: &Places, log: LogForm) -> String {
    format!(
        "# Written anew at every start of `palisade demo`. While it runs, changes made here act\n\
         # within two seconds. Everything not named stands in its default; see\n\
         # `palisade config show -c <this file>`.\n\
         \n\
         [listen]\n\
         mode = \"tls\"\n\
         address = \"{}\"\n\
         redirect_address = \"{}\"\n\
         # Open streams must not hold up a demonstration's end.\n\
         drain = \"3s\"\n\
         # The scanner of the demonstration comes by way of a balancer at this address.\n\
         trusted_proxies = [\"{BALANCER}\"]\n\
         \n\
         [edge.client_ip]\n\
         # Nothing stands in front, so whoever forges an address is held to its own.\n\
         trusted_proxies_complete = true\n\
         \n\
         [log]\n\
         level = \"info\"\n\
         access = \"{}\"\n\
         \n\
         # In shadow until one knows what it would do; Proofsheet has nothing that it could hide.\n\
         [edge.honeypot]\n\
         mode = \"enforce\"\n\
         \n\
         # Proofsheet is used by pages of its own alone, and sends nobody elsewhere.\n\
         [edge.cross_site]\n\
         mode = \"enforce\"\n\
         \n\
         [edge.cors]\n\
         mode = \"enforce\"\n\
         \n\
         [edge.redirect]\n\
         mode = \"enforce\"\n\
         \n\
         [[upstreams]]\n\
         name = \"app\"\n\
         urls = [\"http://{}\"]\n",
        loopback(places.port),
        loopback(places.redirect_port),
        log.as_str(),
        places.app,
    )
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// The first address that others than this machine could reach. The weak app must stay unseen
/// from the network, whatever the environment says.
pub(super) fn exposed(config: &Config) -> Option<SocketAddr> {
    let listen = &config.listen;
    let addresses = [listen.address, config.admin.address, config.ops.address];
    let mut all = addresses.into_iter().chain(listen.redirect_address);
    all.find(|address| !address.ip().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use crate::data_directory::Purpose;

    fn load(environment: &[(&str, &str)]) -> Config {
        let directory = tempfile::tempdir().unwrap();
        let data = DataDirectory::open(&directory.path().join("demo"), Purpose::Demo).unwrap();
        let places = Places {
            app: loopback(3000),
            port: 8443,
            redirect_port: 8080,
            admin_port: 9443,
            ops_port: 9090,
        };
        let environment: Vec<(OsString, OsString)> = environment
            .iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        let sources = write(&data, &places, LogForm::Human, &environment).unwrap();
        config::load(&sources).unwrap().config
    }

    #[test]
    fn the_file_is_good_and_stays_on_this_machine() {
        assert_eq!(exposed(&load(&[])), None);
    }

    #[test]
    fn names_that_applications_share_do_not_bend_it() {
        let config = load(&[("PORT", "3000"), ("LOG_LEVEL", "debug")]);
        assert_eq!(config.listen.address, loopback(8443));
        assert_eq!(exposed(&config), None);
    }

    #[test]
    fn an_address_opened_by_the_environment_is_noticed() {
        let open = ("PALISADE_LISTEN__REDIRECT_ADDRESS", "0.0.0.0:8080");
        assert_eq!(
            exposed(&load(&[open])),
            Some("0.0.0.0:8080".parse().unwrap())
        );
    }

    #[test]
    fn controls_follow_the_environment_as_everywhere() {
        let config = load(&[("PALISADE_COMPRESSION__ENABLED", "false")]);
        assert!(!config.compression.enabled);
    }
}
