//! The way of a request: every judgement there is, in order, a reason per line.
//!
//! A control lives in exactly one slot. What HTTP itself asks of a proxy stands in `forward.rs`.

mod app_answers;

use std::sync::Arc;

use http::{HeaderValue, Request, Response, Uri, request};
use palisade_kernel::{Clock, ControlId, Mode, Problem};

use crate::admit::{BoundFields, FindRoute, RefuseTunnels};
use crate::ban::{self, Bans};
use crate::body::{self, Body};
use crate::boundary::{self, Boundary};
use crate::client_address::Trust;
use crate::client_ip::{self, ClientIp, Whoami};
use crate::compress::Compression;
use crate::control::{Control, Finding, Guard, Refusal, RequestControl, ResponseControl, Verdict};
use crate::cookies::{self, Cookies};
use crate::cors::{self, Cors, Sharings};
use crate::cross_site::{self, CrossSite};
use crate::errors::{self, Errors};
use crate::exchange::Exchange;
use crate::flags::{Gate, Gates};
use crate::forward;
use crate::headers::{self, Headers};
use crate::honeypot::{self, Decoys, Honeypot};
use crate::maintenance::{self, Maintenance};
use crate::own;
use crate::rate_limit::{self, RateLimit};
use crate::redirect::{self, Redirect};
use crate::refusal;
use crate::router::{Destination, Router};
use crate::state::State;
use crate::upstream::Upstream;

/// The controls that a policy sets, before they are ordered.
#[derive(Clone, Debug)]
pub struct StackOptions {
    pub trust: Trust,
    pub router: Router,
    pub compression: Compression,
    pub client_ip: client_ip::Options,
    pub boundary: boundary::Options,
    pub ban: ban::Options,
    pub errors: errors::Options,
    pub maintenance: maintenance::Options,
    pub honeypot: honeypot::Options,
    /// The flags that refuse something while they are off.
    pub flags: Vec<Gate>,
    pub cross_site: cross_site::Options,
    pub cors: cors::Options,
    pub rate_limit: rate_limit::Options,
    pub redirect: redirect::Options,
    pub cookies: cookies::Options,
    pub headers: headers::Options,
}

/// The steps of one policy, shared by all workers.
pub struct Stack {
    trust: Trust,
    pub(crate) decoys: Decoys,
    request_steps: Vec<Step>,
    router: Router,
    whoami: Whoami,
    /// A host and a path that are served.
    example: Option<(HeaderValue, Uri)>,
    errors: Errors,
    redirect: Redirect,
    compression: Compression,
    response_controls: Vec<Box<dyn ResponseControl>>,
}

/// What a client gets in place of the app's answer.
enum Instead {
    Refusal(Refusal),
    Answer(Box<Response<Body>>),
}

impl From<Refusal> for Instead {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(refusal)
    }
}

/// A step on the way in.
enum Step {
    /// Has no switch and no finding: without it nothing else could be decided.
    Guard(Box<dyn Guard>),
    /// Each flag is a switch of its own, and turned by operators, not by the policy.
    Flags(Box<Gates>),
    Control(Box<dyn RequestControl>),
}

