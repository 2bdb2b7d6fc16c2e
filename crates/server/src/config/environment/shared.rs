//! `PORT`, `LOG_LEVEL`, `CORS_ORIGINS` and their like: names that platforms and applications already set. They
//! act, but anything said to Palisade by name wins over them, and then a notice says so.

mod origins;
mod rate_limit;

use std::ffi::OsStr;
use std::sync::Arc;

use super::Variables;
use crate::config::mistakes::{Mistake, Report};
use crate::config::tree::{Branch, Origin, Value};

pub(super) const NAMES: [&str; 9] = [
    PORT,
    LOG_LEVEL,
    origins::CORS_ORIGINS,
    origins::DEV_MODE,
    rate_limit::ENABLED,
    rate_limit::DEFAULT,
    rate_limit::OTP_REQUEST,
    rate_limit::OTP_VERIFY,
    rate_limit::TRUSTED_PROXIES,
];

const PORT: &str = "PORT";
const LOG_LEVEL: &str = "LOG_LEVEL";

/// What the shared names set. `named` are the layers above; `notices` learns of every name that
/// one of them silences.
pub(in crate::config) fn layer(
    variables: &Variables,
    named: &[&Branch],
    report: &mut Report,
    notices: &mut Vec<(&'static str, &'static str, Origin)>,
) -> Branch {
    let mut branch = Branch::default();
    let mut act = |name: &'static str, keys: &[&'static str], set: Setter| {
        let Some(written) = variables.get(name) else {
            return;
        };
        match keys
            .iter()
            .find_map(|key| Some((*key, set_by(key, named)?)))
        {
            Some((key, origin)) => notices.push((name, key, origin)),
            None => set(written, &mut branch, report),
        }
    };
    // Both keys or none: a port from here under the file's TLS mode, or plain mode at the file's
    // address, would be a listener nobody asked for.
    act(PORT, &["listen.mode", "listen.address"], set_port);
    act(LOG_LEVEL, &["log.level"], set_level);
    for (name, key, set) in [
        (
            origins::CORS_ORIGINS,
            origins::CORS_ORIGINS_KEY,
            origins::set_origins as Setter,
        ),
        (
            origins::DEV_MODE,
            origins::DEV_MODE_KEY,
            origins::set_dev_mode,
        ),
        (
            rate_limit::ENABLED,
            rate_limit::MODE_KEY,
            rate_limit::set_enabled,
        ),
        (
            rate_limit::DEFAULT,
            rate_limit::DEFAULT_KEY,
            rate_limit::set_default,
        ),
        (
            rate_limit::OTP_REQUEST,
            rate_limit::OTP_REQUEST_KEY,
            rate_limit::set_otp_request,
        ),
        (
            rate_limit::OTP_VERIFY,
            rate_limit::OTP_VERIFY_KEY,
            rate_limit::set_otp_verify,
        ),
        (
            rate_limit::TRUSTED_PROXIES,
            rate_limit::TRUSTED_PROXIES_KEY,
            rate_limit::set_trusted_proxies,
        ),
    ] {
        act(name, &[key], set);
    }
    branch
}

type Setter = fn(&OsStr, &mut Branch, &mut Report);

/// As applications write it.
fn boolean(written: &OsStr) -> Option<bool> {
    match &*written.to_string_lossy().trim().to_ascii_lowercase() {
        "1" | "true" | "yes" | "on" => Some(true),
        "0" | "false" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// Where one of the layers above sets a key; the highest wins.
fn set_by(key: &str, named: &[&Branch]) -> Option<Origin> {
    let path: Vec<&str> = key.split('.').collect();
    named
        .iter()
        .rev()
        .find_map(|branch| branch.get_at(&path))
        .map(|value| value.origin.clone())
}

fn set_port(written: &OsStr, branch: &mut Branch, report: &mut Report) {
    let origin = Origin::Environment(Arc::from(PORT));
    match written
        .to_str()
        .and_then(|text| text.parse::<u16>().ok())
        .filter(|port| *port != 0)
    {
        Some(port) => {
            let address = Value::text(format!("0.0.0.0:{port}"), origin.clone());
            branch.insert_at(&["listen", "address"], address);
            branch.insert_at(&["listen", "mode"], Value::text("plain", origin));
        }
        None => {
            let problem = format!("expected a port from 1 to 65535, got {written:?}");
            let help = "set listen.address to make Palisade ignore PORT";
            report.add(Mistake::new("", problem, origin).with_help(help));
        }
    }
}

fn set_level(written: &OsStr, branch: &mut Branch, report: &mut Report) {
    let origin = Origin::Environment(Arc::from(LOG_LEVEL));
    let level = match written.to_string_lossy().to_ascii_lowercase().as_str() {
        "trace" => "trace",
        "debug" => "debug",
        "info" | "notice" => "info",
        "warn" | "warning" => "warn",
        "error" | "critical" | "fatal" => "error",
        "off" => "off",
        _ => {
            let problem = format!("{written:?} is not a level of Palisade's log");
            let help = "set log.level to make Palisade ignore LOG_LEVEL";
            return report.add(Mistake::new("", problem, origin).with_help(help));
        }
    };
    branch.insert_at(&["log", "level"], Value::text(level, origin));
}
