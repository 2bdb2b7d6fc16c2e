//! The keys of `[edge.headers]`, in the order of `config.default.toml`.

use http::{HeaderName, HeaderValue};
use palisade_edge::headers::{Rule, Scope};
use palisade_kernel::Mode;

use super::rules::{RULES_MAX, Verb};
use super::{
    CrossOriginOpenerPolicy, CrossOriginResourcePolicy, FrameOptions, Hsts, ReferrerPolicy,
};
use crate::config::kinds::{Choice, List, OrEmpty, Parsed};
use crate::config::registry::{Key, Table};

/// Headers in `remove`.
const REMOVE_MAX: usize = 128;

const VALUE: Parsed<HeaderValue> = Parsed {
    expected: "a header value",
    parse: parse_value,
};

const NAME: Parsed<HeaderName> = Parsed {
    expected: "a header name such as \"X-Robots-Tag\"",
    parse: parse_name,
};

fn parse_name(text: &str) -> Result<HeaderName, String> {
    let name: HeaderName = text.parse().map_err(|_| String::new())?;
    if !Rule::may_name(&name) {
        return Err(format!(
            "{name} is the gateway's own business (it frames the message, belongs to one connection \
             or names the request); no rule may touch it"
        ));
    }
    Ok(name)
}

/// Visible ASCII, spaces and tabs (RFC 9110, section 5.5, without obs-text).
fn parse_value(text: &str) -> Result<HeaderValue, String> {
    let refused = "use visible ASCII characters and spaces, on one line".to_owned();
    if text.trim() != text || !text.is_ascii() {
        return Err(refused);
    }
    HeaderValue::from_str(text).map_err(|_| refused)
}

pub(super) static MODE: Key<Choice<Mode>> = Key::new("mode", Choice::new());
pub(super) static HSTS: Key<Choice<Hsts>> = Key::new("hsts", Choice::new());
pub(super) static FRAME_OPTIONS: Key<Choice<FrameOptions>> =
    Key::new("frame_options", Choice::new());
pub(super) static REFERRER_POLICY: Key<Choice<ReferrerPolicy>> =
    Key::new("referrer_policy", Choice::new());
pub(super) static PERMISSIONS_POLICY: Key<OrEmpty<Parsed<HeaderValue>>> =
    Key::new("permissions_policy", OrEmpty(VALUE));
pub(super) static CROSS_ORIGIN_OPENER_POLICY: Key<Choice<CrossOriginOpenerPolicy>> =
    Key::new("cross_origin_opener_policy", Choice::new());
pub(super) static CROSS_ORIGIN_RESOURCE_POLICY: Key<Choice<CrossOriginResourcePolicy>> =
    Key::new("cross_origin_resource_policy", Choice::new());
pub(super) static API_CONTENT_SECURITY_POLICY: Key<OrEmpty<Parsed<HeaderValue>>> =
    Key::new("api_content_security_policy", OrEmpty(VALUE));
pub(super) static REMOVE: Key<List<Parsed<HeaderName>>> = Key::new(
    "remove",
    List {
        item: NAME,
        items_min: 0,
        items_max: REMOVE_MAX,
    },
);

pub(super) static RULE_HEADER: Key<Parsed<HeaderName>> = Key::required("header", NAME);
pub(super) static RULE_VERB: Key<Choice<Verb>> = Key::required("verb", Choice::new());
pub(super) static RULE_VALUE: Key<Parsed<HeaderValue>> = Key::optional("value", VALUE);
pub(super) static RULE_ON: Key<Choice<Scope>> = Key::new("on", Choice::new());

pub(super) static RULES: Table = Table {
    name: "rules",
    entries_max: Some(RULES_MAX),
    keys: &[&RULE_HEADER, &RULE_VERB, &RULE_VALUE, &RULE_ON],
    tables: &[],
};

pub(in crate::config) static HEADERS: Table = Table {
    name: "headers",
    entries_max: None,
    keys: &[
        &MODE,
        &HSTS,
        &FRAME_OPTIONS,
        &REFERRER_POLICY,
        &PERMISSIONS_POLICY,
        &CROSS_ORIGIN_OPENER_POLICY,
        &CROSS_ORIGIN_RESOURCE_POLICY,
        &API_CONTENT_SECURITY_POLICY,
        &REMOVE,
    ],
    tables: &[&RULES],
};
