//! Which decoys are armed: those paths that the app answers as it answers any path that it does
//! not have.
//!
//! WordPress really has a `wp-login.php`, and a single-page app answers 200 to everything and may
//! route `/internal/console` in the browser. So the app is asked, per host name, for the decoy and
//! for two paths of the same shape that nobody can have; until then nothing is armed.

mod judge;

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwap;
use http::header::{
    AGE, CONTENT_LENGTH, DATE, ETAG, HOST, HeaderMap, LAST_MODIFIED, SET_COOKIE, USER_AGENT,
};
use http::{HeaderValue, Request};
use palisade_kernel::Random;

use super::face::Learned;
use crate::body::{self, Body, BodyError, Buffered};
use crate::client_address::{Belief, ClientAddress, Scheme};
use crate::forwarded;
use crate::hop_by_hop;
use crate::upstream::{Upstream, UpstreamError, UpstreamErrorKind};

pub use judge::Unarmed;
use judge::{Answer, judge};

/// Host names that are known at once; the one learned first makes room. It is asked for again when a
/// decoy is touched under it, so that invented names cost the app requests, and disarm nothing.
pub const HOSTS_MAX: usize = 64;

/// Of a larger body only its size is known, and the decoy stays unarmed.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// Answers of one host name that decoys can wear. Apps have two or three: a page, a document, and
/// what their web server says itself.
const FACES_MAX: usize = 8;

/// Decoys on which the app may hang up, as some web servers do on hidden files. The others are not
/// asked for then: each counts against the app's breaker.
const SILENT_MAX: usize = 3;

/// What is known of decoys: part of the state, written by the control plane.
#[derive(Default)]
pub struct Arms {
    everywhere: AtomicBool,
    hosts: ArcSwap<Hosts>,
}

/// By host name, in the order in which they were learned. Few, so that a search is no worse than a
/// hash.
type Hosts = Vec<(String, Arc<HostArms>)>;

/// The decoys of one host name, each with the answer that it wears, where that may be shown, or the
/// reason why it is unarmed.
pub type HostArms = HashMap<String, Result<Option<Arc<Learned>>, Unarmed>>;

/// Whether a decoy may act.
#[derive(Debug)]
pub(super) enum Armed {
    /// With the app's answer to a path that it does not have, where one was learned.
    Yes(Option<Arc<Learned>>),
    No,
    /// The app has not been asked under this host name.
    Unknown,
}

impl Arms {
    /// For proofs, whose app has nothing.
    pub(crate) fn arm_everywhere(&self) {
        self.everywhere.store(true, Ordering::Relaxed);
    }

    pub(super) fn ask(&self, host: &str, decoy: &str) -> Armed {
        if self.everywhere.load(Ordering::Relaxed) {
            return Armed::Yes(None);
        }
        let hosts = self.hosts.load();
        match find(&hosts, host).map(|arms| arms.get(decoy)) {
            Some(Some(Ok(learned))) => Armed::Yes(learned.clone()),
            Some(Some(Err(_)) | None) => Armed::No,
            None => Armed::Unknown,
        }
    }

    /// Puts what was learned of one host name in force.
    pub fn set(&self, host: &str, arms: HostArms) {
        self.hosts.rcu(|hosts| {
            let mut hosts = Hosts::clone(hosts);
            hosts.retain(|(known, _)| known != host);
            if hosts.len() >= HOSTS_MAX {
                hosts.remove(0);
            }
            hosts.push((host.to_owned(), Arc::new(arms.clone())));
            hosts
        });
    }

    pub fn knows(&self, host: &str) -> bool {
        find(&self.hosts.load(), host).is_some()
    }

    /// Disarms everything: another policy may lead to another app.
    pub fn clear(&self) {
        self.hosts.store(Arc::default());
    }

    /// Decoys that are armed and that are not, over all host names.
    pub fn counts(&self) -> (usize, usize) {
        let hosts = self.hosts.load();
        let decoys = hosts.iter().flat_map(|(_, arms)| arms.values());
        let (mut armed, mut unarmed) = (0, 0);
        for decoy in decoys {
            match decoy {
                Ok(_) => armed += 1,
                Err(_) => unarmed += 1,
            }
        }
        (armed, unarmed)
    }
}

