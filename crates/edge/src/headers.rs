//! `edge.headers`: the security headers, exactly once on every response, errors included.
//!
//! Missing headers are added, the app's own are kept, and what an app should not tell (its
//! server, its framework) is taken away. This is the control to copy when adding one: options,
//! a pure decision, samples for the self-proof, tests; see CONTRIBUTING.md.

mod builtin;
mod hsts;
mod kind;
mod proof;
mod rule;

use http::header::{CONTENT_SECURITY_POLICY, X_FRAME_OPTIONS};
use palisade_kernel::{ControlId, Mode};

pub use hsts::Hsts;
pub use kind::{Kind, Scope};
pub use rule::{Rule, Verb};

use crate::control::{Control, ResponseControl};
use crate::exchange::Exchange;
use crate::proof::Sample;

/// What the policy says. Header values are ready to send; `None` leaves a header to the app.
#[derive(Clone, Debug)]
pub struct Options {
    pub mode: Mode,
    pub hsts: Hsts,
    pub frame_options: Option<http::HeaderValue>,
    pub referrer_policy: Option<http::HeaderValue>,
    pub permissions_policy: Option<http::HeaderValue>,
    pub cross_origin_opener_policy: Option<http::HeaderValue>,
    pub cross_origin_resource_policy: ResourcePolicy,
    /// `Content-Security-Policy` of responses that are data, not documents.
    pub api_content_security_policy: Option<http::HeaderValue>,
    /// Taken off every response.
    pub remove: Vec<http::HeaderName>,
    /// The operator's own. A rule for a header replaces the built-in one for that header.
    pub rules: Vec<Rule>,
}

/// `Cross-Origin-Resource-Policy` (Fetch standard, section 3.7).
#[derive(Clone, Debug)]
pub enum ResourcePolicy {
    Off,
    /// `same-site` on documents and data, which nobody embeds; `cross-origin` on what pages of
    /// other sites do embed (images, fonts, scripts, styles, media) and on what the app itself
    /// shares by `Access-Control-Allow-Origin`.
    Auto,
    Fixed(http::HeaderValue),
}

/// The control, ready to act.
#[derive(Clone, Debug)]
pub struct Headers {
    mode: Mode,
    hsts: Hsts,
    resource_policy: ResourcePolicy,
    rules: Vec<Rule>,
}

impl Headers {
    pub fn new(options: Options) -> Self {
        Self {
            mode: options.mode,
            hsts: builtin::hsts(&options),
            resource_policy: builtin::resource_policy(&options),
            rules: builtin::with_rules(options),
        }
    }
}

impl Control for Headers {
    fn id(&self) -> ControlId {
        ControlId::EdgeHeaders
    }

    fn mode(&self) -> Mode {
        self.mode
    }

    fn samples(&self) -> Vec<Sample> {
        proof::samples(self)
    }
}

impl ResponseControl for Headers {
    fn amend(&self, exchange: &Exchange, head: &mut http::response::Parts) -> bool {
        let kind = Kind::of(&head.headers);
        let frames_ruled = rules_frames(&head.headers);
        let mut changed = self
            .hsts
            .apply(exchange.arrival.is_secure(), &mut head.headers);
        changed |= self.resource_policy.apply(kind, &mut head.headers);
        for rule in self.rules.iter().filter(|rule| rule.scope.covers(kind)) {
            // `frame-ancestors` obsoletes X-Frame-Options (CSP3, 6.4.2.1): an app that allows
            // its partners by the one must not be shut to them by the other.
            if rule.yields_to_app && frames_ruled && rule.name == X_FRAME_OPTIONS {
                continue;
            }
            changed |= rule.apply(&mut head.headers);
        }
        changed
    }
}

/// Whether the app's own policy says who may frame it.
fn rules_frames(headers: &http::HeaderMap) -> bool {
    headers
        .get_all(CONTENT_SECURITY_POLICY)
        .iter()
        .any(|value| {
            value
                .as_bytes()
                .split(|byte| matches!(byte, b';' | b','))
                .any(|directive| {
                    directive
                        .trim_ascii_start()
                        .get(.."frame-ancestors".len())
                        .is_some_and(|name| name.eq_ignore_ascii_case(b"frame-ancestors"))
                })
        })
}

#[cfg(test)]
mod tests;