impl Stack {
    pub fn new(options: StackOptions) -> Self {
        let (trust, router) = (options.trust, options.router);
        let (sharings, sharing_mode) = (Arc::new(Sharings::new(&options.cors)), options.cors.mode);
        let hosts = options.boundary.hosts.clone();
        Self {
            whoami: Whoami::new(options.client_ip.whoami_allow.clone(), &trust),
            example: example(&router, &options.boundary.hosts),
            decoys: options.honeypot.decoys.clone(),
            request_steps: vec![
                // admit
                // First of all, so that a refusal is logged with its client too.
                Step::Control(Box::new(ClientIp::new(trust.clone(), options.client_ip))),
                // Before anything else looks: a tunnel would carry requests past every control.
                Step::Guard(Box::new(RefuseTunnels)),
                // Before any field is read.
                Step::Guard(Box::new(BoundFields)),
                // Whatever is decided later depends on whose request this is.
                Step::Guard(Box::new(FindRoute(router.clone()))),
                // As soon as the host is known: nobody else's requests are judged any further.
                Step::Control(Box::new(Boundary::new(options.boundary))),
                // Before all that answers for the app: who is out is told nothing else.
                Step::Control(Box::new(Bans::new(options.ban))),
                // Before whatever costs more: a shut app needs no further judging.
                Step::Control(Box::new(Maintenance::new(options.maintenance))),
                // Before anything that could tell a decoy from a page.
                Step::Control(Box::new(Honeypot::new(options.honeypot))),
                // A part of the app that is off costs nobody their budget either.
                Step::Flags(Box::new(Gates::new(options.flags))),
                // shape
                // What another site has sent is judged whoever's it is, so before anybody asks.
                Step::Control(Box::new(CrossSite::new(
                    &options.cross_site,
                    sharings.clone(),
                ))),
                // Before authentication: a preflight carries no credential, and is answered here.
                Step::Control(Box::new(Cors::new(sharing_mode, sharings.clone()))),
                // limit
                // Last on the way in: what another control refuses costs nobody their budget.
                Step::Control(Box::new(RateLimit::new(options.rate_limit))),
            ],
            trust,
            router,
            // respond
            // Before compression: what is encoded anew could not be read.
            errors: Errors::new(options.errors),
            // Before compression too: what is refused is replaced whole.
            redirect: Redirect::new(options.redirect, hosts),
            // Before the headers, which must describe the body as it is sent.
            compression: options.compression,
            response_controls: vec![
                // Before the headers: a rule of the operator's has the last word on any field.
                Box::new(Cookies::new(options.cookies)),
                // Before the headers, which go by with whom an answer is shared.
                Box::new(cors::Answers::new(sharing_mode, sharings)),
                // Last, so that answers of our own carry them too.
                Box::new(Headers::new(options.headers)),
            ],
        }
    }

    /// Every control of the policy, in the order of the stack.
    pub fn controls(&self) -> impl Iterator<Item = &dyn Control> {
        let on_the_way_in = self.request_steps.iter().filter_map(|step| match step {
            Step::Guard(_) | Step::Flags(_) => None,
            Step::Control(control) => Some(control.as_ref() as &dyn Control),
        });
        let on_the_way_out = self.response_controls.iter();
        on_the_way_in
            .chain([&self.errors as &dyn Control, &self.redirect])
            .chain(on_the_way_out.map(|control| control.as_ref() as &dyn Control))
    }

    pub fn router(&self) -> &Router {
        &self.router
    }

    /// Whose word is taken about who the client is.
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// A host and a path that get past the boundary and to an app; `None` for an empty policy.
    pub(crate) fn example(&self) -> Option<&(HeaderValue, Uri)> {
        self.example.as_ref()
    }

    /// Finds out who asks, and no more: for requests that are answered outside [`Stack::handle`].
    pub fn recognise(&self, exchange: &mut Exchange, head: &request::Parts, state: &State) {
        for step in &self.request_steps {
            if let Step::Control(control) = step
                && control.id() == ControlId::EdgeClientIp
            {
                // It refuses nothing.
                let _ = check(control.as_ref(), exchange, head, state);
            }
        }
    }

