//! Library mode: a policy's stack around any tower service, without listeners and without a
//! gateway. The service inside plays the app; guards, headers and problem documents are the same.

use std::convert::Infallible;
use std::future::poll_fn;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt;
use palisade_kernel::{Clock, Problem, Random};
use tower_layer::Layer;
use tower_service::Service;

use crate::body::{Body, BodyError};
use crate::client_address::Scheme;
use crate::exchange::{Arrival, Exchange};
use crate::listen::connection::Peer;
use crate::policy::Policy;
use crate::refusal;
use crate::state::State;
use crate::upstream::{SendFuture, Upstream, UpstreamError, UpstreamErrorKind};

/// The connection that a request came over. Whoever accepted it puts this into the request's
/// extensions before the layer sees it.
///
/// A request without it is answered with 500 and never reaches the service: nobody could say whom
/// it is from, and a guess would make every client the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connected {
    /// Who connected. Where that is a proxy which the policy trusts, the client is read from what
    /// the proxy wrote down.
    pub from: IpAddr,
    /// How this connection is spoken.
    pub scheme: Scheme,
}

/// Puts a policy around a service.
///
/// Every route of the policy leads to that service. What the app of a gateway would be sent is what
/// it receives: claims about the client replaced, hop-by-hop fields gone, a request id set; the
/// request's extensions stay. WebSockets are not carried: route them around the layer.
///
/// A policy is for good; a new one takes a new layer. See [`Policy::unproven`] before using one.
#[derive(Clone)]
pub struct PolicyLayer(Arc<Parts>);

struct Parts {
    policy: Arc<Policy>,
    state: Arc<State>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

/// A service behind a policy. It never fails: where the service inside does, the client gets a 502.
#[derive(Clone)]
pub struct PolicyService<S> {
    layer: PolicyLayer,
    inner: S,
}

impl PolicyLayer {
    /// Layers that share a `state` share what is counted and decreed in it.
    pub fn new(
        policy: Arc<Policy>,
        state: Arc<State>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self(Arc::new(Parts {
            policy,
            state,
            clock,
            random,
        }))
    }
}

impl<S> Layer<S> for PolicyLayer {
    type Service = PolicyService<S>;

    fn layer(&self, inner: S) -> PolicyService<S> {
        PolicyService {
            layer: self.clone(),
            inner,
        }
    }
}

/// Bodies of other kinds are turned into ours on the way in, so that an axum `Router` can be layered
/// as it is; inside there is one kind.
impl<S, B, R> Service<Request<B>> for PolicyService<S>
where
    S: Service<Request<Body>, Response = Response<R>, Error: Into<BodyError>, Future: Send>
        + Clone
        + Send
        + 'static,
    B: http_body::Body<Data = Bytes, Error: Into<BodyError>> + Send + 'static,
    R: http_body::Body<Data = Bytes, Error: Into<BodyError>> + Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    /// Always: a guard may answer without the service inside, whose readiness is awaited when a
    /// request is for it.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let PolicyLayer(parts) = self.layer.clone();
        let app: Arc<dyn Upstream> = Arc::new(App(Mutex::new(self.inner.clone())));
        Box::pin(async move { Ok(parts.answer(request.map(ours), app).await) })
    }
}

impl Parts {
    async fn answer(&self, request: Request<Body>, app: Arc<dyn Upstream>) -> Response<Body> {
        let stack = &self.policy.stack;
        let connected = request.extensions().get::<Connected>().copied();
        let (head, body) = request.into_parts();
        let mut exchange = Exchange::new(self.arrival(connected), &head);
        if connected.is_none() {
            tracing::error!("A request carries no `Connected`; its client is unknown.");
            let accept = refusal::Accept::of(&head.headers);
            let refused = refusal::response(&mut exchange, &Problem::INTERNAL, accept);
            return stack.respond(&mut exchange, refused);
        }
        let request = Request::from_parts(head, body);
        let apps = vec![app; stack.router().upstreams()];
        let response = stack
            .handle(
                &mut exchange,
                request,
                &apps,
                &self.state,
                self.clock.as_ref(),
            )
            .await;
        if let Some(failure) = &exchange.failure {
            let id = exchange.arrival.id;
            tracing::warn!(request_id = %id, %failure, "The service inside did not answer a request.");
        }
        response
    }

    fn arrival(&self, connected: Option<Connected>) -> Arrival {
        let connected = connected.unwrap_or(Connected {
            from: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            scheme: Scheme::Http,
        });
        let mut entropy = [0; 10];
        self.random.fill(&mut entropy);
        // Ports are not known here, and matter to nobody.
        let peer = SocketAddr::new(connected.from, 0);
        let peer = Peer::new(peer, SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 0), None);
        Arrival {
            scheme: connected.scheme,
            ..Arrival::new(self.clock.as_ref(), entropy, Arc::new(peer))
        }
    }
}

/// The service inside, as the stack sees it. Its lock is held for a clone, and there because many
/// services can be sent between threads but not shared.
struct App<S>(Mutex<S>);

impl<S, R> Upstream for App<S>
where
    S: Service<Request<Body>, Response = Response<R>, Error: Into<BodyError>, Future: Send>
        + Clone
        + Send
        + 'static,
    R: http_body::Body<Data = Bytes, Error: Into<BodyError>> + Send + 'static,
{
    fn send(&self, request: Request<Body>) -> SendFuture<'_> {
        let failed = |error: S::Error| UpstreamError::new(UpstreamErrorKind::Unreachable, error);
        let mut service = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        Box::pin(async move {
            poll_fn(|cx| service.poll_ready(cx)).await.map_err(failed)?;
            let response = service.call(request).await.map_err(failed)?;
            Ok(response.map(ours))
        })
    }
}

fn ours<B>(body: B) -> Body
where
    B: http_body::Body<Data = Bytes, Error: Into<BodyError>> + Send + 'static,
{
    match body.is_end_stream() {
        true => Body::Empty,
        false => Body::wrap(body.map_err(Into::into)),
    }
}
