//! The page that Prometheus scrapes.

use std::sync::atomic::Ordering;

use palisade_edge::client_ip::Doubt;
use palisade_edge::flags::Standing;
use palisade_edge::metrics::{Exposition, Family};
use palisade_edge::proof::Proof;
use palisade_edge::upstream::{BreakerState, GroupSnapshot, InstanceSnapshot};
use palisade_kernel::{BanSource, ControlId, Mode};

use super::Gateway;

macro_rules! families {
    ($($id:ident = $name:literal $kind:literal [$($label:literal),*] $help:literal;)*) => {
        $(const $id: Family = Family {
            name: $name,
            kind: $kind,
            help: $help,
            labels: &[$($label),*],
        };)*

        /// Every one that the control plane adds to those of the data plane, for the reference page.
        const FAMILIES: &[&Family] = &[$(&$id),*];
    };
}

families! {
    BUILD_INFO = "palisade_build_info" "gauge" ["version"]
        "1, with the version as a label.";
    POLICY_GENERATION = "palisade_policy_generation" "gauge" []
        "Policies published since the start.";
    RELOAD_FAILURES = "palisade_config_reload_failures_total" "counter" []
        "Configurations refused since the start.";
    CONTROL_PROVED = "palisade_control_proved" "gauge" ["control", "mode"]
        "1 when the control has bitten before the policy was published; 0 when it is off or unproven.";
    ADDRESS_DOUBTED = "palisade_client_address_doubted_total" "counter" ["reason"]
        "Requests whose client address is not believable, so that bans and limits do not act on it.";
    BANS = "palisade_bans" "gauge" []
        "Bans in force.";
    BANS_MADE = "palisade_bans_made_total" "counter" ["source"]
        "Bans that clients have brought upon themselves, by the control that asked for them.";
    BANS_UNKEPT = "palisade_bans_unkept" "gauge" []
        "Bans made by this node that a restart would lose: written within a second, unless the store fails.";
    BANS_SPARED = "palisade_bans_spared_total" "counter" []
        "Offences without a ban: by operators, proxies, or addresses that cannot be believed.";
    BANS_OVERFLOW = "palisade_bans_overflow_total" "counter" []
        "Offences without a ban because too many came in one second.";
    STORE_SERVING = "palisade_store_serving" "gauge" ["engine"]
        "1 while Palisade's own state can be written.";
    DECOYS = "palisade_decoys" "gauge" ["armed"]
        "Decoy paths under all host names known, by whether the app lacks them.";
    FLAG_ON = "palisade_flag_on" "gauge" ["flag"]
        "1 while the flag is on.";
    FLAG_REFUSALS = "palisade_flag_refusals_total" "counter" ["flag"]
        "Requests refused because the flag was off.";
    CERTIFICATE_EXPIRY = "palisade_certificate_expiry_timestamp_seconds" "gauge" []
        "When the first certificate in use ends.";
    BACKUP_LAST_SUCCESS = "palisade_backup_last_success_timestamp_seconds" "gauge" []
        "When the last backup of this data directory succeeded; 0 when none has.";
    IN_FLIGHT = "palisade_upstream_in_flight" "gauge" ["upstream"]
        "Requests under way at the upstream.";
    QUEUED = "palisade_upstream_queued" "gauge" ["upstream"]
        "Requests waiting for one of those to end.";
    QUEUE_REFUSALS = "palisade_upstream_queue_refusals_total" "counter" ["upstream"]
        "Requests refused because queue or wait were at their limit.";
    RETRIES = "palisade_upstream_retries_total" "counter" ["upstream"]
        "Further attempts after a first one failed.";
    HEALTHY = "palisade_upstream_healthy" "gauge" ["upstream", "instance"]
        "1 while the instance's health checks pass.";
    BREAKER_OPEN = "palisade_upstream_breaker_open" "gauge" ["upstream", "instance"]
        "1 while the instance's circuit breaker is not closed.";
    CONNECTS = "palisade_upstream_connects_total" "counter" ["upstream", "instance"]
        "Connections opened to the instance.";
    CONNECT_FAILURES = "palisade_upstream_connect_failures_total" "counter" ["upstream", "instance"]
        "Connections that could not be opened.";
    REUSES = "palisade_upstream_reuses_total" "counter" ["upstream", "instance"]
        "Requests sent over a connection that had served before.";
    TIMEOUTS = "palisade_upstream_timeouts_total" "counter" ["upstream", "instance"]
        "Connects, first bytes and body chunks that did not come in time.";
    RATE_LIMIT_KEYS = "palisade_rate_limit_keys" "gauge" []
        "Clients that have something left to wait for under some limit; edge.rate_limit.keys_max is the room.";
    RATE_LIMIT_EVICTIONS = "palisade_rate_limit_evictions_total" "counter" []
        "Such clients forgotten early because there was no room: raise edge.rate_limit.keys_max.";
    RATE_LIMIT_BODIES_UNREAD = "palisade_rate_limit_bodies_unread_total" "counter" []
        "Requests counted by address because their body was too long or too slow to be read.";
}

