//! `edge.rate-limit`: so many requests and no more, by address, token, header, cookie or a value in
//! the body, with one count for all cores of a node.
//!
//! Whom a policy would refuse but cannot be sure of, because the address stands for a crowd or the
//! policy is in shadow, is in doubt and passes.

mod fields;
mod gcra;
mod key;
mod limiter;
mod limits;
mod method;
mod policy;
mod proof;
mod table;
mod value;

use http::{Method, request};
use palisade_kernel::{ControlId, Mode, Problem};

use crate::body::Buffered;
use crate::control::{Control, Refusal, RequestControl, Verdict};
use crate::exchange::Exchange;
use crate::network_set::NetworkSet;
use crate::own;
use crate::paths::{self, PathPattern, PathTree, Readings, reading};
use crate::proof::Sample;
use crate::signal::Signal;
use crate::state::State;
use key::BodyFormat;
use limiter::{Counted, Outcome};
use policy::Ready;

pub use gcra::{QUOTA_MAX, WINDOW_SECONDS_MAX, Window};
pub use key::Key;
pub use limiter::{Limiter, Usage};
pub use limits::{Limits, WINDOWS_MAX};

pub use policy::Policy;
pub use table::BYTES_PER_KEY;
pub use value::CountryCode;

/// Bytes of a body that are read to find the value a policy counts by. Longer bodies pass unread,
/// and their requests are judged by address.
pub const BODY_BYTES_MAX: usize = 64 * 1024;

/// What the policy says.
#[derive(Clone, Debug)]
pub struct Options {
    /// No policy does more than this.
    pub mode: Mode,
    /// Whether enforced policies tell clients how much is left.
    pub fields: bool,
    /// Whom no policy counts.
    pub exempt: NetworkSet,
    /// What no policy counts, besides all that is ours. Only as they are written, in any case: a
    /// detour such as `/login/../health` is counted.
    pub exempt_paths: Vec<PathPattern>,
    /// `GET`s of static files that cost as much as one other request. At least one.
    pub static_gets_per_request: u32,
    /// The country of phone numbers that name none.
    pub default_country_code: Option<CountryCode>,
    /// In the order in which they are asked. Their names are unique.
    pub policies: Vec<Policy>,
}

impl Options {
    /// A control that does not look.
    pub fn off() -> Self {
        Self {
            mode: Mode::Off,
            fields: false,
            exempt: NetworkSet::default(),
            exempt_paths: Vec::new(),
            static_gets_per_request: 1,
            default_country_code: None,
            policies: Vec::new(),
        }
    }
}

/// The control, ready to act.
pub(crate) struct RateLimit {
    options: Options,
    policies: Vec<Ready>,
    routes: PathTree,
    exempt_paths: PathTree,
    reads_bodies: bool,
}

/// What a control knows of a request when it looks.
#[derive(Clone, Copy)]
enum Look<'a> {
    Head,
    Body(&'a Buffered),
}

/// A policy that counts a request.
struct Met<'c> {
    ready: &'c Ready,
    /// The part of a request that it is charged: one `share`th.
    share: u32,
}

impl RateLimit {
    pub(crate) fn new(options: Options) -> Self {
        let (mut routes, mut exempt_paths) = (PathTree::default(), PathTree::default());
        let acting = options
            .policies
            .iter()
            .filter(|policy| policy.mode != Mode::Off);
        let policies: Vec<Ready> = acting.map(Ready::new).collect();
        for (at, ready) in (0..).zip(&policies) {
            routes.insert(&ready.policy.hosts, &ready.policy.paths, at);
        }
        exempt_paths.insert(&[], &options.exempt_paths, 0);
        Self {
            reads_bodies: policies.iter().any(|ready| ready.policy.key.is_in_body()),
            policies,
            routes,
            exempt_paths,
            options,
        }
    }

