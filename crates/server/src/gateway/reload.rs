//! A new policy put in place without dropping a connection, or refused whole.

use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use palisade_edge::Policy;
use palisade_edge::upstream::GroupError;
use thiserror::Error;

use super::{Gateway, StartError, start};
use crate::config::{self, Config, Mistakes};
use crate::wiring;

/// Why the running policy stays.
#[derive(Debug, Error)]
pub enum ReloadError {
    #[error("{0}")]
    Mistakes(#[from] Mistakes),
    #[error(transparent)]
    Upstream(#[from] GroupError),
    #[error(transparent)]
    Unproven(#[from] StartError),
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
        let config = loaded.config;
        let running = self.policy();
        let options = wiring::policy(&config);
        let policy = Policy::candidate(options, Some(&running), &self.clock).await?;
        start::require_proof(&policy, config.proof.on_failure)?;
        let policy = Arc::new(policy);
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
    // The two of that section which are read at every use.
    listen.trusted_proxies.clone_from(&wanted.trusted_proxies);
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