    /// Answers one request. It always has an answer: what goes wrong is a problem document.
    pub async fn handle(
        &self,
        exchange: &mut Exchange,
        request: Request<Body>,
        upstreams: &[Arc<dyn Upstream>],
        state: &State,
        clock: &dyn Clock,
    ) -> Response<Body> {
        let (head, body) = request.into_parts();
        let accept = refusal::Accept::of(&head.headers);
        let codings = self.compression.acceptable(&head);
        let judged = match self.judge(exchange, &head, state) {
            Ok(()) => self.judge_body(exchange, &head, body, state).await,
            Err(instead) => Err(instead),
        };
        let body = match judged {
            Ok(body) => body,
            Err(instead) => {
                let response = match instead {
                    Instead::Refusal(refusal) => refusal::answer(exchange, refusal, accept),
                    Instead::Answer(response) => *response,
                };
                // A decoy that came uncompressed would be told from the app's own pages.
                let response = self.compression.apply(codings, response);
                return self.respond(exchange, response);
            }
        };
        let asked = head.uri.clone();
        let response = match self.router.destination(exchange) {
            Destination::Own => own::answer(exchange, &head, &self.whoami),
            Destination::Nowhere => Err(&Problem::UNKNOWN_HOST),
            Destination::Upstream(index) => match upstreams.get(index) {
                Some(upstream) => {
                    let request = Request::from_parts(head, body);
                    forward::forward(exchange, request, upstream.as_ref(), clock).await
                }
                None => Err(&Problem::INTERNAL),
            },
        };
        let response = match response {
            Ok(response) => {
                let response = self.inspect(exchange, response, accept, state).await;
                let response = self.keep_here(exchange, response, accept, &asked);
                self.compression.apply(codings, response)
            }
            Err(problem) => refusal::response(exchange, problem, accept),
        };
        self.respond(exchange, response)
    }

    /// The last slot alone, for answers that were made outside [`Stack::handle`].
    pub fn respond(&self, exchange: &mut Exchange, response: Response<Body>) -> Response<Body> {
        let (mut head, body) = response.into_parts();
        for control in &self.response_controls {
            let finding = amend(control.as_ref(), exchange, &mut head);
            exchange.record(control.id(), finding);
        }
        head.headers.extend(exchange.response_fields.drain(..));
        head.headers
            .insert(forward::REQUEST_ID, exchange.id_header.clone());
        Response::from_parts(head, body)
    }

    /// Asks every step on the way in until one of them answers itself.
    fn judge(
        &self,
        exchange: &mut Exchange,
        head: &request::Parts,
        state: &State,
    ) -> Result<(), Instead> {
        for step in &self.request_steps {
            match step {
                Step::Guard(guard) => guard.check(exchange, head).map_err(Refusal::new)?,
                Step::Flags(gates) => gates.check(exchange, head, state)?,
                Step::Control(control) => check(control.as_ref(), exchange, head, state)?,
            }
        }
        Ok(())
    }

    /// Reads the body where a control must see it, and asks those again. The app gets the same
    /// body either way.
    async fn judge_body(
        &self,
        exchange: &mut Exchange,
        head: &request::Parts,
        body: Body,
        state: &State,
    ) -> Result<Body, Instead> {
        let controls = self.request_steps.iter().filter_map(|step| match step {
            Step::Control(control) if control.mode() != Mode::Off => Some(control.as_ref()),
            Step::Guard(_) | Step::Flags(_) | Step::Control(_) => None,
        });
        let mut wanted = 0;
        for control in controls.clone() {
            wanted = wanted.max(
                control
                    .body_bytes_wanted(exchange, head)
                    .unwrap_or_default(),
            );
        }
        if wanted == 0 {
            return Ok(body);
        }
        let read = body::read(body, wanted).await;
        let (buffered, body) = read.map_err(|_| Refusal::new(&Problem::BAD_REQUEST))?;
        for control in controls {
            if control.body_bytes_wanted(exchange, head).is_some() {
                let verdict = control.check_body(exchange, head, &buffered, state);
                settle(control, exchange, verdict)?;
            }
        }
        Ok(body)
    }
}

fn example(router: &Router, hosts: &boundary::Hosts) -> Option<(HeaderValue, Uri)> {
    let mut ours = router
        .examples()
        .filter(|host| hosts.cover(host))
        .chain(hosts.examples());
    ours.find_map(|host| router.example_on(&host))
}

