//! The control on the way out: with whom an answer is shared stands in it exactly as the policy has it,
//! whatever the app says; on answers of our own too, so that a page can read why it was refused.

use std::sync::Arc;

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, HeaderMap,
    HeaderName, HeaderValue, VARY,
};
use http::response;
use palisade_kernel::{ControlId, Mode};

use super::notes::Notes;
use super::proof;
use super::sharings::{Grant, Sharings};
use crate::control::{Control, Finding, ResponseControl};
use crate::exchange::Exchange;
use crate::field_list;
use crate::origin::Origin;
use crate::own;
use crate::proof::Sample;

/// What the CORS protocol and Private Network Access say in answers.
static FIELDS: [HeaderName; 7] = [
    ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_ALLOW_CREDENTIALS,
    ACCESS_CONTROL_EXPOSE_HEADERS,
    ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_HEADERS,
    ACCESS_CONTROL_MAX_AGE,
    HeaderName::from_static("access-control-allow-private-network"),
];

/// Marks an answer that has its fields already.
#[derive(Clone)]
pub(super) struct Complete;

pub(crate) struct Answers {
    mode: Mode,
    sharings: Arc<Sharings>,
    notes: Notes,
}

impl Answers {
    pub(crate) fn new(mode: Mode, sharings: Arc<Sharings>) -> Self {
        let notes = Notes::new(mode);
        Self {
            mode,
            sharings,
            notes,
        }
    }

    /// What is to stand in the answer.
    fn due(&self, exchange: &Exchange) -> Vec<(HeaderName, HeaderValue)> {
        // What was refused to an origin is told to nobody.
        if exchange.finding(ControlId::EdgeCors) == Finding::Refused {
            return Vec::new();
        }
        let origin = exchange.origin.as_ref().map(HeaderValue::as_bytes);
        let origin = origin.and_then(|origin| Origin::parse(origin).ok());
        let grant = origin.and_then(|origin| self.sharings.grant(exchange, &origin));
        grant.map_or(Vec::new(), |grant| grant.fields(exchange))
    }

    fn note_generosity(&self, exchange: &Exchange, headers: &HeaderMap) {
        let asked = exchange.origin.as_ref();
        let Some(allowed) = headers.get(ACCESS_CONTROL_ALLOW_ORIGIN) else {
            return;
        };
        let with_cookies = headers.contains_key(ACCESS_CONTROL_ALLOW_CREDENTIALS);
        let mirrors = asked == Some(allowed);
        if let Ok(origin) = Origin::parse(allowed.as_bytes())
            && self.sharings.names(exchange, &origin)
        {
            return;
        }
        match allowed.as_bytes() {
            b"*" => self.notes.shared("with every origin", with_cookies),
            _ if mirrors => self.notes.shared("with whoever asks", with_cookies),
            _ => self
                .notes
                .shared("with an origin that is not listed", with_cookies),
        }
    }
}

impl Grant<'_> {
    /// The fields of any answer to a listed origin, its own name written as it has written it.
    pub(super) fn fields(&self, exchange: &Exchange) -> Vec<(HeaderName, HeaderValue)> {
        let Some(origin) = &exchange.origin else {
            return Vec::new();
        };
        let anybody = HeaderValue::from_static("*");
        let allowed = if self.as_anybody { &anybody } else { origin };
        let mut fields = vec![(ACCESS_CONTROL_ALLOW_ORIGIN, allowed.clone())];
        if self.credentials {
            let yes = HeaderValue::from_static("true");
            fields.push((ACCESS_CONTROL_ALLOW_CREDENTIALS, yes));
        }
        if let Some(exposed) = &self.sharing.expose {
            fields.push((ACCESS_CONTROL_EXPOSE_HEADERS, exposed.clone()));
        }
        fields
    }
}

impl Control for Answers {
    fn id(&self) -> ControlId {
        ControlId::EdgeCors
    }

    fn mode(&self) -> Mode {
        self.mode
    }

    fn samples(&self) -> Vec<Sample> {
        proof::answers(&self.sharings)
    }
}

impl ResponseControl for Answers {
    fn amend(&self, exchange: &Exchange, head: &mut response::Parts) -> bool {
        if head.extensions.remove::<Complete>().is_some()
            || own::is_own(&exchange.path)
            || self.sharings.exempt(&exchange.path)
        {
            return false;
        }
        if self.sharings.differ(exchange) {
            vary_by_origin(&mut head.headers);
        }
        let due = self.due(exchange);
        if due.is_empty() && !says_something(&head.headers) {
            return false;
        }
        self.note_generosity(exchange, &head.headers);
        let mut changed = false;
        for name in &FIELDS {
            let value = due
                .iter()
                .find(|(due, _)| due == name)
                .map(|(_, value)| value);
            changed |= set(&mut head.headers, name, value);
        }
        changed
    }
}

/// Asked of every answer, so it costs no look-up each.
fn says_something(headers: &HeaderMap) -> bool {
    headers
        .keys()
        .any(|name| name.as_str().starts_with("access-control-"))
}

/// Returns whether `headers` changed.
fn set(headers: &mut HeaderMap, name: &HeaderName, value: Option<&HeaderValue>) -> bool {
    let mut lines = headers.get_all(name).iter();
    let is_due = lines.next() == value && lines.next().is_none();
    match value {
        _ if is_due => false,
        Some(value) => {
            headers.insert(name, value.clone());
            true
        }
        None => headers.remove(name).is_some(),
    }
}

/// A cache must not hand one origin's answer to another.
fn vary_by_origin(headers: &mut HeaderMap) {
    let says_so = |name: &[u8]| name == b"*" || name.eq_ignore_ascii_case(b"origin");
    if !field_list::elements(headers, &VARY).any(says_so) {
        headers.append(VARY, HeaderValue::from_static("Origin"));
    }
}