impl Gateway {
    pub(crate) fn render_metrics(&self) -> String {
        let policy = self.policy();
        let mut out = Exposition::default();
        self.node.render_metrics(&mut out, &policy);
        begin(&mut out, &BUILD_INFO);
        out.sample(&[("version", env!("CARGO_PKG_VERSION"))], 1);
        begin(&mut out, &POLICY_GENERATION);
        out.sample(&[], self.generation());
        begin(&mut out, &RELOAD_FAILURES);
        out.sample(&[], self.reload_failures.load(Ordering::Relaxed));
        begin(&mut out, &CONTROL_PROVED);
        for control in ControlId::ALL {
            render_control(&mut out, control, policy.mode(control), policy.proofs());
        }
        begin(&mut out, &ADDRESS_DOUBTED);
        for doubt in Doubt::ALL {
            let doubted = self.state.client_ip.doubted(doubt);
            out.sample(&[("reason", doubt.as_str())], doubted);
        }
        self.render_bans(&mut out);
        begin(&mut out, &STORE_SERVING);
        let engine = self.store.engine().name();
        let is_serving = self.store.health().is_serving();
        out.sample(&[("engine", engine)], u8::from(is_serving));
        render_flags(&mut out, &self.state.flags.standings());
        if let Some(store) = &self.certificates {
            begin(&mut out, &CERTIFICATE_EXPIRY);
            out.sample(&[], store.next_expiry().unix_seconds());
        }
        let backup = palisade_backup::last_success(self.data.path());
        render_plain(&mut out, &[(&BACKUP_LAST_SUCCESS, backup.unwrap_or(0))]);
        let groups: Vec<GroupSnapshot> = policy
            .groups()
            .iter()
            .map(|group| group.snapshot())
            .collect();
        render_groups(&mut out, &groups);
        render_instances(&mut out, &groups);
        self.render_limits(&mut out);
        out.finish()
    }

    fn render_bans(&self, out: &mut Exposition) {
        let counts = self.bans.counts(self.clock.now());
        let values = [
            (&BANS, counts.in_force as u64),
            (&BANS_UNKEPT, counts.unkept as u64),
            (&BANS_SPARED, counts.tally.spared),
            (&BANS_OVERFLOW, counts.tally.overflow),
        ];
        render_plain(out, &values);
        begin(out, &BANS_MADE);
        for (source, made) in [
            (BanSource::Honeypot, counts.tally.by_decoys),
            (BanSource::RateLimit, counts.tally.by_limits),
        ] {
            out.sample(&[("source", source.as_str())], made);
        }
        begin(out, &DECOYS);
        let (armed, unarmed) = self.state.decoys.counts();
        for (is_armed, decoys) in [("true", armed), ("false", unarmed)] {
            out.sample(&[("armed", is_armed)], decoys as u64);
        }
    }

    fn render_limits(&self, out: &mut Exposition) {
        let limits = self.state.limiter.usage(self.clock.monotonic());
        let values = [
            (&RATE_LIMIT_KEYS, limits.keys as u64),
            (&RATE_LIMIT_EVICTIONS, limits.evictions),
            (&RATE_LIMIT_BODIES_UNREAD, limits.bodies_unread),
        ];
        render_plain(out, &values);
    }
}

