//! `edge.redirect`: the app sends visitors to itself and to whom the policy lists, and nowhere else,
//! whatever a link has talked it into. What `Location` and `Refresh` mean is read as browsers read it
//! (WHATWG URL), since every other reading is a way around.

mod astray;
mod destination;
mod notes;
mod proof;
mod refresh;

use std::sync::Arc;

use http::header::{HeaderValue, LOCATION, REFRESH, SET_COOKIE};
use http::{HeaderMap, Response, StatusCode, Uri, response};
use palisade_kernel::{ControlId, Mode, Problem};

use crate::body::Body;
use crate::boundary::Hosts;
use crate::control::Control;
use crate::exchange::Exchange;
use crate::exemptions::Exemptions;
use crate::paths::PathPattern;
use crate::proof::Sample;
use crate::refusal::{self, Accept};
use astray::{Astray, Base};
use destination::Destinations;
use notes::Notes;

pub use destination::Destination;

/// What the policy says.
#[derive(Clone, Debug)]
pub struct Options {
    pub mode: Mode,
    /// Where visitors may be sent, beside the host that they have asked.
    pub allow: Vec<Destination>,
    /// Paths that may send them anywhere.
    pub exempt_paths: Vec<PathPattern>,
    /// Where they are sent instead: a path of the host that they have asked. `None` tells them that
    /// they are not sent on.
    pub replacement: Option<HeaderValue>,
}

impl Options {
    /// A control that does not look.
    pub fn off() -> Self {
        Self {
            mode: Mode::Off,
            allow: Vec::new(),
            exempt_paths: Vec::new(),
            replacement: None,
        }
    }
}

/// The control, ready to act.
pub(crate) struct Redirect {
    mode: Mode,
    destinations: Destinations,
    exempt: Arc<Exemptions>,
    replacement: Option<HeaderValue>,
    notes: Notes,
}

impl Redirect {
    /// `hosts` are ours: from each of them visitors may be sent to each.
    pub(crate) fn new(options: Options, hosts: Hosts) -> Self {
        Self {
            mode: options.mode,
            destinations: Destinations::new(&options.allow, hosts),
            exempt: Arc::new(Exemptions::new(&options.exempt_paths)),
            replacement: options.replacement,
            notes: Notes::new(options.mode),
        }
    }

    /// Whether an answer of the app's sends visitors where they may not be sent. `asked` is the
    /// target of the request. Asked of every answer, so it reads two fields at most.
    pub(crate) fn leads_astray(
        &self,
        exchange: &Exchange,
        head: &response::Parts,
        asked: &Uri,
    ) -> bool {
        let astray = self.find(exchange, head);
        if let Some(astray) = &astray {
            self.notes.astray(exchange, astray, asked);
        }
        astray.is_some()
    }

    fn find(&self, exchange: &Exchange, head: &response::Parts) -> Option<Astray> {
        let is_moved = head.status.is_redirection();
        let mut fields = head
            .headers
            .get_all(LOCATION)
            .iter()
            .filter(|_| is_moved)
            .peekable();
        let mut refreshes = head.headers.get_all(REFRESH).iter().peekable();
        if (fields.peek().is_none() && refreshes.peek().is_none())
            || self.exempt.cover(&exchange.path)
        {
            return None;
        }
        let base = Base::of(exchange);
        let location = fields.find_map(|field| self.destinations.astray(&base, field.as_bytes()));
        location.or_else(|| {
            let mut targets = refreshes.filter_map(|field| refresh::target(field.as_bytes()));
            targets.find_map(|target| self.destinations.astray(&base, target))
        })
    }

    /// What the client gets instead. The app's body is dropped, since it has the same link; its cookies
    /// stay, or a sign-in that ends in a refused redirect would be none.
    pub(crate) fn replace(
        &self,
        exchange: &mut Exchange,
        head: &response::Parts,
        accept: Accept,
    ) -> Response<Body> {
        let mut response = match &self.replacement {
            None => refusal::response(exchange, &Problem::REDIRECT_REFUSED, accept),
            Some(path) => sent_to(path.clone()),
        };
        keep_cookies(&head.headers, response.headers_mut());
        response
    }
}

/// With 303 the method is `GET`, whatever it was (RFC 9110 section 15.4.4).
fn sent_to(path: HeaderValue) -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = StatusCode::SEE_OTHER;
    response.headers_mut().insert(LOCATION, path);
    response
}

fn keep_cookies(from: &HeaderMap, to: &mut HeaderMap) {
    for cookie in from.get_all(SET_COOKIE) {
        to.append(SET_COOKIE, cookie.clone());
    }
}

impl Control for Redirect {
    fn id(&self) -> ControlId {
        ControlId::EdgeRedirect
    }

    fn mode(&self) -> Mode {
        self.mode
    }

    fn samples(&self) -> Vec<Sample> {
        proof::samples(self)
    }
}

#[cfg(test)]
mod tests;
