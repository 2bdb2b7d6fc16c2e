//! From hyper's request to hyper's response: facts gathered, stack run, books opened.

use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use http::{Request, Response, StatusCode, header};
use http_body::Body as _;
use hyper::body::Incoming;
use palisade_kernel::Problem;

use super::connection::Connection;
use super::counted_body::CountedBody;
use super::logged_body::{LoggedBody, Record};
use super::panic::{Catch, Panicked};
use super::{Entrance, Published, Worker};
use crate::body::Body;
use crate::exchange::{Arrival, Exchange};
use crate::listen::redirect;
use crate::refusal;

impl Worker {
    pub(super) async fn answer(
        self: Arc<Self>,
        connection: Arc<Connection>,
        request: Request<Incoming>,
    ) -> Result<Response<LoggedBody>, Infallible> {
        let published = self.current.load_full();
        let (head, body) = request.into_parts();
        let exchange = Exchange::new(self.arrival(&connection), &head);
        let (body, intake) = match body.is_end_stream() {
            true => (Body::Empty, None),
            false => {
                let (counted, intake) = CountedBody::new(Body::from(body), connection.body_timeout);
                (Body::wrap(counted), Some(intake))
            }
        };
        let mut request = Request::from_parts(head, body);
        if request.headers().contains_key(header::UPGRADE)
            && let Some(place) = connection.place.upgrade()
        {
            // A tunnel outlives the connection's own task and must keep its place.
            request.extensions_mut().insert(place);
        }
        let mut record = Record::open(self, connection, published, exchange, intake);
        let Record {
            worker,
            connection,
            published,
            exchange,
            ..
        } = record.as_mut();
        let response = match connection.entrance {
            Entrance::App => {
                let stack = &published.policy.stack;
                let upstreams = &published.upstreams;
                let clock = worker.clock.as_ref();
                let state = worker.state.as_ref();
                let handled = stack.handle(exchange, request, upstreams, state, clock);
                match Catch::new(handled).await {
                    Ok(response) => response,
                    Err(Panicked) => worker.apologise(published, exchange),
                }
            }
            Entrance::Redirect { https_port } => {
                let (head, _) = request.into_parts();
                let stack = &published.policy.stack;
                stack.recognise(exchange, &head, worker.state.as_ref());
                let accept = refusal::Accept::of(&head.headers);
                let response =
                    redirect::to_https(&head.uri, head.version, &head.headers, https_port)
                        .unwrap_or_else(|problem| refusal::response(exchange, problem, accept));
                stack.respond(exchange, response)
            }
        };
        if let Some(failure) = &exchange.failure {
            let id = exchange.arrival.id;
            tracing::warn!(request_id = %id, %failure, "The application did not answer a request.");
        }
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            connection.turn.hand_over();
        }
        record.answered(response.status());
        Ok(response.map(|body| LoggedBody::new(body, record)))
    }

    pub(super) fn arrival(&self, connection: &Connection) -> Arrival {
        let peer = connection.peer.clone();
        Arrival::new(self.clock.as_ref(), self.entropy.take(), peer)
    }

    /// The answer to a request that ran into a bug of ours. Should the bug be in what amends
    /// answers, this one goes out bare.
    fn apologise(&self, published: &Published, exchange: &mut Exchange) -> Response<Body> {
        self.shard.panicked();
        tracing::error!(request_id = %exchange.arrival.id, path = exchange.path, "A request ran into a bug in the gateway.");
        let accept = refusal::Accept::Document;
        let response = refusal::response(exchange, &Problem::INTERNAL, accept);
        let amended = AssertUnwindSafe(|| published.policy.stack.respond(exchange, response));
        catch_unwind(amended).unwrap_or_else(|_| {
            let mut bare = Response::new(Body::Empty);
            *bare.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            bare
        })
    }
}
