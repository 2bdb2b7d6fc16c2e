//! Starting and stopping it all. Palisade starts first: what it answers while the app is down is
//! measured before the app is there.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use data_encoding::HEXLOWER;
use palisade_kernel::{Clock, Random};
use thiserror::Error;

use super::client;
use super::configuration::{self, LogForm, Places};
use super::ports::{self, Port, PortError, Reservation};
use super::report::{HoleReport, Report, RowReport};
use super::rows::{AppState, HOLES, ROWS};
use super::side::Side;
use crate::config::log::Level;
use crate::config::{self, Loaded, Mistakes, Sources};
use crate::data_directory::{DataDirectory, DataDirectoryError, Purpose};
use crate::gateway::{self, Gateway, Outputs};

/// The app signs its tokens with a secret of this many random bytes.
const SECRET_KEY_BYTES: usize = 32;

/// What the command line says. Port 0 lets the system choose.
#[derive(Clone, Debug)]
pub struct Options {
    pub app_port: u16,
    /// The origin of the payment provider's and the analytics server's stand-in; `None` takes the
    /// port after the app's.
    pub third_party_port: Option<u16>,
    pub port: u16,
    pub redirect_port: u16,
    pub admin_port: u16,
    pub ops_port: u16,
    pub data_directory: PathBuf,
    /// The app repairs what only code can repair.
    pub fixed: bool,
    pub log: LogForm,
}

/// A running demo.
pub struct Demo {
    gateway: Arc<Gateway>,
    app: demo_app::Running,
    report: Report,
    log_level: Level,
}

#[derive(Debug, Error)]
pub enum StartError {
    #[error(transparent)]
    Ports(#[from] PortError),
    #[error(
        "--app-port 65535 leaves no next port for the third parties: name one with --third-party-port"
    )]
    NoNextPort,
    #[error("a reserved port has no address: {0}. Try again")]
    Address(std::io::Error),
    #[error(transparent)]
    DataDirectory(#[from] DataDirectoryError),
    #[error("{path} cannot be written: {cause}. Choose another place with --data-dir")]
    Configuration {
        path: PathBuf,
        cause: std::io::Error,
    },
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
    #[error(
        "the environment opens {0} to the network, and the app behind it is weak on purpose: \
         unset the PALISADE_ variable that does so"
    )]
    Exposed(SocketAddr),
    #[error(transparent)]
    Gateway(#[from] gateway::StartError),
    #[error(
        "the development CA in {path} cannot be read: {cause}. Remove the directory, or choose another with --data-dir"
    )]
    Ca {
        path: PathBuf,
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error("the demo app does not start: {0:#}")]
    App(anyhow::Error),
}

/// Starts everything on 127.0.0.1 and measures both sides. `environment` acts on the gateway as
/// it does on every other.
pub async fn start(
    options: Options,
    environment: &[(OsString, OsString)],
    outputs: Outputs,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
) -> Result<Demo, StartError> {
    let secret_key = secret(random.as_ref());
    let [app_port, third_party_port, ..] = ports::reserve(wanted(&options)?)?;
    let address = |port: &Reservation| port.address().map_err(StartError::Address);
    let (app_address, third_party_address) = (address(&app_port)?, address(&third_party_port)?);

    let data = DataDirectory::open(&options.data_directory, Purpose::Demo)?;
    let ca_file = data.ca_certificate();
    let (sources, loaded) = configure(&options, app_address, &data, environment)?;
    let log_level = loaded.config.log.level;
    let gateway = Gateway::start(sources, loaded, data, outputs, clock, random).await?;

    let sides = Sides::new(app_address, &gateway, ca_file)?;
    let mut rows = sides.ask(AppState::Down).await;
    let app = demo_app::start(demo_app::Options {
        address: app_address,
        third_party_address,
        secret_key,
        fixed: options.fixed,
        public_origin: None,
    })
    .await
    .map_err(StartError::App)?;
    // Held until now, so that nobody else could take the ports in between.
    drop((app_port, third_party_port));
    // Before the rows, one of which spends the logins that a client has.
    let still_open = sides.ask_holes().await;
    rows.extend(sides.ask(AppState::Up).await);
    rows.sort_by_key(|(place, _)| *place);
    let report = Report {
        rows: rows.into_iter().map(|(_, row)| row).collect(),
        still_open,
    };
    Ok(Demo {
        gateway,
        app,
        report,
        log_level,
    })
}

