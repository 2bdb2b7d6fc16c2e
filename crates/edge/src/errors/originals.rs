//! The errors that clients did not get to see, for operators: in memory only, a bounded number of
//! the latest, each cut to a bounded size. They may hold secrets, so nothing logs or stores them.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::StatusCode;
use palisade_kernel::{RequestId, Timestamp};

use crate::exchange::Exchange;

/// Originals kept. When there is one more, the oldest of the most frequent kind goes, so that one
/// that anybody can provoke at will leaves the others an equal share.
pub(super) const ORIGINALS_MAX: usize = 256;

/// Bytes kept of each: 16 MiB for all of them.
pub(super) const ORIGINAL_BYTES_MAX: usize = 64 * 1024;

/// An error as the app sent it, decoded.
pub struct Original {
    pub id: RequestId,
    pub at: Timestamp,
    pub method: String,
    pub host: String,
    /// Without query; see [`Exchange::path`].
    pub path: String,
    pub status: StatusCode,
    /// What gave it away, such as `django-debug-page`.
    pub signature: &'static str,
    pub content_type: Option<String>,
    /// At most [`ORIGINAL_BYTES_MAX`].
    pub body: Bytes,
    /// Whether `body` is all that the app sent.
    pub is_whole: bool,
}

/// The latest of them, shared by all workers.
#[derive(Default)]
pub struct Originals(Mutex<VecDeque<Arc<Original>>>);

impl Originals {
    /// By the request id in its textual form.
    pub fn find(&self, id: &str) -> Option<Arc<Original>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut latest_first = kept.iter().rev();
        let found = latest_first.find(|original| original.id.text() == id.as_bytes());
        found.cloned()
    }

    pub(super) fn keep(&self, original: Original) {
        let original = Arc::new(original);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == ORIGINALS_MAX {
            drop_one(&mut kept);
        }
        kept.push_back(original);
    }
}

/// A signature, and whom the status blames.
type Kind = (&'static str, bool);

/// Of kinds that are equally frequent, that whose oldest is older.
fn drop_one(kept: &mut VecDeque<Arc<Original>>) {
    let mut counts: HashMap<Kind, usize> = HashMap::new();
    for original in kept.iter() {
        *counts.entry(original.kind()).or_default() += 1;
    }
    let most = counts.values().copied().max();
    let goes = kept
        .iter()
        .position(|original| counts.get(&original.kind()).copied() == most);
    if let Some(goes) = goes {
        kept.remove(goes);
    }
}

impl Original {
    fn kind(&self) -> Kind {
        (self.signature, self.status.is_server_error())
    }

    pub(super) fn new(
        exchange: &Exchange,
        status: StatusCode,
        content_type: Option<String>,
        signature: &'static str,
        text: &Bytes,
        is_whole: bool,
    ) -> Self {
        let kept = text.get(..ORIGINAL_BYTES_MAX);
        Self {
            id: exchange.arrival.id,
            at: exchange.arrival.at,
            method: exchange.method.to_string(),
            host: exchange.host.clone(),
            path: exchange.path.clone(),
            status,
            signature,
            content_type,
            // Copied, so that a kept beginning does not hold on to the rest.
            body: Bytes::copy_from_slice(kept.unwrap_or(text)),
            is_whole: is_whole && kept.is_none_or(|kept| kept.len() == text.len()),
        }
    }
}

/// Says which one it is; what it holds is for operators alone.
impl fmt::Debug for Original {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Original({}, {})", self.id, self.signature)
    }
}