    /// The policies that a request meets, by its head alone, in their order.
    fn met(&self, exchange: &Exchange, head: &request::Parts) -> Vec<Met<'_>> {
        let path = head.uri.path();
        let readings = Readings::of(path);
        let client = exchange.arrival.client;
        let is_exempt = own::is_own(path)
            || (client.belief.is_believable() && self.options.exempt.contains(client.ip))
            || (reading::is_plain(path) && self.exempt_paths.takes("", readings.folded()));
        if is_exempt {
            return Vec::new();
        }
        let mut found = Vec::new();
        let mut find = |path: &str, is_spelling| {
            let policies = self.routes.find(&exchange.host, path);
            found.extend(policies.into_iter().map(|at| (at, is_spelling)));
        };
        find(readings.folded(), false);
        readings.each_other(|path| find(path, true));
        found.sort_unstable();
        found.dedup_by_key(|(at, _)| *at);
        let is_static = paths::is_static(readings.folded())
            && matches!(head.method, Method::GET | Method::HEAD)
            && !method::is_overridden(head);
        let met = found.into_iter().filter_map(|(at, is_spelling)| {
            let ready = self.policies.get(at as usize)?;
            let share = match is_static && !is_spelling {
                true => self.options.static_gets_per_request,
                false => 1,
            };
            ready.policy.takes(head).then_some(Met { ready, share })
        });
        met.collect()
    }

    fn judge(
        &self,
        exchange: &mut Exchange,
        head: &request::Parts,
        state: &State,
        look: Look<'_>,
    ) -> Verdict {
        let mut verdict = Verdict::Pass;
        for met in self.met(exchange, head) {
            let waits_for_body = met.ready.policy.key.reads_body(&head.headers);
            if waits_for_body != matches!(look, Look::Body(_)) {
                continue;
            }
            match self.ask(&met, exchange, head, state, look) {
                Verdict::Pass => {}
                verdict @ (Verdict::Refuse(_) | Verdict::Answer(_)) => return verdict,
                Verdict::Doubt(refusal) => verdict = Verdict::Doubt(refusal),
            }
        }
        verdict
    }

    /// Charges a request to one policy: to each whom it may name, or to its address.
    fn ask(
        &self,
        met: &Met<'_>,
        exchange: &mut Exchange,
        head: &request::Parts,
        state: &State,
        look: Look<'_>,
    ) -> Verdict {
        let key = &met.ready.policy.key;
        let client = exchange.arrival.client;
        let named = match look {
            Look::Body(Buffered::Whole(body)) => BodyFormat::of(&head.headers)
                .map(|format| value::in_body(key, &format, body, self.options.default_country_code))
                .unwrap_or_default(),
            Look::Body(Buffered::Unread) | Look::Head => Vec::new(),
        };
        let Some((likeliest, others)) = named.split_first() else {
            let (counted, is_sure) = match key.in_head(&head.headers) {
                Some(value) => (Counted::Value(value), true),
                None => (Counted::Address(client.ip), client.belief.is_believable()),
            };
            return self.charge(met, exchange, state, counted, is_sure);
        };
        // The likeliest comes last, so that its standing is what the client is told.
        for name in others.iter().chain([likeliest]) {
            let told = exchange.response_fields.len();
            let verdict = self.charge(met, exchange, state, Counted::Value(name.as_bytes()), true);
            match verdict {
                Verdict::Pass if name != likeliest => exchange.response_fields.truncate(told),
                verdict => return verdict,
            }
        }
        Verdict::Pass
    }

    fn charge(
        &self,
        met: &Met<'_>,
        exchange: &mut Exchange,
        state: &State,
        counted: Counted<'_>,
        is_sure: bool,
    ) -> Verdict {
        let Met { ready, share } = *met;
        let Policy { name, limits, .. } = &ready.policy;
        let acts = is_sure && self.mode_of(&ready.policy) == Mode::Enforce;
        let outcome = state.limiter.take(
            state.limiter.subject(name, counted),
            limits,
            share,
            exchange.arrival.started,
        );
        let (Outcome::Granted(standings) | Outcome::Refused { standings, .. }) = &outcome;
        if acts && self.options.fields {
            let now = limiter::nanos(exchange.arrival.started);
            ready.fields.tell(exchange, limits, standings, now);
        }
        let Outcome::Refused {
            retry_after_seconds,
            is_news,
            ..
        } = outcome
        else {
            return Verdict::Pass;
        };
        let refusal = Refusal {
            retry_after_seconds: Some(retry_after_seconds),
            ..Refusal::new(&Problem::RATE_LIMITED)
        };
        if !acts {
            return Verdict::Doubt(refusal);
        }
        if is_news {
            state.signals.raise(Signal::LimitExceeded {
                at: exchange.arrival.at,
                client: exchange.arrival.client,
                policy: name.clone(),
            });
        }
        Verdict::Refuse(refusal)
    }

    /// What a policy does: what it is set to, and no more than the control.
    fn mode_of(&self, policy: &Policy) -> Mode {
        match (self.options.mode, policy.mode) {
            (Mode::Enforce, mode) => mode,
            (Mode::Shadow, Mode::Enforce) => Mode::Shadow,
            (Mode::Shadow, mode) => mode,
            (Mode::Off, _) => Mode::Off,
        }
    }
}

impl Control for RateLimit {
    fn id(&self) -> ControlId {
        ControlId::EdgeRateLimit
    }

    fn mode(&self) -> Mode {
        self.options.mode
    }

    fn samples(&self) -> Vec<Sample> {
        proof::samples(self)
    }
}

impl RequestControl for RateLimit {
    fn check(&self, exchange: &mut Exchange, head: &request::Parts, state: &State) -> Verdict {
        self.judge(exchange, head, state, Look::Head)
    }

    fn body_bytes_wanted(&self, exchange: &Exchange, head: &request::Parts) -> Option<usize> {
        if !self.reads_bodies {
            return None;
        }
        let mut met = self.met(exchange, head).into_iter();
        met.any(|met| met.ready.policy.key.reads_body(&head.headers))
            .then_some(BODY_BYTES_MAX)
    }

    fn check_body(
        &self,
        exchange: &mut Exchange,
        head: &request::Parts,
        body: &Buffered,
        state: &State,
    ) -> Verdict {
        if matches!(body, Buffered::Unread) {
            state.limiter.body_unread();
        }
        self.judge(exchange, head, state, Look::Body(body))
    }
}

#[cfg(test)]
mod tests;
