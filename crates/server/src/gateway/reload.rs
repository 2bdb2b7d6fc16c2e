//! A new policy put in place without dropping a connection, or refused whole.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use super::{Gateway, candidate, start};
use crate::config::admin::Admin;
use crate::config::data::Data;
use crate::config::listen::Listen;
use crate::config::log::Log;
use crate::config::ops::Ops;
use crate::config::store::Store;
use crate::config::tls::Tls;
use crate::config::{self, Config, Mistakes};
use crate::wiring;

/// What a reload has come to.
#[derive(Debug, PartialEq, Eq)]
pub struct Reloaded {
    pub generation: u64,
    /// Settings that differ from those the node was started with and act only after a restart.
    pub needs_restart: Vec<&'static str>,
}

impl Gateway {
    /// Reads all sources again. On any error the running policy stays, whole.
    ///
    /// One reload at a time, from reading to publishing: a later one has read the later file, and
    /// must not be overtaken by an earlier one.
    pub async fn reload(&self) -> Result<Reloaded, Mistakes> {
        let _only = self.reloading.lock().await;
        let result = self.try_reload().await;
        self.last_reload_failed
            .store(result.is_err(), Ordering::Release);
        match &result {
            Ok(reloaded) => {
                tracing::info!(
                    generation = reloaded.generation,
                    "A new policy is in force."
                );
                if !reloaded.needs_restart.is_empty() {
                    let settings = reloaded.needs_restart.join(", ");
                    tracing::warn!(
                        settings,
                        "These settings have changed, but act only after a restart."
                    );
                }
            }
            Err(error) => {
                self.reload_failures.fetch_add(1, Ordering::Relaxed);
                tracing::error!(%error, "The new configuration is refused; the running policy stays.");
            }
        }
        result
    }

    async fn try_reload(&self) -> Result<Reloaded, Mistakes> {
        let loaded = config::load(&self.sources)?;
        for notice in &loaded.notices {
            tracing::warn!(notice, "A notice on the configuration.");
        }
        let running = self.policy();
        let policy = candidate::next(&loaded, &self.modes(), &running, &self.clock).await?;
        start::warn_of_unproven(&policy);
        let config = loaded.config;
        let mut current = self.config.lock().unwrap_or_else(PoisonError::into_inner);
        self.bans
            .set_rules(wiring::ban_rules(&config), wiring::breach_rules(&config));
        // First: a flag that is off has its state before anything asks for it.
        self.put_flags(&config);
        let generation = self.publish(policy);
        self.log_level.set(config.log.level);
        let needs_restart = fixed_settings_that_differ(&self.started_with, &config);
        *current = config;
        Ok(Reloaded {
            generation,
            needs_restart,
        })
    }

    /// Settings of the configuration in force that act only after a restart.
    pub(crate) fn needs_restart(&self) -> Vec<&'static str> {
        let current = self.config.lock().unwrap_or_else(PoisonError::into_inner);
        fixed_settings_that_differ(&self.started_with, &current)
    }
}

/// Sockets, files and threads are set up once. Their sections are taken apart in full, so that a new
/// setting is sorted here when it is added.
fn fixed_settings_that_differ(started_with: &Config, new: &Config) -> Vec<&'static str> {
    let Config {
        listen,
        tls,
        admin: Admin { address: admin },
        ops: Ops { address: ops },
        data: Data { directory },
        store: Store {
            url,
            migration_url,
            schema,
        },
        log: Log { access, level: _ },
        edge,
        ..
    } = started_with;
    let Tls {
        minimum_version,
        certificates,
    } = tls;
    let mut differing = listen_settings_that_differ(listen, &new.listen);
    let others = [
        (
            "tls.minimum_version",
            *minimum_version != new.tls.minimum_version,
        ),
        ("tls.certificates", *certificates != new.tls.certificates),
        ("admin.address", *admin != new.admin.address),
        ("ops.address", *ops != new.ops.address),
        ("data.directory", *directory != new.data.directory),
        ("store.url", *url != new.store.url),
        (
            "store.migration_url",
            *migration_url != new.store.migration_url,
        ),
        ("store.schema", *schema != new.store.schema),
        (
            "edge.rate_limit.keys_max",
            edge.rate_limit.keys_max != new.edge.rate_limit.keys_max,
        ),
        ("log.access", *access != new.log.access),
    ];
    differing.extend(named(others));
    differing
}

fn listen_settings_that_differ(started_with: &Listen, new: &Listen) -> Vec<&'static str> {
    let Listen {
        mode,
        address,
        redirect_address,
        redirect_port,
        proxy_protocol,
        connections_max,
        header_timeout,
        handshake_timeout,
        body_timeout,
        write_timeout,
        workers,
        // Part of the policy, or read at every use.
        trusted_proxies: _,
        forwarded_header: _,
        drain_delay: _,
        drain: _,
    } = started_with;
    let fixed = [
        ("listen.mode", *mode != new.mode),
        ("listen.address", *address != new.address),
        (
            "listen.redirect_address",
            *redirect_address != new.redirect_address,
        ),
        ("listen.redirect_port", *redirect_port != new.redirect_port),
        (
            "listen.proxy_protocol",
            *proxy_protocol != new.proxy_protocol,
        ),
        (
            "listen.connections_max",
            *connections_max != new.connections_max,
        ),
        (
            "listen.header_timeout",
            *header_timeout != new.header_timeout,
        ),
        (
            "listen.handshake_timeout",
            *handshake_timeout != new.handshake_timeout,
        ),
        ("listen.body_timeout", *body_timeout != new.body_timeout),
        ("listen.write_timeout", *write_timeout != new.write_timeout),
        ("listen.workers", *workers != new.workers),
    ];
    named(fixed).collect()
}

fn named<const N: usize>(
    settings: [(&'static str, bool); N],
) -> impl Iterator<Item = &'static str> {
    let differing = settings.into_iter().filter(|(_, differs)| *differs);
    differing.map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use palisade_edge::client_address::ChainField;
    use palisade_operate::Modes;

    use super::*;
    use crate::config::listen::TrustedProxy;
    use crate::config::{Overrides, Sources, load};

    fn config() -> Config {
        let overrides = Overrides {
            upstream: Some("http://127.0.0.1:3000".to_owned()),
            ..Overrides::default()
        };
        let sources = Sources::new::<&str, &str>(None, [], overrides);
        load(&sources).unwrap().config
    }

    #[test]
    fn what_requests_are_judged_by_needs_no_restart() {
        let mut new = config();
        new.listen.trusted_proxies = vec![TrustedProxy::Network("10.0.0.0/8".parse().unwrap())];
        new.listen.forwarded_header = ChainField::Forwarded;
        new.listen.drain_delay = std::time::Duration::from_secs(1);
        new.listen.drain = std::time::Duration::from_secs(1);
        assert!(fixed_settings_that_differ(&config(), &new).is_empty());
        let (running, wanted) = {
            let none = Modes::new();
            (
                wiring::policy(&config(), &none),
                wiring::policy(&new, &none),
            )
        };
        assert_ne!(running.stack.trust.chain, wanted.stack.trust.chain);
    }

    #[test]
    fn where_redirects_lead_needs_one() {
        let mut new = config();
        new.listen.redirect_port = std::num::NonZeroU16::new(443);
        assert_eq!(
            fixed_settings_that_differ(&config(), &new),
            ["listen.redirect_port"]
        );
    }
}
