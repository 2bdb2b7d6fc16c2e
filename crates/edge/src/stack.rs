//! The way of a request: every step there is, in order, a reason per line.
//!
//! A control lives in exactly one slot. What is not in this list does not happen to a request.

use std::sync::Arc;

use http::{Request, Response};
use palisade_kernel::{Clock, ControlId, Mode, Problem};

use crate::admit::{FindRoute, RefuseTunnels};
use crate::body::Body;
use crate::compress::Compression;
use crate::control::{Control, Finding, Guard, ResponseControl, Verdict};
use crate::exchange::Exchange;
use crate::forward;
use crate::headers::{self, Headers};
use crate::own;
use crate::refusal;
use crate::router::{Destination, Router};
use crate::upstream::Upstream;

/// The controls that a policy sets, before they are ordered.
#[derive(Clone, Debug)]
pub struct StackOptions {
    pub router: Router,
    pub compression: Compression,
    pub headers: headers::Options,
}

/// The steps of one policy, shared by all workers.
pub struct Stack {
    guards: Vec<Box<dyn Guard>>,
    router: Router,
    compression: Compression,
    response_controls: Vec<Box<dyn ResponseControl>>,
}

impl Stack {
    pub fn new(options: StackOptions) -> Self {
        Self {
            guards: vec![
                // admit
                // Before anything else looks: a tunnel would carry requests past every control.
                Box::new(RefuseTunnels),
                // Whatever is decided later depends on whose request this is.
                Box::new(FindRoute(options.router.clone())),
            ],
            router: options.router,
            // respond
            // Before the headers, which must describe the body as it is sent.
            compression: options.compression,
            response_controls: vec![
                // Last, so that answers of our own carry them too.
                Box::new(Headers::new(options.headers)),
            ],
        }
    }

    /// Every control of the policy, in the order of the stack.
    pub fn controls(&self) -> impl Iterator<Item = &dyn Control> {
        self.response_controls
            .iter()
            .map(|control| control.as_ref() as &dyn Control)
    }

    pub fn router(&self) -> &Router {
        &self.router
    }

    /// Answers one request. It always has an answer: what goes wrong is a problem document.
    pub async fn handle(
        &self,
        exchange: &mut Exchange,
        request: Request<Body>,
        upstreams: &[Arc<dyn Upstream>],
        clock: &dyn Clock,
    ) -> Response<Body> {
        let (head, body) = request.into_parts();
        let accept = refusal::Accept::of(&head.headers);
        let codings = self.compression.acceptable(&head);
        let refused = self
            .guards
            .iter()
            .find_map(|guard| match guard.check(exchange, &head) {
                Verdict::Pass => None,
                Verdict::Refuse(problem) => Some(problem),
            });
        let response = match refused {
            Some(problem) => Err(problem),
            None => match self.router.destination(exchange) {
                Destination::Own => own::answer(&head),
                Destination::Nowhere => Err(&Problem::UNKNOWN_HOST),
                Destination::Upstream(index) => match upstreams.get(index) {
                    Some(upstream) => {
                        let request = Request::from_parts(head, body);
                        forward::forward(exchange, request, upstream.as_ref(), clock).await
                    }
                    None => Err(&Problem::INTERNAL),
                },
            },
        };
        let response = match response {
            Ok(response) => self.compression.apply(codings, response),
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
        head.headers
            .insert(forward::REQUEST_ID, exchange.id_header.clone());
        Response::from_parts(head, body)
    }
}

fn amend(
    control: &dyn ResponseControl,
    exchange: &Exchange,
    head: &mut http::response::Parts,
) -> Finding {
    match control.mode() {
        Mode::Off => Finding::Unasked,
        Mode::Enforce if control.amend(exchange, head) => Finding::Amended,
        Mode::Enforce => Finding::Passed,
        Mode::Shadow => {
            let (mut copy, ()) = Response::new(()).into_parts();
            copy.status = head.status;
            copy.headers = head.headers.clone();
            match control.amend(exchange, &mut copy) {
                true => Finding::WouldAmend,
                false => Finding::Passed,
            }
        }
    }
}

impl StackOptions {
    /// The same policy with one control in another mode: how a control in shadow is proved.
    pub fn with_mode(mut self, control: ControlId, mode: Mode) -> Self {
        match control {
            ControlId::EdgeHeaders => self.headers.mode = mode,
        }
        self
    }

    pub fn mode(&self, control: ControlId) -> Mode {
        match control {
            ControlId::EdgeHeaders => self.headers.mode,
        }
    }
}

#[cfg(test)]
mod tests;
