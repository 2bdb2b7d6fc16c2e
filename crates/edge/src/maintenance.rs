//! `edge.maintenance`: the kill switch. While it is thrown nobody but operators reaches the app:
//! browsers get a page in their language, programs a problem document, both a `Retry-After`.
//!
//! This is the control to copy for one that judges requests; see CONTRIBUTING.md.

mod language;
mod page;
mod proof;

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use http::{Response, request};
use palisade_kernel::{ControlId, MaintenanceWindow, Mode, Problem, Timestamp};

use crate::body::Body;
use crate::control::{Control, Refusal, RequestControl, Verdict, whole_seconds};
use crate::exchange::Exchange;
use crate::network_set::NetworkSet;
use crate::own;
use crate::proof::Sample;
use crate::refusal::Accept;
use crate::state::State;
use language::Language;

/// What the policy says of the time in which the switch is thrown.
#[derive(Clone, Debug)]
pub struct Options {
    pub mode: Mode,
    /// Who reaches the app all the same.
    pub allow: NetworkSet,
    /// Paths that are answered all the same, whole: the app's own health checks.
    pub allow_paths: Vec<String>,
    /// `Retry-After` when no end has been announced, or when it has passed.
    pub retry_after: Duration,
    pub theme: Theme,
}

impl Options {
    /// A control that does not look.
    pub fn off() -> Self {
        Self {
            mode: Mode::Off,
            allow: NetworkSet::default(),
            allow_paths: Vec::new(),
            retry_after: Duration::from_secs(120),
            theme: Theme::default(),
        }
    }
}

/// How the page looks. All of it is text, which the page escapes.
#[derive(Clone, Debug, Default)]
pub struct Theme {
    /// The product's name, above the message.
    pub brand: Option<String>,
    /// A CSS colour such as `#2f6df6`.
    pub accent: Option<String>,
    /// An e-mail address or an `https` address where users find help.
    pub contact: Option<String>,
}

/// The switch itself: shared by all workers, thrown by the control plane.
#[derive(Default)]
pub struct Switch(ArcSwapOption<MaintenanceWindow>);

impl Switch {
    /// Effective with the next request.
    pub fn set(&self, window: Option<MaintenanceWindow>) {
        self.0.store(window.map(Arc::new));
    }

    /// `None` while the app is open.
    pub fn window(&self) -> Option<Arc<MaintenanceWindow>> {
        self.0.load_full()
    }
}

/// The control, ready to act.
pub(crate) struct Maintenance {
    options: Options,
}

impl Maintenance {
    pub(crate) fn new(options: Options) -> Self {
        Self { options }
    }

    /// Somebody whose address is a whole crowd's is let in for nobody's sake.
    fn lets_in(&self, exchange: &Exchange) -> bool {
        let client = exchange.arrival.client;
        client.belief.is_believable() && self.options.allow.contains(client.ip)
    }

    fn answers_always(&self, path: &str) -> bool {
        own::is_own(path)
            || self
                .options
                .allow_paths
                .iter()
                .any(|allowed| allowed == path)
    }

    fn retry_after_seconds(&self, window: &MaintenanceWindow, now: Timestamp) -> u32 {
        let announced = window.until.map(|until| until.since(now));
        let wait = announced.filter(|wait| !wait.is_zero());
        whole_seconds(wait.unwrap_or(self.options.retry_after))
    }

    fn refuse(
        &self,
        window: &MaintenanceWindow,
        exchange: &Exchange,
        head: &request::Parts,
    ) -> Refusal {
        let seconds = self.retry_after_seconds(window, exchange.arrival.at);
        let face = match Accept::of(&head.headers) {
            Accept::Document => None,
            Accept::Page => Some(Box::new(self.page(window, exchange, head, seconds))),
        };
        Refusal {
            retry_after_seconds: Some(seconds),
            face,
            ..Refusal::new(&Problem::MAINTENANCE)
        }
    }

    fn page(
        &self,
        window: &MaintenanceWindow,
        exchange: &Exchange,
        head: &request::Parts,
        retry_after_seconds: u32,
    ) -> Response<Body> {
        let notice = page::Notice {
            language: Language::of(&head.headers),
            message: window.message.as_deref(),
            is_announced: window
                .until
                .is_some_and(|until| until > exchange.arrival.at),
            retry_after_seconds,
            theme: &self.options.theme,
        };
        notice.response()
    }
}

impl Control for Maintenance {
    fn id(&self) -> ControlId {
        ControlId::EdgeMaintenance
    }

    fn mode(&self) -> Mode {
        self.options.mode
    }

    fn samples(&self) -> Vec<Sample> {
        proof::samples(self)
    }
}

impl RequestControl for Maintenance {
    fn check(&self, exchange: &mut Exchange, head: &request::Parts, state: &State) -> Verdict {
        let Some(window) = state.maintenance.window() else {
            return Verdict::Pass;
        };
        if self.lets_in(exchange) || self.answers_always(head.uri.path()) {
            return Verdict::Pass;
        }
        Verdict::Refuse(self.refuse(&window, exchange, head))
    }
}

#[cfg(test)]
mod tests;
