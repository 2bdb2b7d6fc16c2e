//! The headers that stand on a response when the operator has said nothing.

use http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue,
    REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};

use super::hsts::Hsts;
use super::kind::{Kind, Scope};
use super::rule::{Rule, Verb};
use super::{Options, ResourcePolicy};

pub(super) const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const CROSS_ORIGIN_OPENER_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-opener-policy");
pub(super) const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");

/// The built-in rules that no rule of the operator replaces, then the operator's.
pub(super) fn with_rules(options: Options) -> Vec<Rule> {
    let own = options.rules;
    let missing = |name: HeaderName, value: Option<HeaderValue>, scope: Scope| {
        value.map(|value| built_in(name, Verb::SetIfMissing(value), scope))
    };
    let nosniff = Verb::Set(HeaderValue::from_static("nosniff"));
    let mut rules: Vec<Rule> = [
        // The only value there is (Fetch standard, section 3.6), so any other is an error.
        Some(built_in(X_CONTENT_TYPE_OPTIONS, nosniff, Scope::Every)),
        missing(X_FRAME_OPTIONS, options.frame_options, Scope::Every),
        missing(REFERRER_POLICY, options.referrer_policy, Scope::Every),
        missing(PERMISSIONS_POLICY, options.permissions_policy, Scope::Every),
        missing(
            CROSS_ORIGIN_OPENER_POLICY,
            options.cross_origin_opener_policy,
            Scope::Every,
        ),
        missing(
            CONTENT_SECURITY_POLICY,
            options.api_content_security_policy,
            Scope::Api,
        ),
    ]
    .into_iter()
    .flatten()
    // To have a header removed is to say that it shall not be added.
    .filter(|rule| !options.remove.contains(&rule.name))
    .chain(
        options
            .remove
            .iter()
            .map(|name| built_in(name.clone(), Verb::Remove, Scope::Every)),
    )
    .filter(|rule| own.iter().all(|own| own.name != rule.name))
    .collect();
    let pins = |rule: &Rule| rule.name == STRICT_TRANSPORT_SECURITY;
    let development = options.hsts == Hsts::Development;
    rules.extend(own.into_iter().filter(|rule| !(development && pins(rule))));
    rules
}

/// [`Options::cross_origin_resource_policy`], unless a rule of the operator's speaks of it.
pub(super) fn resource_policy(options: &Options) -> ResourcePolicy {
    if speaks_of(options, &CROSS_ORIGIN_RESOURCE_POLICY) {
        ResourcePolicy::Off
    } else {
        options.cross_origin_resource_policy.clone()
    }
}

/// [`Options::hsts`], unless a rule of the operator's speaks of it. On a development machine no
/// rule may pin `localhost`.
pub(super) fn hsts(options: &Options) -> Hsts {
    let ruled = speaks_of(options, &STRICT_TRANSPORT_SECURITY);
    match options.hsts {
        Hsts::Development => Hsts::Development,
        _ if ruled => Hsts::Off,
        stage => stage,
    }
}

/// Whether the operator has decided about a header by a rule of their own or by removing it.
fn speaks_of(options: &Options, name: &HeaderName) -> bool {
    options.rules.iter().any(|rule| rule.name == *name) || options.remove.contains(name)
}

fn built_in(name: HeaderName, verb: Verb, scope: Scope) -> Rule {
    Rule {
        name,
        verb,
        scope,
        yields_to_app: true,
    }
}

impl ResourcePolicy {
    /// Returns whether `headers` changed.
    pub(super) fn apply(&self, kind: Kind, headers: &mut HeaderMap) -> bool {
        let value = match self {
            Self::Off => return false,
            Self::Fixed(value) => value.clone(),
            Self::Auto => HeaderValue::from_static(
                match kind == Kind::Resource || headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN) {
                    true => "cross-origin",
                    false => "same-site",
                },
            ),
        };
        built_in(
            CROSS_ORIGIN_RESOURCE_POLICY,
            Verb::SetIfMissing(value),
            Scope::Every,
        )
        .apply(headers)
    }
}
