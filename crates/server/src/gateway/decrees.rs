//! What operators decree takes effect here: on the state that all workers share, or by a policy
//! in place of the running one.

use std::sync::{Arc, PoisonError};

use ipnet::IpNet;
use palisade_edge::Policy;
use palisade_kernel::{Ban, Flag, FlagName, MaintenanceWindow};
use palisade_operate::{Flags, Modes, Node, NodeFuture, Proved};
use tokio::sync::MutexGuard;

use super::{Gateway, candidate};
use crate::config::{Config, nearest};
use crate::wiring;

impl Gateway {
    /// The modes that take the place of the configured ones.
    pub(crate) fn modes(&self) -> Modes {
        let modes = self.modes.lock();
        modes.unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn policy_with(&self, modes: &Modes) -> Result<Policy, String> {
        let config = self.config.lock();
        let config = config.unwrap_or_else(PoisonError::into_inner).clone();
        candidate::with_modes(&config, modes, &self.policy(), &self.clock).await
    }

    /// Puts the flags of a configuration in force, each as operators have set it or as configured.
    /// Whoever calls it holds `config`.
    pub(super) fn put_flags(&self, config: &Config) {
        let set = self.flags.lock().unwrap_or_else(PoisonError::into_inner);
        self.state.flags.set(&wiring::flag_states(config, &set));
    }

    /// Puts a policy in place. Whoever calls it holds `reloading`.
    pub(super) fn publish(&self, policy: Policy) -> u64 {
        let policy = Arc::new(policy);
        self.node.publish(&policy);
        self.policy.store(policy);
        let mut published_at = self
            .published_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *published_at = self.clock.now();
        self.generation.send_modify(|generation| *generation += 1);
        self.generation()
    }
}

impl Node for Gateway {
    fn set_maintenance(&self, window: Option<MaintenanceWindow>) {
        match window {
            Some(_) => tracing::warn!("The app is shut for maintenance."),
            None => tracing::warn!("The app is open again."),
        }
        self.state.maintenance.set(window);
    }

    fn flags(&self) -> Vec<Flag> {
        let config = self.config.lock().unwrap_or_else(PoisonError::into_inner);
        wiring::flags(&config)
    }

    fn find_flag(&self, name: &str) -> Result<FlagName, String> {
        let config = self.config.lock().unwrap_or_else(PoisonError::into_inner);
        let names = || config.flags.iter().map(|flag| &flag.name);
        if let Some(found) = names().find(|flag| flag.as_str() == name) {
            return Ok(found.clone());
        }
        let hint = match nearest(name, names().map(FlagName::as_str)) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => "`palisade flag list` shows all.".to_owned(),
        };
        Err(format!("There is no flag `{name}`; {hint}"))
    }

    fn set_flags(&self, flags: Flags) {
        let config = self.config.lock().unwrap_or_else(PoisonError::into_inner);
        *self.flags.lock().unwrap_or_else(PoisonError::into_inner) = flags;
        self.put_flags(&config);
    }

    fn may_ban(&self, network: IpNet) -> Result<(), String> {
        self.may_be_banned(network)
            .map_err(|refused| refused.to_string())
    }

    fn ban(&self, ban: Ban) -> NodeFuture<'_> {
        Box::pin(async move { self.ban(ban).await.map_err(|refused| refused.to_string()) })
    }

    fn room_for_bans(&self) -> usize {
        self.room_for_bans()
    }

    fn ban_all(&self, bans: Vec<Ban>) -> NodeFuture<'_> {
        Box::pin(async move {
            let banned = self.ban_all(bans).await;
            banned.map_err(|refused| refused.to_string())
        })
    }

    fn unkept_bans(&self, max: usize) -> Vec<Ban> {
        self.bans.unkept(max)
    }

    fn bans_are_kept(&self, bans: &[Ban]) {
        self.bans.kept(bans);
    }

    fn unban(&self, network: IpNet) -> NodeFuture<'_> {
        Box::pin(async move {
            let ended = self.unban(network).await.map(drop);
            ended.map_err(|refused| refused.to_string())
        })
    }

    fn prove_modes(&self, modes: Modes) -> NodeFuture<'_, Box<dyn Proved + '_>> {
        Box::pin(async move {
            // Taken before the configuration is read, and kept until the policy is published: a
            // reload in between would be undone.
            let only = self.reloading.lock().await;
            let policy = self.policy_with(&modes).await?;
            let proved = ProvedModes {
                gateway: self,
                policy,
                modes,
                _only: only,
            };
            Ok(Box::new(proved) as Box<dyn Proved>)
        })
    }
}

/// A policy with other modes, proved and not yet in force.
struct ProvedModes<'a> {
    gateway: &'a Gateway,
    policy: Policy,
    modes: Modes,
    _only: MutexGuard<'a, ()>,
}

impl Proved for ProvedModes<'_> {
    fn publish(self: Box<Self>) {
        let Self {
            gateway,
            policy,
            modes,
            _only,
        } = *self;
        let mut decreed = gateway.modes.lock().unwrap_or_else(PoisonError::into_inner);
        *decreed = modes;
        let generation = gateway.publish(policy);
        tracing::warn!(generation, "Modes of controls were changed by an operator.");
    }
}
