//! What is done about an answer of the app's before it is anybody's: an error that tells too much, and a
//! redirect that leads astray, are replaced whole.

use http::{Response, Uri};
use palisade_kernel::Mode;

use super::Stack;
use crate::body::Body;
use crate::control::{Control, Finding};
use crate::exchange::Exchange;
use crate::refusal;
use crate::state::State;

impl Stack {
    /// Looks into an error of the app and replaces what no client should see.
    pub(super) async fn inspect(
        &self,
        exchange: &mut Exchange,
        response: Response<Body>,
        accept: refusal::Accept,
        state: &State,
    ) -> Response<Body> {
        let control = &self.errors;
        let mode = control.mode();
        if mode == Mode::Off {
            return response;
        }
        let (finding, response) = if control.concerns(exchange, &response) {
            // Boxed, so that good answers do not carry the room for it.
            let inspected = Box::pin(control.inspect(response)).await;
            match inspected.found {
                None => (Finding::Passed, inspected.response),
                Some(_) if mode == Mode::Shadow => (Finding::WouldAmend, inspected.response),
                Some(found) => {
                    let (head, _) = inspected.response.into_parts();
                    let replacement = control.replace(exchange, &head, found, accept, state);
                    (Finding::Amended, replacement)
                }
            }
        } else {
            (Finding::Passed, response)
        };
        exchange.record(control.id(), finding);
        response
    }

    /// Replaces an answer that would send the client where nobody should be sent.
    pub(super) fn keep_here(
        &self,
        exchange: &mut Exchange,
        response: Response<Body>,
        accept: refusal::Accept,
        asked: &Uri,
    ) -> Response<Body> {
        let control = &self.redirect;
        let mode = control.mode();
        if mode == Mode::Off {
            return response;
        }
        let (head, body) = response.into_parts();
        let leads_astray = control.leads_astray(exchange, &head, asked);
        let (finding, response) = match (leads_astray, mode) {
            (false, _) => (Finding::Passed, Response::from_parts(head, body)),
            (true, Mode::Enforce) => (Finding::Amended, control.replace(exchange, &head, accept)),
            (true, _) => (Finding::WouldAmend, Response::from_parts(head, body)),
        };
        exchange.record(control.id(), finding);
        response
    }
}
