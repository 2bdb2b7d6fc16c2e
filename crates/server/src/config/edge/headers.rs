//! `[edge.headers]`: the security headers of every answer.

mod keys;
mod rules;
mod tokens;

use http::{HeaderName, HeaderValue};
use palisade_edge::headers::Rule;
use palisade_kernel::Mode;

use crate::config::view::View;
use keys::*;

pub(super) use keys::HEADERS as TABLE;
pub(super) use rules::rules;
pub use tokens::{
    CrossOriginOpenerPolicy, CrossOriginResourcePolicy, FrameOptions, Hsts, ReferrerPolicy,
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Headers {
    pub mode: Mode,
    pub hsts: Hsts,
    pub frame_options: FrameOptions,
    pub referrer_policy: ReferrerPolicy,
    /// None sends none.
    pub permissions_policy: Option<HeaderValue>,
    pub cross_origin_opener_policy: CrossOriginOpenerPolicy,
    pub cross_origin_resource_policy: CrossOriginResourcePolicy,
    /// None sends none.
    pub api_content_security_policy: Option<HeaderValue>,
    /// Taken off every answer of the application.
    pub remove: Vec<HeaderName>,
    /// Applied in order, after all of the above.
    pub rules: Vec<Rule>,
}

pub(super) fn read(edge: &View<'_>) -> Option<Headers> {
    let headers = edge.table(&TABLE)?;
    Some(Headers {
        mode: headers.get(&MODE)?,
        hsts: headers.get(&HSTS)?,
        frame_options: headers.get(&FRAME_OPTIONS)?,
        referrer_policy: headers.get(&REFERRER_POLICY)?,
        permissions_policy: headers.get(&PERMISSIONS_POLICY)?,
        cross_origin_opener_policy: headers.get(&CROSS_ORIGIN_OPENER_POLICY)?,
        cross_origin_resource_policy: headers.get(&CROSS_ORIGIN_RESOURCE_POLICY)?,
        api_content_security_policy: headers.get(&API_CONTENT_SECURITY_POLICY)?,
        remove: headers.get(&REMOVE)?,
        rules: headers
            .list(&RULES)
            .iter()
            .map(rules::read)
            .collect::<Option<_>>()?,
    })
}
