//! `edge.cors`: which pages of other origins may use the app, and read its answers. Whoever is not
//! listed is refused, not only left unannounced; preflights are answered here, and what the app says of
//! sharing is replaced by what the policy says (Fetch standard, "CORS protocol").
//!
//! Two controls under one id: this one on the way in, [`Answers`] on the way out.

mod answers;
mod notes;
mod preflight;
mod proof;
mod sharings;

use std::sync::Arc;
use std::time::Duration;

use http::header::{ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, HeaderName};
use http::{Method, request};
use palisade_kernel::{ControlId, Mode, Problem};

use crate::control::{Control, Refusal, RequestControl, Verdict};
use crate::exchange::Exchange;
use crate::fetch_metadata::{self, Purpose, Relation};
use crate::origin::{self, Origin, OriginPattern, Said};
use crate::own;
use crate::paths::PathPattern;
use crate::proof::Sample;
use crate::refusal::Accept;
use crate::router::HostPattern;
use crate::state::State;
use notes::Notes;

pub(crate) use answers::Answers;
pub(crate) use sharings::Sharings;

/// What the policy says.
#[derive(Clone, Debug)]
pub struct Options {
    pub mode: Mode,
    /// With whom the app is shared where no rule says otherwise.
    pub sharing: Sharing,
    /// The first that a path meets counts.
    pub rules: Vec<Rule>,
    /// Paths of which the app alone says who may read them.
    pub exempt_paths: Vec<PathPattern>,
    /// Pages of this machine are listed everywhere, whatever their port.
    pub development: bool,
}

/// With whom answers are shared, and in what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sharing {
    pub origins: Vec<OriginPattern>,
    /// Beside `GET`, `HEAD` and `POST`, which browsers send without asking.
    pub methods: Vec<Method>,
    /// Request fields that pages may set, beside those that browsers let them set without asking.
    pub headers: Vec<HeaderName>,
    /// Response fields that pages may read, beside those that they always may.
    pub expose: Vec<HeaderName>,
    /// Whether cookies come along.
    pub credentials: bool,
    /// How long a browser may remember what a preflight was told; whole seconds.
    pub max_age: Duration,
}

/// Another sharing for some hosts and paths. It stands on its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Empty for every host.
    pub hosts: Vec<HostPattern>,
    pub paths: Vec<PathPattern>,
    pub sharing: Sharing,
}

impl Options {
    /// A control that does not look.
    pub fn off() -> Self {
        Self {
            mode: Mode::Off,
            sharing: Sharing::default(),
            rules: Vec::new(),
            exempt_paths: Vec::new(),
            development: false,
        }
    }
}

/// The control on the way in, ready to act.
pub(crate) struct Cors {
    mode: Mode,
    sharings: Arc<Sharings>,
    notes: Notes,
}

impl Cors {
    pub(crate) fn new(mode: Mode, sharings: Arc<Sharings>) -> Self {
        let notes = Notes::new(mode);
        Self {
            mode,
            sharings,
            notes,
        }
    }

    fn judge(&self, origin: &Origin<'_>, exchange: &Exchange, head: &request::Parts) -> Verdict {
        let asked = head.headers.get(ACCESS_CONTROL_REQUEST_METHOD);
        let preflight = asked.filter(|_| head.method == Method::OPTIONS);
        match (self.sharings.grant(exchange, origin), preflight) {
            (Some(grant), Some(method)) => match grant.preflight(exchange, method, &head.headers) {
                Ok(answer) => Verdict::Answer(Box::new(answer)),
                Err(wanted) => {
                    self.notes.too_much(origin, &wanted);
                    refuse()
                }
            },
            (Some(_), None) => Verdict::Pass,
            (None, None) if !wants_to_read(&head.headers) => Verdict::Pass,
            (None, _) => {
                self.notes.unlisted(origin);
                refuse()
            }
        }
    }
}

fn refuse() -> Verdict {
    Verdict::Refuse(Refusal::new(&Problem::ORIGIN_NOT_ALLOWED))
}

/// Whether a page wants to read the answer. What it only sends, or leaves for, also has an `Origin`;
/// since its answer is shared with nobody, that is `edge.cross-site`'s to judge.
fn wants_to_read(headers: &HeaderMap) -> bool {
    match fetch_metadata::purpose(headers) {
        Some(purpose) => purpose == Purpose::Read,
        // An old browser, when it navigates, or a program.
        None => Accept::of(headers) == Accept::Document,
    }
}

impl Control for Cors {
    fn id(&self) -> ControlId {
        ControlId::EdgeCors
    }

    fn mode(&self) -> Mode {
        self.mode
    }

    fn samples(&self) -> Vec<Sample> {
        proof::samples(&self.sharings)
    }
}

impl RequestControl for Cors {
    fn check(&self, exchange: &mut Exchange, head: &request::Parts, _: &State) -> Verdict {
        let said = Said::by(&head.headers);
        let is_left_alone = |path| own::is_own(path) || self.sharings.exempt(path);
        if matches!(said, Said::Nothing) || is_left_alone(&exchange.path) {
            return Verdict::Pass;
        }
        let origin = match said {
            Said::Origin(origin) => origin,
            // Nobody that could be listed.
            Said::Nonsense if wants_to_read(&head.headers) => return refuse(),
            Said::Nonsense | Said::Nothing => return Verdict::Pass,
        };
        let is_own = fetch_metadata::relation(&head.headers) == Some(Relation::SameOrigin)
            || origin::is_own(&origin, exchange, head);
        match is_own {
            true => Verdict::Pass,
            false => self.judge(&origin, exchange, head),
        }
    }
}

#[cfg(test)]
mod tests;