/// Asks one control about the head.
fn check(
    control: &dyn RequestControl,
    exchange: &mut Exchange,
    head: &request::Parts,
    state: &State,
) -> Result<(), Instead> {
    if control.mode() == Mode::Off {
        return Ok(());
    }
    let verdict = control.check(exchange, head, state);
    settle(control, exchange, verdict)
}

/// Records what a control has found. Only an enforced one that is sure acts.
fn settle(
    control: &dyn RequestControl,
    exchange: &mut Exchange,
    verdict: Verdict,
) -> Result<(), Instead> {
    let mode = control.mode();
    let (finding, outcome) = match verdict {
        Verdict::Answer(answer) if mode == Mode::Enforce => {
            (Finding::Passed, Err(Instead::Answer(answer)))
        }
        Verdict::Pass | Verdict::Answer(_) => (Finding::Passed, Ok(())),
        Verdict::Refuse(refusal) if mode == Mode::Enforce => {
            (Finding::Refused, Err(refusal.into()))
        }
        Verdict::Refuse(_) | Verdict::Doubt(_) => (Finding::WouldRefuse, Ok(())),
    };
    exchange.record(control.id(), finding);
    outcome
}

fn amend(
    control: &dyn ResponseControl,
    exchange: &Exchange,
    head: &mut http::response::Parts,
) -> Finding {
    let mode = control.mode();
    if mode == Mode::Off {
        return Finding::Unasked;
    }
    let would_amend = control.would_amend(exchange, head);
    let amends = match mode {
        Mode::Enforce => control.amend(exchange, head),
        Mode::Off | Mode::Shadow => {
            let (mut copy, ()) = Response::new(()).into_parts();
            copy.status = head.status;
            copy.headers = head.headers.clone();
            control.amend(exchange, &mut copy)
        }
    };
    match (amends, would_amend) {
        (true, _) if mode == Mode::Enforce => Finding::Amended,
        (true, _) | (_, true) => Finding::WouldAmend,
        (false, false) => Finding::Passed,
    }
}

impl StackOptions {
    /// The same policy with one control in another mode: how a control in shadow is proved.
    pub fn with_mode(mut self, control: ControlId, mode: Mode) -> Self {
        match control {
            // It has no switch.
            ControlId::EdgeClientIp => {}
            ControlId::EdgeBoundary => self.boundary.mode = mode,
            ControlId::EdgeBan => self.ban.mode = mode,
            ControlId::EdgeMaintenance => self.maintenance.mode = mode,
            ControlId::EdgeHoneypot => self.honeypot.mode = mode,
            ControlId::EdgeCrossSite => self.cross_site.mode = mode,
            ControlId::EdgeCors => self.cors.mode = mode,
            ControlId::EdgeRateLimit => self.rate_limit.mode = mode,
            ControlId::EdgeErrors => self.errors.mode = mode,
            ControlId::EdgeRedirect => self.redirect.mode = mode,
            ControlId::EdgeCookies => self.cookies.mode = mode,
            ControlId::EdgeHeaders => self.headers.mode = mode,
        }
        self
    }

    pub fn mode(&self, control: ControlId) -> Mode {
        match control {
            ControlId::EdgeClientIp => Mode::Enforce,
            ControlId::EdgeBoundary => self.boundary.mode,
            ControlId::EdgeBan => self.ban.mode,
            ControlId::EdgeMaintenance => self.maintenance.mode,
            ControlId::EdgeHoneypot => self.honeypot.mode,
            ControlId::EdgeCrossSite => self.cross_site.mode,
            ControlId::EdgeCors => self.cors.mode,
            ControlId::EdgeRateLimit => self.rate_limit.mode,
            ControlId::EdgeErrors => self.errors.mode,
            ControlId::EdgeRedirect => self.redirect.mode,
            ControlId::EdgeCookies => self.cookies.mode(),
            ControlId::EdgeHeaders => self.headers.mode,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
