//! A whole gateway in the test's own process, on free ports, with a data directory of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use palisade_kernel::{Ban, Clock, Random, SystemClock, SystemRandom};
use palisade_server::config::{self, Mistakes, Overrides, Sources};
use palisade_server::data_directory::{self, DataDirectory, Purpose};
use palisade_server::gateway::{BanError, Gateway, Outputs, Reloaded};
use palisade_server::logging::LogLevel;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::client::Client;
use crate::http2_client::Http2Client;
use crate::log::Log;
use crate::patience::{PATIENCE, eventually};
use crate::wire::Message;

/// Stopped, and found free of panics, when it is dropped.
pub(crate) struct TestGateway {
    pub(crate) log: Log,
    gateway: Arc<Gateway>,
    runtime: Runtime,
    directory: TempDir,
}

impl TestGateway {
    /// In mode "plain", with `configuration` as its file.
    pub(crate) fn plain(configuration: &str) -> Self {
        Self::plain_while(configuration, |_| ())
    }

    /// As [`TestGateway::plain`], with these in the environment too.
    pub(crate) fn plain_in(configuration: &str, environment: &[(&str, &str)]) -> Self {
        let plain = ("PALISADE_LISTEN__MODE", "plain");
        Self::start(configuration, &[environment, &[plain]].concat(), |_| ())
    }

    /// As [`TestGateway::plain`]; `meanwhile` gets the file when it has been read and nothing has
    /// started yet.
    pub(crate) fn plain_while(configuration: &str, meanwhile: impl FnOnce(&Path)) -> Self {
        Self::start(
            configuration,
            &[("PALISADE_LISTEN__MODE", "plain")],
            meanwhile,
        )
    }

    /// In mode "tls" with the development CA, unless the configuration names certificates.
    pub(crate) fn tls(configuration: &str) -> Self {
        let redirect = ("PALISADE_LISTEN__REDIRECT_ADDRESS", "127.0.0.1:0");
        Self::start(configuration, &[redirect], |_| ())
    }

    fn start(
        configuration: &str,
        environment: &[(&str, &str)],
        meanwhile: impl FnOnce(&Path),
    ) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("palisade.toml");
        fs::write(&file, configuration).unwrap();
        let overrides = Overrides {
            address: Some("127.0.0.1:0".to_owned()),
            admin_port: Some(0),
            ops_port: Some(0),
            data_directory: Some(directory.path().join("data")),
            ..Overrides::default()
        };
        let sources = Sources::new(Some(file.clone()), environment.iter().copied(), overrides);
        let loaded = config::load(&sources).unwrap_or_else(|mistakes| panic!("{mistakes}"));
        meanwhile(&file);
        let data = DataDirectory::open(&loaded.config.data.directory, Purpose::Serve).unwrap();
        let log = Log::default();
        let outputs = Outputs {
            access_log: Box::new(log.clone()),
            is_terminal: false,
            log_level: LogLevel::fixed(),
        };
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
        let random: Arc<dyn Random> = Arc::new(SystemRandom);
        let runtime = Runtime::new().unwrap();
        let starting = Gateway::start(sources, loaded, data, outputs, clock, random);
        let gateway = runtime.block_on(starting).unwrap();
        Self {
            log,
            gateway,
            runtime,
            directory,
        }
    }

    /// A new HTTP/1.1 connection to the public listener.
    pub(crate) fn client(&self) -> Client {
        match self.gateway.is_tls() {
            true => Client::tls(self.gateway.address(), &self.ca()),
            false => Client::plain(self.gateway.address()),
        }
    }

    pub(crate) fn http2_client(&self) -> Http2Client {
        Http2Client::connect(self.gateway.address(), &self.ca())
    }

    /// One `GET` over a connection of its own.
    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Message {
        self.client().get(path)
    }

    pub(crate) fn ca(&self) -> PathBuf {
        self.gateway.data().ca_certificate()
    }

    /// Writes `configuration` over the file, as an editor would.
    pub(crate) fn rewrite(&self, configuration: &str) {
        fs::write(self.file(), configuration).unwrap();
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.directory.path().join("palisade.toml")
    }

    pub(crate) fn reload(&self) -> Result<Reloaded, Mistakes> {
        self.runtime.block_on(self.gateway.reload())
    }

    pub(crate) fn put_ban(&self, ban: Ban) -> Result<(), BanError> {
        self.runtime.block_on(self.gateway.ban(ban))
    }

    pub(crate) fn take_ban(&self, network: &str) -> Result<Option<Ban>, BanError> {
        let network = network.parse().unwrap();
        self.runtime.block_on(self.gateway.unban(network))
    }

    /// Asks the admin socket.
    pub(crate) fn admin(&self, path: &str) -> Message {
        Client::unix(&data_directory::socket(self.gateway.data().path())).get(path)
    }

    /// The page that Prometheus scrapes.
    pub(crate) fn metrics(&self) -> String {
        Client::plain(self.gateway.ops_address())
            .get("/metrics")
            .text()
    }

    /// The value of one sample, named with its labels as it is printed.
    #[track_caller]
    pub(crate) fn metric(&self, sample: &str) -> u64 {
        sample_of(&self.metrics(), sample)
    }

    /// Waits until a sample has this value: what ends with a request or a connection is counted
    /// a moment after the client has seen the end.
    #[track_caller]
    pub(crate) fn await_metric(&self, sample: &str, value: u64) {
        eventually(sample, || (self.metric(sample) == value).then_some(()));
    }
}

/// Reads `name{labels} value` off a page of metrics.
#[track_caller]
pub(crate) fn sample_of(page: &str, sample: &str) -> u64 {
    let value = page
        .lines()
        .find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '));
    let value = value.unwrap_or_else(|| panic!("no sample {sample}: {page}"));
    value.parse().unwrap()
}

impl std::ops::Deref for TestGateway {
    type Target = Gateway;

    fn deref(&self) -> &Gateway {
        &self.gateway
    }
}

impl Drop for TestGateway {
    fn drop(&mut self) {
        let failed = std::thread::panicking();
        if !failed {
            assert_eq!(self.metric("palisade_panics_total"), 0);
        }
        let stopping = async { tokio::time::timeout(PATIENCE, self.gateway.stop()).await };
        let stopped = self.runtime.block_on(stopping);
        assert!(failed || stopped.is_ok(), "the gateway does not stop");
    }
}