fn find<'a>(hosts: &'a Hosts, host: &str) -> Option<&'a HostArms> {
    let found = hosts.iter().find(|(known, _)| known == host);
    found.map(|(_, arms)| &**arms)
}

/// Asks the app for every decoy under one host name, one request after the other.
///
/// # Errors
///
/// When the app does not answer a path that it does not have: it is down, or speaks no HTTP.
pub async fn learn(
    app: &dyn Upstream,
    host: &str,
    scheme: Scheme,
    decoys: impl Iterator<Item = &str>,
    random: &dyn Random,
) -> Result<HostArms, UpstreamError> {
    ask(app, host, scheme, &judge::sibling("/", random)).await?;
    let (mut arms, mut faces, mut silent) = (HostArms::new(), Faces::default(), 0);
    for decoy in decoys {
        let answers = match silent < SILENT_MAX {
            true => ask_about(app, host, scheme, decoy, random).await.ok(),
            false => None,
        };
        silent += usize::from(answers.is_none());
        let face = match answers {
            None => Err(Unarmed::Silent),
            Some([itself, first, second]) => {
                judge(decoy, &itself, [&first, &second]).and_then(|()| faces.wear(first))
            }
        };
        arms.insert(decoy.to_owned(), face);
    }
    Ok(arms)
}

/// What the app says to the decoy, and to two paths beside it that nobody has.
async fn ask_about(
    app: &dyn Upstream,
    host: &str,
    scheme: Scheme,
    decoy: &str,
    random: &dyn Random,
) -> Result<[Answer; 3], UpstreamError> {
    let [first, second] = [(); 2].map(|()| judge::sibling(decoy, random));
    Ok([
        ask(app, host, scheme, decoy).await?,
        ask(app, host, scheme, &first).await?,
        ask(app, host, scheme, &second).await?,
    ])
}

/// The answers of one host name that decoys wear. Alike ones are one.
#[derive(Default)]
struct Faces(Vec<(Answer, Option<Arc<Learned>>)>);

impl Faces {
    fn wear(&mut self, answer: Answer) -> Result<Option<Arc<Learned>>, Unarmed> {
        if let Some((_, worn)) = self.0.iter().find(|(known, _)| known.is_like(&answer)) {
            return Ok(worn.clone());
        }
        if self.0.len() >= FACES_MAX {
            return Err(Unarmed::Unsteady);
        }
        let worn = answer.clone().learned().map(Arc::new);
        self.0.push((answer, worn.clone()));
        Ok(worn)
    }
}

async fn ask(
    app: &dyn Upstream,
    host: &str,
    scheme: Scheme,
    path: &str,
) -> Result<Answer, UpstreamError> {
    let (mut head, body) = app.send(request(host, scheme, path)?).await?.into_parts();
    let (body, _) = body::read(body, BODY_BYTES_MAX).await.map_err(invalid)?;
    hop_by_hop::strip(&mut head.headers);
    keep_what_is_no_visitors(&mut head.headers);
    Ok(Answer {
        status: head.status,
        headers: head.headers,
        body: match body {
            Buffered::Whole(body) => Some(body),
            Buffered::Unread => None,
        },
        path: path.to_owned(),
    })
}

fn request(host: &str, scheme: Scheme, path: &str) -> Result<Request<Body>, UpstreamError> {
    let host = HeaderValue::from_str(host).map_err(|cause| invalid(cause.into()))?;
    let request = Request::get(path).body(Body::Empty);
    let mut request = request.map_err(|cause| invalid(cause.into()))?;
    let headers = request.headers_mut();
    headers.insert(USER_AGENT, HeaderValue::from_static("palisade-arming"));
    let ourselves = ClientAddress {
        ip: Ipv4Addr::LOCALHOST.into(),
        scheme: None,
        belief: Belief::Direct,
    };
    // Apps that insist on HTTPS would redirect every path without it.
    forwarded::rewrite(headers, &ourselves, scheme, Some(&host));
    headers.insert(HOST, host);
    Ok(request)
}

fn invalid(cause: BodyError) -> UpstreamError {
    UpstreamError::new(UpstreamErrorKind::Invalid, cause)
}

/// What belongs to one answer or one visitor is not repeated to others.
fn keep_what_is_no_visitors(headers: &mut HeaderMap) {
    for name in [SET_COOKIE, DATE, AGE, ETAG, LAST_MODIFIED, CONTENT_LENGTH] {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests;
