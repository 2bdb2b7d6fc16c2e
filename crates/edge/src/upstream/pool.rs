//! One worker's connections to a group, and the way of a request over them.

mod lane;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::{Request, Response, StatusCode, header};
use http_body::Body as _;
use hyper::body::Incoming;

use super::balance::{InstanceSet, spread};
use super::exchange::NoHead;
use super::group::Group;
use super::hold::{Hold, Permit, Visit};
use super::http1;
use super::options::Protocol;
use super::request_body::Upload;
use super::response_body::ResponseBody;
use super::{SendFuture, Served, Upstream, UpstreamError, UpstreamErrorKind, retry};
use crate::body::Body;
use crate::media_type::MediaType;

pub(crate) use lane::Lane;

/// Make one per worker thread: connections are driven by the runtime that first needs them.
pub struct Pool {
    group: Arc<Group>,
    lanes: Box<[Arc<Lane>]>,
    /// Requests so far, as the source of load-spreading draws.
    draws: AtomicU64,
}

/// A response head, and what it came over.
struct Answer {
    response: Response<Incoming>,
    /// None over HTTP/2.
    connection: Option<http1::Connection>,
    reused: bool,
}

/// An attempt without a response head.
struct Failure {
    no_head: NoHead,
    tells: Tells,
}

/// What a failure says of the instance.
#[derive(Clone, Copy)]
enum Tells {
    /// It cannot be reached.
    Unreachable,
    /// It was reached and gave no answer that can be passed on. One request that the app cannot
    /// stand is enough for that, and whoever has found it may send it again and again.
    Unanswered,
    /// As a kept-alive connection that ends when a request arrives: the app was within its rights
    /// to close it.
    Nothing,
}

/// Where one request has been so far.
#[derive(Default)]
struct Asked {
    attempts: u8,
    tried: InstanceSet,
    /// Could not be connected to.
    unreached: InstanceSet,
}

impl Pool {
    pub fn new(group: Arc<Group>) -> Self {
        let lanes = Lane::all(&group);
        Self {
            // Workers start at different points of the sequence, lest they all draw alike.
            draws: AtomicU64::new(spread(Arc::strong_count(&group) as u64)),
            group,
            lanes,
        }
    }

    pub const fn group(&self) -> &Arc<Group> {
        &self.group
    }

