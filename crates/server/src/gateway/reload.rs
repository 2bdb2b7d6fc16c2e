//! A new policy put in place without dropping a connection, or refused whole.

use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use thiserror::Error;

use super::{Gateway, candidate, start};
use crate::config::{self, Config, Mistakes};

/// Why the running policy stays.
#[derive(Debug, Error)]
pub enum ReloadError {
    #[error("{0}")]
    Mistakes(#[from] Mistakes),
}

/// What a reload has come to.
#[derive(Debug, PartialEq, Eq)]
pub struct Reloaded {
    pub generation: u64,
    /// Sections that differ from those the node was started with and act only after a restart.
    pub needs_restart: Vec<&'static str>,
}

impl Gateway {
    /// Reads all sources again. On any error the running policy stays, whole.
    pub async fn reload(&self) -> Result<Reloaded, ReloadError> {
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
                    let sections = reloaded.needs_restart.join(", ");
                    tracing::warn!(
                        sections,
                        "These sections have changed, but act only after a restart."
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

    async fn try_reload(&self) -> Result<Reloaded, ReloadError> {
        let loaded = config::load(&self.sources)?;
        for notice in &loaded.notices {
            tracing::warn!(notice, "A notice on the configuration.");
        }
        let running = self.policy();
        let policy = candidate::next(&loaded, &running, &self.clock).await?;
        start::warn_of_unproven(&policy);
        let policy = Arc::new(policy);
        let config = loaded.config;
        // One publication at a time, so that two reloads cannot end in different orders.
        let mut current = self.config.lock().unwrap_or_else(PoisonError::into_inner);
        self.node.publish(&policy);
        self.policy.store(policy);
        self.log_level.set(config.log.level);
        let needs_restart = fixed_sections_that_differ(&self.started_with, &config);
        *current = config;
        *self
            .published_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = self.clock.now();
        let generation = self.generation.fetch_add(1, Ordering::AcqRel) + 1;
        Ok(Reloaded {
            generation,
            needs_restart,
        })
    }
}

/// Sockets, files and threads are set up once.
fn fixed_sections_that_differ(started_with: &Config, new: &Config) -> Vec<&'static str> {
    let (mut listen, wanted) = (started_with.listen.clone(), &new.listen);
    // Those of that section which are part of the policy, or read at every use.
    listen.trusted_proxies.clone_from(&wanted.trusted_proxies);
    listen.forwarded_header = wanted.forwarded_header;
    listen.drain = wanted.drain;
    [
        ("listen", listen != *wanted),
        ("tls", started_with.tls != new.tls),
        ("admin", started_with.admin != new.admin),
        ("ops", started_with.ops != new.ops),
        ("data", started_with.data != new.data),
        ("log.access", started_with.log.access != new.log.access),
    ]
    .into_iter()
    .filter_map(|(section, differs)| differs.then_some(section))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::listen::{ForwardedHeader, TrustedProxy};
    use crate::config::{Overrides, Sources, load};
    use crate::wiring;

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
        new.listen.forwarded_header = ForwardedHeader::Forwarded;
        new.listen.drain = std::time::Duration::from_secs(1);
        assert!(fixed_sections_that_differ(&config(), &new).is_empty());
        let (running, wanted) = (wiring::policy(&config()), wiring::policy(&new));
        assert_ne!(running.stack.trust.chain, wanted.stack.trust.chain);
    }

    #[test]
    fn where_redirects_lead_needs_one() {
        let mut new = config();
        new.listen.redirect_port = std::num::NonZeroU16::new(443);
        assert_eq!(fixed_sections_that_differ(&config(), &new), ["listen"]);
    }
}
