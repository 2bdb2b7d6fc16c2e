//! Active health checks: a real request over a fresh connection, since a pooled one would prove
//! only that it is still open.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use http::{HeaderValue, Request, StatusCode, header};
use tokio::time::MissedTickBehavior;

use super::connect::connect;
use super::group::Group;
use super::http1;
use super::http2;
use super::instance::Instance;
use super::options::{HealthOptions, Protocol};
use super::{UpstreamError, UpstreamErrorKind};
use crate::body::Body;

/// Checks `instance` again and again and keeps its flag.
pub(crate) async fn watch(group: Arc<Group>, instance: Arc<Instance>, options: HealthOptions) {
    let mut streak = Streak::default();
    let mut ticks = tokio::time::interval(options.interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let checked = tokio::time::timeout(options.timeout, check(&group, &instance, &options));
        let outcome = match checked.await {
            Ok(outcome) => outcome,
            Err(_) => Err(UpstreamError::new(
                UpstreamErrorKind::Timeout,
                "no answer in time",
            )),
        };
        let healthy = instance.is_healthy();
        if !streak.turns(healthy, outcome.is_ok(), &options) {
            continue;
        }
        instance.healthy.store(!healthy, Ordering::Relaxed);
        let (upstream, instance) = (&group.options().name, &instance.target.label);
        match outcome {
            Ok(()) => tracing::info!(%upstream, %instance, "the instance is healthy again"),
            Err(cause) => tracing::warn!(
                %upstream, %instance, %cause,
                "the instance fails its health checks and gets no requests while others pass them"
            ),
        }
    }
}

async fn check(
    group: &Group,
    instance: &Instance,
    options: &HealthOptions,
) -> Result<(), UpstreamError> {
    let mut request = Request::new(Body::Empty);
    *request.uri_mut() = options.path.clone().into();
    let headers = request.headers_mut();
    headers.insert(header::HOST, instance.target.host.clone());
    headers.insert(
        header::USER_AGENT,
        HeaderValue::from_static("palisade-health"),
    );
    let (io, peer) = connect(group, instance).await?;
    let status = match group.options().protocol {
        Protocol::Http1 => {
            let mut connection = http1::Connection::open(io, peer).await?;
            let answered = connection.sender.send_request(request).await;
            answered.map_err(invalid)?.status()
        }
        Protocol::Http2 => {
            http2::make_absolute(&mut request, instance, false);
            let answered = http2::open(io).await?.send_request(request).await;
            answered.map_err(invalid)?.status()
        }
    };
    judge(status)
}

fn judge(status: StatusCode) -> Result<(), UpstreamError> {
    if status.is_success() || status.is_redirection() {
        return Ok(());
    }
    Err(invalid(format!("it answered {status}")))
}

fn invalid(cause: impl Into<crate::body::BodyError>) -> UpstreamError {
    UpstreamError::new(UpstreamErrorKind::Invalid, cause)
}

/// Outcomes in a row that contradict the flag.
#[derive(Default)]
struct Streak(u32);

impl Streak {
    /// Whether the flag turns with this outcome.
    const fn turns(&mut self, healthy: bool, passed: bool, options: &HealthOptions) -> bool {
        if healthy == passed {
            self.0 = 0;
            return false;
        }
        self.0 += 1;
        let needed = if passed {
            options.healthy_after
        } else {
            options.unhealthy_after
        };
        if self.0 < needed {
            return false;
        }
        self.0 = 0;
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[track_caller]
    fn check_flag(outcomes: &str, healthy_at_the_end: bool) {
        let options = HealthOptions {
            path: "/up".parse().unwrap(),
            interval: Duration::from_secs(1),
            timeout: Duration::from_secs(1),
            healthy_after: 2,
            unhealthy_after: 3,
        };
        let (mut streak, mut healthy) = (Streak::default(), true);
        for outcome in outcomes.chars() {
            healthy ^= streak.turns(healthy, outcome == '+', &options);
        }
        assert_eq!(healthy, healthy_at_the_end, "{outcomes}");
    }

    #[test]
    fn the_flag_turns_after_outcomes_in_a_row() {
        check_flag("--", true);
        check_flag("---", false);
        check_flag("--+--", true);
        check_flag("---+", false);
        check_flag("---++", true);
        check_flag("---+-+", false);
    }

    #[test]
    fn success_and_redirection_are_healthy_statuses() {
        for (status, healthy) in [
            (200, true),
            (204, true),
            (302, true),
            (404, false),
            (503, false),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(judge(status).is_ok(), healthy, "{status}");
        }
    }
}