/// The gateway's configuration, which keeps the weak app on this machine.
fn configure(
    options: &Options,
    app: SocketAddr,
    data: &DataDirectory,
    environment: &[(OsString, OsString)],
) -> Result<(Sources, Loaded), StartError> {
    let places = Places {
        app,
        port: options.port,
        redirect_port: options.redirect_port,
        admin_port: options.admin_port,
        ops_port: options.ops_port,
    };
    let sources =
        configuration::write(data, &places, options.log, environment).map_err(|cause| {
            let path = configuration::path(data);
            StartError::Configuration { path, cause }
        })?;
    let loaded = config::load(&sources)?;
    match configuration::exposed(&loaded.config) {
        Some(address) => Err(StartError::Exposed(address)),
        None => Ok((sources, loaded)),
    }
}

/// The two columns of the table.
struct Sides {
    alone: Side,
    behind: Side,
}

impl Sides {
    fn new(app: SocketAddr, gateway: &Gateway, ca_file: PathBuf) -> Result<Self, StartError> {
        let trust = client::trust(&ca_file).map_err(|cause| StartError::Ca {
            path: ca_file,
            cause,
        })?;
        Ok(Self {
            alone: Side::app_alone(app, trust.clone()),
            behind: Side::behind(gateway, trust),
        })
    }

    /// The rows of one state of the app, each with its place in the list.
    async fn ask(&self, state: AppState) -> Vec<(usize, RowReport)> {
        let mut rows = Vec::new();
        for (place, row) in ROWS.iter().enumerate() {
            if row.app == state {
                rows.push((place, row.ask(&self.alone, &self.behind).await));
            }
        }
        rows
    }

    async fn ask_holes(&self) -> Vec<HoleReport> {
        let mut holes = Vec::new();
        for hole in HOLES {
            holes.push(hole.ask(&self.alone, &self.behind).await);
        }
        holes
    }
}

fn wanted(options: &Options) -> Result<[Port; 6], StartError> {
    let third_party_port = match (options.third_party_port, options.app_port) {
        (Some(port), _) => port,
        (None, 0) => 0,
        (None, app) => app.checked_add(1).ok_or(StartError::NoNextPort)?,
    };
    let port = |number, what, flag| Port { number, what, flag };
    Ok([
        port(options.app_port, "the weak app", "--app-port"),
        port(third_party_port, "its third parties", "--third-party-port"),
        port(options.port, "Palisade", "--port"),
        port(
            options.redirect_port,
            "the redirect to HTTPS",
            "--redirect-port",
        ),
        port(options.admin_port, "admin", "--admin-port"),
        port(options.ops_port, "health and metrics", "--ops-port"),
    ])
}

/// A secret for one run, in hexadecimal.
fn secret(random: &dyn Random) -> String {
    let mut bytes = [0; SECRET_KEY_BYTES];
    random.fill(&mut bytes);
    HEXLOWER.encode(&bytes)
}

impl Demo {
    pub const fn report(&self) -> &Report {
        &self.report
    }

    pub const fn gateway(&self) -> &Arc<Gateway> {
        &self.gateway
    }

    /// What the configuration says about messages.
    pub const fn log_level(&self) -> Level {
        self.log_level
    }

    /// Where the app answers without Palisade, for example `http://127.0.0.1:3000`.
    pub fn app_origin(&self) -> String {
        format!("http://{}", self.app.address)
    }

    /// Ends both; open streams end with the app, so that neither waits for the other.
    pub async fn stop(self) -> anyhow::Result<()> {
        let ((), stopped) = tokio::join!(self.gateway.stop(), self.app.shutdown());
        stopped
    }
}
