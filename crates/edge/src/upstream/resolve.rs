//! Names to addresses: on first use, and again every `dns_refresh`.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use arc_swap::ArcSwap;

pub(crate) type LookupFuture<'a> =
    Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'a>>;

/// Answers for names. Handed in, so that a test decides what DNS says.
pub(crate) trait Lookup: Send + Sync {
    fn lookup<'a>(&'a self, host: &'a str, port: u16) -> LookupFuture<'a>;
}

/// The operating system's resolver, on the runtime's blocking threads.
pub(crate) struct SystemLookup;

impl Lookup for SystemLookup {
    fn lookup<'a>(&'a self, host: &'a str, port: u16) -> LookupFuture<'a> {
        Box::pin(async move { Ok(tokio::net::lookup_host((host, port)).await?.collect()) })
    }
}

/// Addresses kept of one name's answer; a connect timeout divided further serves nobody.
const ADDRESSES_MAX: usize = 16;

/// What one instance's host resolves to.
pub(crate) struct Addresses {
    host: String,
    port: u16,
    /// An IP address in the URL never changes and never needs an answer.
    is_literal: bool,
    current: ArcSwap<Vec<SocketAddr>>,
    /// Counts the changes, so that a pooled connection finds out with one load that there was none.
    generation: AtomicU64,
    failing: AtomicBool,
}

impl Addresses {
    pub(crate) fn new(host: &str, port: u16) -> Self {
        let literal = host.parse::<IpAddr>().ok();
        let known = literal
            .map(|ip| SocketAddr::new(ip, port))
            .into_iter()
            .collect();
        Self {
            host: host.to_owned(),
            port,
            is_literal: literal.is_some(),
            current: ArcSwap::from_pointee(known),
            generation: AtomicU64::new(0),
            failing: AtomicBool::new(false),
        }
    }

    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    pub(crate) fn contains(&self, address: &SocketAddr) -> bool {
        self.current.load().contains(address)
    }

    /// The known addresses; asks `lookup` when there are none yet.
    pub(crate) async fn get(&self, lookup: &dyn Lookup) -> io::Result<Arc<Vec<SocketAddr>>> {
        if self.current.load().is_empty() {
            self.publish(self.ask(lookup).await?);
        }
        Ok(self.current.load_full())
    }

    /// Asks again. A name that no longer resolves keeps its last addresses: a DNS outage must not
    /// become an outage of the app.
    pub(crate) async fn refresh(&self, lookup: &dyn Lookup) {
        if self.is_literal {
            return;
        }
        match self.ask(lookup).await {
            Ok(addresses) => {
                self.publish(addresses);
                if self.failing.swap(false, Ordering::Relaxed) {
                    tracing::info!(host = %self.host, "the upstream host name resolves again");
                }
            }
            Err(error) => {
                if !self.failing.swap(true, Ordering::Relaxed) {
                    tracing::warn!(
                        host = %self.host, %error,
                        "the upstream host name does not resolve; its last addresses stay in use"
                    );
                }
            }
        }
    }

    async fn ask(&self, lookup: &dyn Lookup) -> io::Result<Vec<SocketAddr>> {
        let mut addresses = lookup.lookup(&self.host, self.port).await?;
        if addresses.is_empty() {
            let why = format!("{} resolves to no address", self.host);
            return Err(io::Error::new(io::ErrorKind::NotFound, why));
        }
        addresses.truncate(ADDRESSES_MAX);
        Ok(addresses)
    }

    fn publish(&self, addresses: Vec<SocketAddr>) {
        if **self.current.load() != addresses {
            self.current.store(Arc::new(addresses));
            self.generation.fetch_add(1, Ordering::Release);
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Mutex;

    use super::*;

    /// DNS that says what the test wants; no addresses means failure.
    #[derive(Default)]
    pub(crate) struct FixedLookup(pub(crate) Mutex<Vec<SocketAddr>>);

    impl Lookup for FixedLookup {
        fn lookup<'a>(&'a self, host: &'a str, _port: u16) -> LookupFuture<'a> {
            let answer = self.0.lock().unwrap().clone();
            Box::pin(async move {
                if answer.is_empty() {
                    return Err(io::Error::other(format!("no answer for {host}")));
                }
                Ok(answer)
            })
        }
    }

    fn address(port: u16) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    #[tokio::test]
    async fn a_name_is_asked_for_on_first_use() {
        let lookup = FixedLookup(Mutex::new(vec![address(1)]));
        let addresses = Addresses::new("app.test", 80);
        assert_eq!(*addresses.get(&lookup).await.unwrap(), [address(1)]);
    }

    #[tokio::test]
    async fn a_name_that_stops_resolving_keeps_its_addresses() {
        let lookup = FixedLookup(Mutex::new(vec![address(1)]));
        let addresses = Addresses::new("app.test", 80);
        addresses.refresh(&lookup).await;
        lookup.0.lock().unwrap().clear();
        addresses.refresh(&lookup).await;
        assert_eq!(*addresses.get(&lookup).await.unwrap(), [address(1)]);
    }

    #[tokio::test]
    async fn only_a_change_starts_a_new_generation() {
        let lookup = FixedLookup(Mutex::new(vec![address(1)]));
        let addresses = Addresses::new("app.test", 80);
        addresses.refresh(&lookup).await;
        let generation = addresses.generation();
        addresses.refresh(&lookup).await;
        assert_eq!(addresses.generation(), generation);
        *lookup.0.lock().unwrap() = vec![address(2)];
        addresses.refresh(&lookup).await;
        assert_ne!(addresses.generation(), generation);
        assert!(!addresses.contains(&address(1)));
    }

    #[tokio::test]
    async fn a_literal_address_never_needs_an_answer() {
        let addresses = Addresses::new("127.0.0.1", 1);
        addresses.refresh(&FixedLookup::default()).await;
        let known = addresses.get(&FixedLookup::default()).await.unwrap();
        assert_eq!(*known, [address(1)]);
    }
}
