//! What clients are told of their limits: `RateLimit-Policy` and `RateLimit` as structured fields
//! (draft-ietf-httpapi-ratelimit-headers-10).

use std::fmt::Write;

use http::{HeaderName, HeaderValue};

use super::gcra::seconds_up;
use super::limiter::Standings;
use super::limits::Limits;
use crate::exchange::Exchange;

const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// The fields of one policy.
pub(super) struct Fields {
    /// The same for everybody.
    policy: HeaderValue,
    /// What each window is called.
    names: Vec<String>,
}

impl Fields {
    /// Windows of a policy that has several are named by their seconds: `"login-60"`. `name` has
    /// no quotes and no backslashes in it.
    pub(super) fn new(name: &str, limits: &Limits) -> Self {
        let windows = limits.windows();
        let names: Vec<String> = windows
            .iter()
            .map(|window| match windows.len() {
                1 => name.to_owned(),
                _ => format!("{name}-{}", window.seconds()),
            })
            .collect();
        let items = names.iter().zip(windows).map(|(name, window)| {
            format!("\"{name}\";q={};w={}", window.quota(), window.seconds())
        });
        Self {
            policy: value(&items.collect::<Vec<_>>().join(", ")),
            names,
        }
    }

    /// `r` requests are granted at once, and `t` seconds later there is one more.
    pub(super) fn tell(
        &self,
        exchange: &mut Exchange,
        limits: &Limits,
        standings: &Standings,
        now: u64,
    ) {
        let mut text = String::with_capacity(32 * self.names.len());
        for ((name, window), due) in self.names.iter().zip(limits.windows()).zip(standings) {
            let joint = if text.is_empty() { "" } else { ", " };
            let remaining = window.remaining(*due, now);
            // Writing to a String cannot fail.
            let _ = write!(text, "{joint}\"{name}\";r={remaining}");
            match window.grows_in(*due, now) {
                0 => {}
                wait => {
                    let _ = write!(text, ";t={}", seconds_up(wait));
                }
            }
        }
        let fields = [
            (RATE_LIMIT_POLICY, self.policy.clone()),
            (RATE_LIMIT, value(&text)),
        ];
        exchange.response_fields.extend(fields);
    }
}

fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""))
}