/// At most `FLAGS_MAX` samples each.
fn render_flags(out: &mut Exposition, standings: &[Standing]) {
    let readings: [Reading<Standing>; 2] = [
        (&FLAG_ON, |flag| u64::from(flag.is_on)),
        (&FLAG_REFUSALS, |flag| flag.refusals),
    ];
    for (family, read) in readings {
        begin(out, family);
        for flag in standings {
            out.sample(&[("flag", flag.name.as_str())], read(flag));
        }
    }
}

/// Families without labels.
fn render_plain(out: &mut Exposition, values: &[(&'static Family, u64)]) {
    for (family, value) in values {
        begin(out, family);
        out.sample(&[], *value);
    }
}

fn begin(out: &mut Exposition, family: &Family) {
    out.begin(family);
}

/// The mode is the policy's, so that a control that is on and unproven is told from one that is off.
fn render_control(out: &mut Exposition, control: ControlId, mode: Mode, proofs: &[Proof]) {
    let is_proved = proofs.iter().any(|proof| proof.control == control);
    let labels = [("control", control.as_str()), ("mode", mode.as_str())];
    out.sample(&labels, u8::from(is_proved));
}

/// How one metric is read off a snapshot.
type Reading<T> = (&'static Family, fn(&T) -> u64);

fn render_groups(out: &mut Exposition, groups: &[GroupSnapshot]) {
    let readings: [Reading<GroupSnapshot>; 4] = [
        (&IN_FLIGHT, |group| group.in_flight as u64),
        (&QUEUED, |group| group.queued as u64),
        (&QUEUE_REFUSALS, |group| group.queue_refusals),
        (&RETRIES, |group| group.retries),
    ];
    for (family, read) in readings {
        begin(out, family);
        for group in groups {
            out.sample(&[("upstream", &group.name)], read(group));
        }
    }
}

fn render_instances(out: &mut Exposition, groups: &[GroupSnapshot]) {
    let readings: [Reading<InstanceSnapshot>; 6] = [
        (&HEALTHY, |instance| u64::from(instance.healthy)),
        (&BREAKER_OPEN, |instance| {
            u64::from(instance.breaker != BreakerState::Closed)
        }),
        (&CONNECTS, |instance| instance.connects),
        (&CONNECT_FAILURES, |instance| instance.connect_failures),
        (&REUSES, |instance| instance.reuses),
        (&TIMEOUTS, |instance| instance.timeouts),
    ];
    for (family, read) in readings {
        begin(out, family);
        for group in groups {
            for instance in &group.instances {
                out.sample(
                    &[("upstream", &group.name), ("instance", &instance.url)],
                    read(instance),
                );
            }
        }
    }
}

const INTRODUCTION: &str = "\
<!-- Generated from the lists of metrics in the code. Do not edit. -->
# Metrics

What `GET /metrics` on the ops listener answers, in the text format of Prometheus. Counters start at
zero with the process; alert rules on these stand in [operations.md](operations.md#prometheus).

";

/// `docs/metrics.md`: every metric of both planes.
pub(crate) fn reference() -> String {
    let rows = FAMILIES.iter().map(|family| family.row());
    let data_plane = palisade_edge::metrics::reference();
    format!("{INTRODUCTION}{data_plane}{}", rows.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_control_that_is_on_and_unproven_is_not_told_as_off() {
        let proof = Proof {
            control: ControlId::EdgeHeaders,
            mode: Mode::Enforce,
            benign: 1,
            hostile: 1,
        };
        for (mode, proofs, expected) in [
            (Mode::Enforce, &[proof][..], "mode=\"enforce\"} 1"),
            (Mode::Enforce, &[], "mode=\"enforce\"} 0"),
            (Mode::Off, &[], "mode=\"off\"} 0"),
        ] {
            let mut out = Exposition::default();
            begin(&mut out, &CONTROL_PROVED);
            render_control(&mut out, ControlId::EdgeHeaders, mode, proofs);
            let page = out.finish();
            assert!(page.contains(expected), "{page}");
        }
    }
}
