//! `RATELIMIT_…`: the names that applications with SlowAPI have their limits under.

use std::ffi::OsStr;
use std::sync::Arc;

use palisade_edge::rate_limit::Limits;

use crate::config::kinds::{Kind, Network};
use crate::config::mistakes::{Mistake, Report};
use crate::config::tree::{Branch, Data, Origin, Value};

pub(super) const ENABLED: &str = "RATELIMIT_ENABLED";
pub(super) const DEFAULT: &str = "RATELIMIT_DEFAULT_PER_IP";
pub(super) const OTP_REQUEST: &str = "RATELIMIT_OTP_REQUEST_PER_IP";
pub(super) const OTP_VERIFY: &str = "RATELIMIT_OTP_VERIFY_PER_IP";
pub(super) const TRUSTED_PROXIES: &str = "RATELIMIT_TRUSTED_PROXIES";

pub(super) const MODE_KEY: &str = "edge.rate_limit.mode";
pub(super) const DEFAULT_KEY: &str = "edge.rate_limit.default.limit";
pub(super) const OTP_REQUEST_KEY: &str = "edge.rate_limit.otp_request.limit";
pub(super) const OTP_VERIFY_KEY: &str = "edge.rate_limit.otp_verify.limit";
pub(super) const TRUSTED_PROXIES_KEY: &str = "listen.trusted_proxies";

/// Off, or the shipped mode; policies keep theirs.
pub(super) fn set_enabled(written: &OsStr, branch: &mut Branch, report: &mut Report) {
    let mode = match super::boolean(written) {
        Some(true) => "enforce",
        Some(false) => "off",
        None => return refuse(ENABLED, MODE_KEY, "expected true or false", written, report),
    };
    insert(branch, MODE_KEY, Value::text(mode, origin(ENABLED)));
}

pub(super) fn set_default(written: &OsStr, branch: &mut Branch, report: &mut Report) {
    set_limit(DEFAULT, DEFAULT_KEY, written, branch, report);
}

pub(super) fn set_otp_request(written: &OsStr, branch: &mut Branch, report: &mut Report) {
    set_limit(OTP_REQUEST, OTP_REQUEST_KEY, written, branch, report);
}

pub(super) fn set_otp_verify(written: &OsStr, branch: &mut Branch, report: &mut Report) {
    set_limit(OTP_VERIFY, OTP_VERIFY_KEY, written, branch, report);
}

fn set_limit(
    name: &'static str,
    key: &str,
    written: &OsStr,
    branch: &mut Branch,
    report: &mut Report,
) {
    let text = written.to_string_lossy();
    match text.parse::<Limits>() {
        Ok(_) => insert(branch, key, Value::text(text.into_owned(), origin(name))),
        Err(_) => refuse(
            name,
            key,
            "expected limits such as \"5/minute\"",
            written,
            report,
        ),
    }
}

/// With commas between, as every other list.
pub(super) fn set_trusted_proxies(written: &OsStr, branch: &mut Branch, report: &mut Report) {
    let text = written.to_string_lossy();
    let origin = origin(TRUSTED_PROXIES);
    let items: Vec<Value> = text
        .split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(|item| Value::text(item, origin.clone()))
        .collect();
    if items.iter().any(|item| Network.read(item).is_err()) {
        let expected = "expected networks such as \"10.0.0.0/8\"";
        return refuse(
            TRUSTED_PROXIES,
            TRUSTED_PROXIES_KEY,
            expected,
            written,
            report,
        );
    }
    let data = Data::List(items);
    insert(branch, TRUSTED_PROXIES_KEY, Value { data, origin });
}

pub(super) fn origin(name: &str) -> Origin {
    Origin::Environment(Arc::from(name))
}

pub(super) fn insert(branch: &mut Branch, key: &str, value: Value) {
    branch.insert_at(&key.split('.').collect::<Vec<_>>(), value);
}

pub(super) fn refuse(name: &str, key: &str, expected: &str, written: &OsStr, report: &mut Report) {
    let help = format!("set {key} to make Palisade ignore {name}");
    let problem = format!("{expected}, got {written:?}");
    report.add(Mistake::new("", problem, origin(name)).with_help(help));
}