    async fn serve(&self, request: Request<Body>) -> Result<Response<Body>, UpstreamError> {
        let admission = self.group.admission();
        if !admission.try_enter() {
            Box::pin(admission.queue()).await?;
        }
        let permit = Permit::entered(admission);
        let options = self.group.options();
        let asks_upgrade = request.headers().contains_key(header::UPGRADE);
        let holds = options.protocol == Protocol::Http1;
        let (mut request, upload) = Upload::watch(request, holds);
        let mut spare = (options.retries_max > 0)
            .then(|| retry::spare(&request))
            .flatten();
        let mut asked = Asked::default();
        loop {
            let now = self.group.now();
            let mut visit = self.visit(&mut asked, now)?;
            let again = asked.attempts > 1;
            let attempt = self.attempt(&visit, request, upload.as_deref(), again, now);
            let failure = match attempt.await {
                Ok(answer) => {
                    visit.succeeded();
                    return respond(answer, permit.bind(visit), asked.attempts, asks_upgrade);
                }
                Err(failure) => failure,
            };
            self.judge(&mut visit, failure.tells);
            let may_retry = asked.attempts <= options.retries_max;
            request = match failure.no_head {
                NoHead::Unsent(unsent, why) => {
                    asked.unreached.insert(usize::from(visit.lane.index()));
                    let admitting = self.group.admitting(self.group.now());
                    if !may_retry || admitting.without(asked.unreached).is_empty() {
                        return Err(why);
                    }
                    *unsent
                }
                NoHead::Sent(why) if may_retry && why.kind == UpstreamErrorKind::Unreachable => {
                    let copy = spare.take().ok_or(why)?;
                    spare = retry::spare(&copy);
                    copy
                }
                NoHead::Sent(why) => return Err(why),
            };
            self.group.retries.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts a failure against the instance. For what a single request can bring about, the last
    /// instance that can be asked is never left alone: a client could take the app away from all.
    fn judge(&self, visit: &mut Visit, tells: Tells) {
        let now = self.group.now();
        let others = || {
            let mut this = InstanceSet::EMPTY;
            this.insert(usize::from(visit.lane.index()));
            !self.group.admitting(now).without(this).is_empty()
        };
        match tells {
            Tells::Unreachable => visit.failed(now),
            Tells::Unanswered if others() => visit.failed(now),
            Tells::Unanswered => visit.reached(),
            Tells::Nothing => {}
        }
    }

    /// Chooses an instance and begins a visit to it.
    fn visit(&self, asked: &mut Asked, now: Duration) -> Result<Visit, UpstreamError> {
        let random = spread(self.draws.fetch_add(1, Ordering::Relaxed));
        let chosen = self.group.choose(asked.tried, asked.unreached, random, now);
        let found = chosen.and_then(|(index, probe)| Some((index, probe, self.lanes.get(index)?)));
        let Some((index, probe, lane)) = found else {
            let why = "every instance's breaker is open";
            return Err(UpstreamError::new(UpstreamErrorKind::Suspended, why));
        };
        asked.tried.insert(index);
        asked.attempts = asked.attempts.saturating_add(1);
        Ok(Visit::begin(Arc::clone(lane), probe))
    }

    async fn attempt(
        &self,
        visit: &Visit,
        request: Request<Body>,
        upload: Option<&Upload>,
        again: bool,
        now: Duration,
    ) -> Result<Answer, Failure> {
        match self.group.options().protocol {
            Protocol::Http1 => visit.lane.over_http1(request, upload, again, now).await,
            // Boxed, so that the future of the common protocol stays small.
            Protocol::Http2 => Box::pin(visit.lane.over_http2(request, upload)).await,
        }
    }
}

impl Upstream for Pool {
    fn send(&self, request: Request<Body>) -> SendFuture<'_> {
        Box::pin(self.serve(request))
    }
}

/// The response as the caller sees it; the hold goes along with the body.
fn respond(
    answer: Answer,
    mut hold: Hold,
    attempts: u8,
    asks_upgrade: bool,
) -> Result<Response<Body>, UpstreamError> {
    let Answer {
        response,
        connection,
        reused,
    } = answer;
    let lane = Arc::clone(&hold.visit.lane);
    let options = lane.group.options();
    let (mut parts, incoming) = response.into_parts();
    parts.extensions.insert(Served {
        attempts,
        reused,
        instance: lane.index(),
        stream_idle_timeout: options.stream_idle_timeout,
    });
    if parts.status == StatusCode::SWITCHING_PROTOCOLS {
        if !asks_upgrade {
            let why = "the app switched protocols without having been asked to";
            return Err(UpstreamError::new(UpstreamErrorKind::Invalid, why));
        }
        // The place is free from here on: open WebSockets would use up the cap, while an app that
        // holds them hardly works for them.
        if let Some(connection) = connection {
            connection.hand_over();
        }
        return Ok(Response::from_parts(parts, Body::Empty));
    }
    if incoming.is_end_stream() {
        if let Some(connection) = connection {
            lane.give_back(connection);
        }
        return Ok(Response::from_parts(parts, Body::Empty));
    }
    let media_type = MediaType::of(&parts.headers);
    let idle = if media_type.is_some_and(|it| it.is("text/event-stream")) {
        // The same as for WebSockets.
        hold.release_place();
        options.stream_idle_timeout
    } else {
        options.idle_timeout
    };
    let body = ResponseBody::new(incoming, idle, hold, connection);
    Ok(Response::from_parts(parts, Body::wrap(body)))
}
