//! One worker's way to one instance: its idle connections, newest first.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{Request, Version, header};

use super::{Answer, Failure, Tells};
use crate::body::Body;
use crate::upstream::deadline::Deadline;
use crate::upstream::exchange::{self, NoHead};
use crate::upstream::group::Group;
use crate::upstream::http1::Connection;
use crate::upstream::http2::{self, SharedConnection};
use crate::upstream::instance::Instance;
use crate::upstream::options::HostHeader;
use crate::upstream::request_body::Upload;
use crate::upstream::{UpstreamError, UpstreamErrorKind, connect};

/// Kept connections in a row that may turn out dead before a fresh one is made.
const STALE_MAX: u8 = 2;
/// How long a connection may take to become usable after its response ended, which it does when
/// the request body has been sent as well.
const SETTLE_MAX: Duration = Duration::from_secs(10);

pub(crate) struct Lane {
    pub(crate) group: Arc<Group>,
    pub(crate) instance: Arc<Instance>,
    index: u16,
    /// Uncontended: only this worker's thread comes here.
    idle: Mutex<Vec<Connection>>,
    shared: SharedConnection,
}

impl Lane {
    /// One per instance of `group`, in order.
    pub(crate) fn all(group: &Arc<Group>) -> Box<[Arc<Self>]> {
        let lane = |(index, instance): (u16, &Arc<Instance>)| {
            Arc::new(Self {
                group: Arc::clone(group),
                instance: Arc::clone(instance),
                index,
                idle: Mutex::default(),
                shared: SharedConnection::default(),
            })
        };
        (0..).zip(group.instances()).map(lane).collect()
    }

    pub(crate) const fn index(&self) -> u16 {
        self.index
    }

    /// Sends `request` over a kept connection, or over a fresh one when there is none or when it
    /// is sent `again`: after one connection broke, the others of its age are no better.
    pub(super) async fn over_http1(
        &self,
        mut request: Request<Body>,
        upload: Option<&Upload>,
        again: bool,
        now: Duration,
    ) -> Result<Answer, Failure> {
        self.address(&mut request);
        let mut stale = 0;
        loop {
            let kept = (!again && stale < STALE_MAX)
                .then(|| self.checkout(now))
                .flatten();
            let mut connection = match kept {
                Some(connection) => connection,
                None => match Box::pin(self.open()).await {
                    Ok(connection) => connection,
                    Err(why) => return Err(Failure::unsent(request, why)),
                },
            };
            let reused = connection.reused;
            let sending = connection.send(request);
            let patience = self.group.options().first_byte_timeout;
            match exchange::head(sending, &mut connection.deadline, patience, upload).await {
                Ok(response) => {
                    connection.begun();
                    self.count_reuse(reused);
                    return Ok(Answer {
                        response,
                        connection: Some(connection),
                        reused,
                    });
                }
                Err(NoHead::Unsent(unsent, _)) if reused => {
                    request = *unsent;
                    stale += 1;
                }
                Err(no_head) => return Err(self.failure(no_head, reused)),
            }
        }
    }

    /// Sends `request` over the shared connection.
    pub(super) async fn over_http2(
        &self,
        mut request: Request<Body>,
        upload: Option<&Upload>,
    ) -> Result<Answer, Failure> {
        let keep_host = self.group.options().host == HostHeader::Preserve;
        http2::make_absolute(&mut request, &self.instance, keep_host);
        let mut stale = 0;
        loop {
            let got = self.shared.get(&self.group, &self.instance).await;
            let (mut sender, reused) = match got {
                Ok(got) => got,
                Err(why) => return Err(Failure::unsent(request, why)),
            };
            let sending = sender.try_send_request(request);
            let patience = self.group.options().first_byte_timeout;
            match exchange::head(sending, &mut Deadline::default(), patience, upload).await {
                Ok(response) => {
                    self.count_reuse(reused);
                    return Ok(Answer {
                        response,
                        connection: None,
                        reused,
                    });
                }
                Err(NoHead::Unsent(unsent, _)) if reused && stale < STALE_MAX => {
                    request = *unsent;
                    stale += 1;
                }
                Err(no_head) => return Err(self.failure(no_head, reused)),
            }
        }
    }

    /// Takes `connection` back for the next request.
    pub(crate) fn give_back(self: &Arc<Self>, mut connection: Connection) {
        connection.reused = true;
        if connection.sender.is_ready() {
            self.keep(connection);
        } else if !connection.sender.is_closed() {
            // The app answered before it had read all of the request.
            let lane = Arc::clone(self);
            tokio::spawn(async move {
                let settled = tokio::time::timeout(SETTLE_MAX, connection.sender.ready()).await;
                if let Ok(Ok(())) = settled {
                    lane.keep(connection);
                }
            });
        }
    }

    fn keep(&self, mut connection: Connection) {
        let (now, options) = (self.group.now(), self.group.options());
        connection.idle_since = now;
        let mut idle = self.idle();
        // One look at the oldest per return keeps what a burst left behind from lying there.
        if idle
            .first()
            .is_some_and(|oldest| now.saturating_sub(oldest.idle_since) > options.keep_alive)
        {
            idle.remove(0);
        }
        if idle.len() < options.keep_alive_connections_max {
            idle.push(connection);
        }
    }

    /// The most recently used connection that still holds, if any.
    fn checkout(&self, now: Duration) -> Option<Connection> {
        let keep_alive = self.group.options().keep_alive;
        let mut idle = self.idle();
        while let Some(mut connection) = idle.pop() {
            if now.saturating_sub(connection.idle_since) > keep_alive {
                // All others are older.
                idle.clear();
                return None;
            }
            if connection.sender.is_ready() && connection.peer.is_current(&self.instance) {
                return Some(connection);
            }
        }
        None
    }

    async fn open(&self) -> Result<Connection, UpstreamError> {
        let (io, peer) = connect::connect(&self.group, &self.instance).await?;
        Connection::open(io, peer).await
    }

    /// Makes the head fit HTTP/1.1 and this instance.
    fn address(&self, request: &mut Request<Body>) {
        *request.version_mut() = Version::HTTP_11;
        let replaces = self.group.options().host == HostHeader::Upstream;
        // HTTP/1.0 clients may have sent none; the app must get one (RFC 9112 section 3.2).
        if replaces || !request.headers().contains_key(header::HOST) {
            let host = self.instance.target.host.clone();
            request.headers_mut().insert(header::HOST, host);
        }
    }

    fn failure(&self, no_head: NoHead, reused: bool) -> Failure {
        let tells = match &no_head {
            NoHead::Unsent(..) => Tells::Unreachable,
            NoHead::Sent(why) => match why.kind {
                UpstreamErrorKind::Timeout => {
                    self.instance.timeouts.fetch_add(1, Ordering::Relaxed);
                    Tells::Unanswered
                }
                UpstreamErrorKind::Unreachable if reused => Tells::Nothing,
                UpstreamErrorKind::ClientBody | UpstreamErrorKind::ClientTimeout => Tells::Nothing,
                _ => Tells::Unanswered,
            },
        };
        Failure { no_head, tells }
    }

    fn count_reuse(&self, reused: bool) {
        if reused {
            self.instance.reuses.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Failure {
    /// No connection could be had.
    fn unsent(request: Request<Body>, why: UpstreamError) -> Self {
        Self {
            no_head: NoHead::Unsent(Box::new(request), why),
            tells: Tells::Unreachable,
        }
    }
}
