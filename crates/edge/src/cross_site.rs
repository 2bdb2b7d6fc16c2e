//! `edge.cross-site`: other sites make no visitor's browser act on the app. What changes something
//! must come from the app's own pages, and what is not meant to be embedded is not (OWASP, "Fetch
//! Metadata" and CSRF cheat sheets; the judgement of forged requests follows Go's
//! `http.CrossOriginProtection`).
//!
//! Links to the app, webhooks and programs are left alone: nothing of a visitor's rides on them.

mod notes;
mod proof;

use std::sync::Arc;

use http::header::{AUTHORIZATION, COOKIE, HeaderMap, REFERER, UPGRADE};
use http::{Method, request};
use palisade_kernel::{ControlId, Mode, Problem};

use crate::control::{Control, Refusal, RequestControl, Verdict};
use crate::cors::Sharings;
use crate::exchange::Exchange;
use crate::exemptions::Exemptions;
use crate::fetch_metadata::{self, Purpose, Relation};
use crate::origin::{self, Origin, OriginPattern, Origins, Said};
use crate::own;
use crate::paths::reading::{self, Readings};
use crate::paths::{self, PathPattern};
use crate::proof::Sample;
use crate::state::State;
use notes::Notes;

/// What the policy says.
#[derive(Clone, Debug)]
pub struct Options {
    pub mode: Mode,
    /// Whether other hosts of the same registrable domain count as the app's own. Not where visitors
    /// have pages of theirs on one.
    pub same_site: bool,
    /// Origins whose pages may act on the app, beside those that `edge.cors` lists.
    pub origins: Vec<OriginPattern>,
    /// Paths that every site may send to: where sign-ins and payments come back.
    pub exempt_paths: Vec<PathPattern>,
}

impl Options {
    /// A control that does not look.
    pub fn off() -> Self {
        Self {
            mode: Mode::Off,
            same_site: true,
            origins: Vec::new(),
            exempt_paths: Vec::new(),
        }
    }
}

/// The control, ready to act.
pub(crate) struct CrossSite {
    mode: Mode,
    same_site: bool,
    origins: Origins,
    sharings: Arc<Sharings>,
    exempt: Arc<Exemptions>,
    notes: Notes,
}

impl CrossSite {
    pub(crate) fn new(options: &Options, sharings: Arc<Sharings>) -> Self {
        Self {
            mode: options.mode,
            same_site: options.same_site,
            origins: Origins::new(&options.origins),
            sharings,
            exempt: Arc::new(Exemptions::new(&options.exempt_paths)),
            notes: Notes::new(options.mode),
        }
    }

    /// Whether another site may have made a browser send this, and no policy allows it to.
    fn is_foreign(&self, exchange: &Exchange, head: &request::Parts) -> bool {
        let relation = fetch_metadata::relation(&head.headers);
        match relation {
            Some(Relation::SameOrigin | Relation::User) => return false,
            Some(Relation::SameSite) if self.same_site => return false,
            Some(Relation::SameSite | Relation::CrossSite) | None => {}
        }
        if !acts(head) && (relation.is_none() || may_be_shown(exchange, head)) {
            return false;
        }
        let said = Said::by(&head.headers);
        let is_trusted = match &said {
            // Where the browser says what it is, nothing else needs to be compared.
            Said::Origin(origin)
                if relation.is_none() && origin::is_own(origin, exchange, head) =>
            {
                true
            }
            Said::Origin(origin) => self.trusts(exchange, origin),
            // A program, or a browser so old that it may have been cut off from every site by now.
            Said::Nothing if relation.is_none() => self.may_refer(exchange, head),
            Said::Nothing | Said::Nonsense => false,
        };
        !is_trusted && !rides_on_nothing(&head.headers) && !self.exempt.cover(&exchange.path)
    }

    fn trusts(&self, exchange: &Exchange, origin: &Origin<'_>) -> bool {
        self.origins.names(origin) || self.sharings.names(exchange, origin)
    }

    /// Without an origin, `Referer` is all there is to go by, and only where a cookie could be abused.
    fn may_refer(&self, exchange: &Exchange, head: &request::Parts) -> bool {
        let Some(referer) = head.headers.get(REFERER).map(|referer| referer.as_bytes()) else {
            return true;
        };
        if !head.headers.contains_key(COOKIE) {
            return true;
        }
        let origin = Origin::parse(origin_of(referer));
        origin.is_ok_and(|origin| {
            origin::is_own(&origin, exchange, head) || self.trusts(exchange, &origin)
        })
    }
}

/// Whether a request may change something: by its method (RFC 9110 section 9.2.1), or since a
/// WebSocket carries what nobody has judged.
fn acts(head: &request::Parts) -> bool {
    let is_safe = matches!(head.method, Method::GET | Method::HEAD | Method::OPTIONS);
    !is_safe || head.headers.contains_key(UPGRADE)
}

/// What a page of another site may show or fetch: a document that it leads to or frames (whether it
/// may frame it, `edge.headers` says), what it wants to read, of which `edge.cors` judges, and static
/// files. Data and pages as pictures or scripts are how secrets are guessed from outside.
fn may_be_shown(exchange: &Exchange, head: &request::Parts) -> bool {
    // Sent before a page may do anything else, and nothing comes of it.
    if head.method == Method::OPTIONS {
        return true;
    }
    match fetch_metadata::purpose(&head.headers) {
        Some(Purpose::Navigate) => !fetch_metadata::is_for_plugin(&head.headers),
        Some(Purpose::Read) => true,
        Some(Purpose::Embed) => is_static_file(&exchange.path),
        None => false,
    }
}

/// By its ending, where every app reads the path alike: `/account%3f.css` is the account.
fn is_static_file(path: &str) -> bool {
    reading::is_plain(path) && paths::is_static(Readings::of(path).folded())
}

/// Whether a browser adds nothing to the request that makes it its visitor's: a bearer token is what a
/// page must know itself, and may only send elsewhere after a preflight.
fn rides_on_nothing(headers: &HeaderMap) -> bool {
    let is_bearer = |value: &[u8]| {
        let scheme = value.get(..7);
        scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"bearer "))
    };
    let mut credentials = headers.get_all(AUTHORIZATION).iter();
    let bearer = credentials
        .next()
        .is_some_and(|one| is_bearer(one.as_bytes()));
    bearer && credentials.next().is_none() && !headers.contains_key(COOKIE)
}

/// An address up to its path.
fn origin_of(address: &[u8]) -> &[u8] {
    let scheme = memchr::memmem::find(address, b"://").map_or(0, |at| at + 3);
    let rest = address.get(scheme..).unwrap_or_default();
    let end = rest.iter().position(|byte| b"/?#".contains(byte));
    let end = end.map_or(address.len(), |end| scheme + end);
    address.get(..end).unwrap_or(address)
}

impl Control for CrossSite {
    fn id(&self) -> ControlId {
        ControlId::EdgeCrossSite
    }

    fn mode(&self) -> Mode {
        self.mode
    }

    fn samples(&self) -> Vec<Sample> {
        proof::samples(&self.exempt)
    }
}

impl RequestControl for CrossSite {
    fn check(&self, exchange: &mut Exchange, head: &request::Parts, _: &State) -> Verdict {
        if own::is_own(head.uri.path()) || !self.is_foreign(exchange, head) {
            return Verdict::Pass;
        }
        self.notes.foreign(exchange, head);
        Verdict::Refuse(Refusal::new(&Problem::CROSS_SITE))
    }
}

#[cfg(test)]
mod tests;
