//! `[edge.headers]` as the control takes it.

use http::HeaderValue;
use palisade_edge::headers;

use crate::config::edge::headers::{CrossOriginResourcePolicy, Headers, Hsts};

pub(super) fn options(config: &Headers, development: bool) -> headers::Options {
    let fixed = |token: Option<&'static str>| token.map(HeaderValue::from_static);
    headers::Options {
        mode: config.mode,
        hsts: match config.hsts {
            Hsts::Off => headers::Hsts::Off,
            _ if development => headers::Hsts::Development,
            Hsts::Soak => headers::Hsts::Soak,
            Hsts::Full => headers::Hsts::Full,
            Hsts::Preload => headers::Hsts::Preload,
        },
        frame_options: fixed(config.frame_options.token()),
        referrer_policy: fixed(config.referrer_policy.token()),
        permissions_policy: config.permissions_policy.clone(),
        cross_origin_opener_policy: fixed(config.cross_origin_opener_policy.token()),
        cross_origin_resource_policy: match config.cross_origin_resource_policy {
            CrossOriginResourcePolicy::Auto => headers::ResourcePolicy::Auto,
            other => match other.token() {
                Some(value) => headers::ResourcePolicy::Fixed(HeaderValue::from_static(value)),
                None => headers::ResourcePolicy::Off,
            },
        },
        api_content_security_policy: config.api_content_security_policy.clone(),
        remove: config.remove.clone(),
        rules: config.rules.clone(),
    }
}
