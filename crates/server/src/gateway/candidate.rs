//! What a configuration comes to, short of opening a socket: the files that it names are read, its
//! policy is built and proved. `config check`, the start and a reload all ask here, so that what one
//! of them takes the others take too.

use std::sync::Arc;

use palisade_edge::Policy;
use palisade_edge::proof::{Unproven, UnprovenFlag};
use palisade_edge::tls::{Certificate, CertificateError, CertificateFiles, EXPIRY_WARNING};
use palisade_edge::upstream::GroupError;
use palisade_kernel::{Clock, Timestamp};
use palisade_operate::Modes;

use crate::config::proof::OnFailure;
use crate::config::{Config, Finding, Loaded, Mistakes};
use crate::wiring;

/// The first policy of a node, with the certificates looked at.
pub(crate) async fn first(
    loaded: &Loaded,
    modes: &Modes,
    clock: &Arc<dyn Clock>,
) -> Result<Policy, Mistakes> {
    let mut findings = certificates(loaded, clock.now());
    match build(loaded, modes, None, clock).await {
        Ok(policy) if findings.is_empty() => Ok(policy),
        Ok(_) => Err(loaded.refuse(findings)),
        Err(others) => {
            findings.extend(others);
            Err(loaded.refuse(findings))
        }
    }
}

/// A policy to take the place of the running one. Certificates have a watcher of their own.
pub(super) async fn next(
    loaded: &Loaded,
    modes: &Modes,
    running: &Policy,
    clock: &Arc<dyn Clock>,
) -> Result<Policy, Mistakes> {
    let built = build(loaded, modes, Some(running), clock).await;
    built.map_err(|findings| loaded.refuse(findings))
}

async fn build(
    loaded: &Loaded,
    modes: &Modes,
    running: Option<&Policy>,
    clock: &Arc<dyn Clock>,
) -> Result<Policy, Vec<Finding>> {
    let options = wiring::policy(&loaded.config, modes);
    let upstream = |(at, error): &(usize, GroupError)| upstream_finding(loaded, *at, error);
    let policy = Policy::candidate(options, running, clock)
        .await
        .map_err(|errors| errors.iter().map(upstream).collect::<Vec<_>>())?;
    match loaded.config.proof.on_failure {
        OnFailure::Refuse => {
            let controls = policy.unproven().iter().map(unproven_finding);
            let flags = policy.unproven_flags().iter().map(unproven_flag_finding);
            let findings: Vec<_> = controls.chain(flags).collect();
            match findings.is_empty() {
                true => Ok(policy),
                false => Err(findings),
            }
        }
        OnFailure::Unproven => Ok(policy),
    }
}

/// The policy of a configuration that is in force, with other modes. Whatever does not bite is
/// refused: who decrees a mode is there to be told.
pub(super) async fn with_modes(
    config: &Config,
    modes: &Modes,
    running: &Policy,
    clock: &Arc<dyn Clock>,
) -> Result<Policy, String> {
    let options = wiring::policy(config, modes);
    let policy = Policy::candidate(options, Some(running), clock).await;
    let policy = policy.map_err(|errors| {
        let errors = errors.iter().map(|(_, error)| error.to_string());
        errors.collect::<Vec<_>>().join("; ")
    })?;
    match policy.unproven().first() {
        Some(unproven) => Err(format!("{unproven}; nothing was changed.")),
        None => Ok(policy),
    }
}

/// Every pair of files that cannot be served now. The development CA is not looked at: it lies in
/// the data directory, which belongs to the running node.
fn certificates(loaded: &Loaded, now: Timestamp) -> Vec<Finding> {
    let pairs = wiring::certificate_files(&loaded.config);
    let judge = |(at, pair): (usize, &CertificateFiles)| {
        let error = Certificate::load(pair, now).err()?;
        Some(certificate_finding(at, pair, &error))
    };
    pairs.iter().enumerate().filter_map(judge).collect()
}

/// A notice on every pair of files that can be served now, but not for much longer.
pub(crate) fn expiring(loaded: &Loaded, now: Timestamp) -> Vec<String> {
    const DAY_SECONDS: u64 = 24 * 60 * 60;
    let notice = |pair: &CertificateFiles| {
        let end = Certificate::load(pair, now).ok()?.not_after();
        let left = end.since(now);
        let days = match left.as_secs() / DAY_SECONDS {
            0 => "less than a day".to_owned(),
            1 => "1 day".to_owned(),
            days => format!("{days} days"),
        };
        let (file, end) = (pair.certificate.display(), end.rfc3339());
        let date = end.split('T').next().unwrap_or(&end);
        (left < EXPIRY_WARNING).then(|| {
            format!(
                "{file} expires on {date}, {days} left: renew it and put the new file in its place"
            )
        })
    };
    let pairs = wiring::certificate_files(&loaded.config);
    pairs.iter().filter_map(notice).collect()
}

fn certificate_finding(at: usize, pair: &CertificateFiles, error: &CertificateError) -> Finding {
    let key = if error.path() == pair.certificate {
        "certificate"
    } else {
        "key"
    };
    finding(format!("tls.certificates[{at}].{key}"), error)
}

fn upstream_finding(loaded: &Loaded, at: usize, error: &GroupError) -> Finding {
    let tls = loaded
        .config
        .upstreams
        .get(at)
        .map(|upstream| &upstream.tls);
    let client = tls.and_then(|tls| tls.client.as_ref());
    let key = match (error, error.path()) {
        (_, None) => "urls",
        (GroupError::ClientCertificate { .. }, _) => "tls.client_certificate",
        (_, ca_file) if tls.and_then(|tls| tls.ca_file.as_deref()) == ca_file => "tls.ca_file",
        (_, key) if client.map(|client| client.key.as_path()) == key => "tls.client_key",
        _ => "tls.client_certificate",
    };
    finding(format!("upstreams[{at}].{key}"), error)
}

fn unproven_finding(unproven: &Unproven) -> Finding {
    Finding {
        key: unproven.control.to_string(),
        problem: format!(
            "the control is on and does not bite: {}: {}",
            unproven.sample, unproven.reason
        ),
        help: Some(
            "is a rule of yours at odds with another? Else report it as a bug; until then turn the \
             control off, or set proof.on_failure = \"unproven\" to run without the proof",
        ),
    }
}

fn unproven_flag_finding(unproven: &UnprovenFlag) -> Finding {
    Finding {
        key: format!("flags.{}.paths", unproven.flag),
        problem: format!(
            "the flag would not bite: {}: {}",
            unproven.sample, unproven.reason
        ),
        help: Some(
            "name paths of the application; what is under /.palisade/ is never switched off",
        ),
    }
}

fn finding(key: impl Into<String>, problem: &impl ToString) -> Finding {
    Finding {
        key: key.into(),
        problem: problem.to_string(),
        help: None,
    }
}

#[cfg(test)]
mod tests;
