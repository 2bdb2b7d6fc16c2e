//! `[edge.rate_limit]` as the control takes it.

use palisade_edge::network_set::NetworkSet;
use palisade_edge::rate_limit;

use crate::config::edge::rate_limit::{Policy, RateLimit};

pub(super) fn options(config: &RateLimit) -> rate_limit::Options {
    rate_limit::Options {
        mode: config.mode,
        fields: config.fields,
        exempt: NetworkSet::new(config.exempt.iter().copied()),
        exempt_paths: config.exempt_paths.clone(),
        static_gets_per_request: config.static_gets_per_request,
        default_country_code: config.default_country_code,
        policies: config.policies.iter().map(policy).collect(),
    }
}

fn policy(policy: &Policy) -> rate_limit::Policy {
    rate_limit::Policy {
        name: policy.name.as_str().into(),
        mode: policy.mode,
        hosts: policy.hosts.clone(),
        methods: policy.methods.clone(),
        paths: policy.paths.clone(),
        key: policy.key.clone(),
        limits: policy.limits.clone(),
    }
}
