//! `edge.honeypot`: paths and credentials that no honest client knows of. Who touches one is told
//! of at once, gets an answer that says nothing, and is banned by `edge.ban`.
//!
//! A path is a decoy only where the app itself has been asked (see [`arming`]), so that no real
//! page becomes one.

pub mod arming;
mod credential;
mod decoys;
mod face;
mod intent;
mod proof;

use http::request;
use palisade_kernel::{ControlId, Mode, Problem};

use crate::control::{Control, Refusal, RequestControl, Verdict};
use crate::exchange::Exchange;
use crate::proof::Sample;
use crate::signal::Signal;
use crate::state::State;
use arming::Armed;

pub use credential::Credentials;
pub use decoys::{DECOYS_MAX, Decoy, Decoys, SHIPPED};
pub use face::Face;

/// What the policy says of decoys.
#[derive(Clone, Debug)]
pub struct Options {
    pub mode: Mode,
    pub face: Face,
    pub decoys: Decoys,
    pub credentials: Credentials,
}

impl Options {
    /// A control that does not look.
    pub fn off() -> Self {
        Self {
            mode: Mode::Off,
            face: Face::NotFound,
            decoys: Decoys::default(),
            credentials: Credentials::default(),
        }
    }
}

/// What has been touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touched {
    Path,
    Credential,
}

impl Touched {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Credential => "credential",
        }
    }
}

/// The control, ready to act.
pub(crate) struct Honeypot {
    options: Options,
}

impl Honeypot {
    pub(crate) const fn new(options: Options) -> Self {
        Self { options }
    }

    fn raise(&self, touched: Touched, exchange: &Exchange, head: &request::Parts, state: &State) {
        state.signals.raise(Signal::DecoyTouched {
            at: exchange.arrival.at,
            client: exchange.arrival.client,
            host: exchange.host.clone(),
            path: exchange.path.clone(),
            touched,
            is_deliberate: intent::is_deliberate(head),
        });
    }
}

impl Control for Honeypot {
    fn id(&self) -> ControlId {
        ControlId::EdgeHoneypot
    }

    fn mode(&self) -> Mode {
        self.options.mode
    }

    fn samples(&self) -> Vec<Sample> {
        proof::samples(&self.options)
    }
}

impl RequestControl for Honeypot {
    fn check(&self, exchange: &mut Exchange, head: &request::Parts, state: &State) -> Verdict {
        if self.options.credentials.are_in(&head.headers) {
            self.raise(Touched::Credential, exchange, head, state);
            return Verdict::Refuse(Refusal {
                face: Some(Box::new(face::unauthenticated())),
                ..Refusal::new(&Problem::UNAUTHENTICATED)
            });
        }
        let decoy = self.options.decoys.find(head.uri.path());
        // Where no route leads, there is no app to ask.
        let Some(decoy) = decoy.filter(|_| exchange.upstream.is_some()) else {
            return Verdict::Pass;
        };
        let learned = match state.decoys.ask(&exchange.host, decoy) {
            Armed::Yes(learned) => learned,
            Armed::No => return Verdict::Pass,
            Armed::Unknown => {
                let host = exchange.host.clone();
                state.signals.raise(Signal::DecoyUnknown { host });
                return Verdict::Pass;
            }
        };
        self.raise(Touched::Path, exchange, head, state);
        let face = match self.options.face {
            Face::Decoy => Some(face::believable(
                decoy,
                &exchange.host,
                &self.options.credentials,
            )),
            Face::NotFound => learned.map(|learned| learned.answer(head.uri.path())),
        };
        Verdict::Refuse(Refusal {
            face: face.map(Box::new),
            ..Refusal::new(&Problem::NOT_FOUND)
        })
    }
}

#[cfg(test)]
mod tests;
