//! What a request occupies while it is under way, given back however it ends.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::admission::Admission;
use super::pool::Lane;

/// A place under the in-flight cap, before an instance was chosen.
pub(crate) struct Permit<'a>(&'a Admission);

impl<'a> Permit<'a> {
    /// For a place that was just entered.
    pub(crate) const fn entered(admission: &'a Admission) -> Self {
        Self(admission)
    }

    /// Binds the place to a visit to one of the same group's instances.
    pub(crate) fn bind(self, visit: Visit) -> Hold {
        std::mem::forget(self);
        Hold {
            visit,
            occupies: true,
        }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.0.leave();
    }
}

/// One request at one instance: counted there, and owed to its breaker.
pub(crate) struct Visit {
    pub(crate) lane: Arc<Lane>,
    /// Whether the breaker waits for this very request.
    probe: bool,
}

impl Visit {
    pub(crate) fn begin(lane: Arc<Lane>, probe: bool) -> Self {
        lane.instance.in_flight.fetch_add(1, Ordering::Relaxed);
        Self { lane, probe }
    }

    pub(crate) fn succeeded(&mut self) {
        let probe = std::mem::take(&mut self.probe);
        self.lane.instance.breaker.succeeded(probe);
    }

    /// It was there, whatever became of the request: enough for a breaker that waits to know.
    pub(crate) fn reached(&mut self) {
        if self.probe {
            self.succeeded();
        }
    }

    pub(crate) fn failed(&mut self, now: Duration) {
        let probe = std::mem::take(&mut self.probe);
        if self.lane.instance.breaker.failed(probe, now) {
            tracing::warn!(
                upstream = %self.lane.group.options().name,
                instance = %self.lane.instance.target.label,
                "the instance keeps failing and is left alone for a while"
            );
        }
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.lane.instance.in_flight.fetch_sub(1, Ordering::Relaxed);
        if self.probe {
            self.lane.instance.breaker.abandoned();
        }
    }
}

/// A visit and its place under the cap.
pub(crate) struct Hold {
    pub(crate) visit: Visit,
    occupies: bool,
}

impl Hold {
    /// Leaves the place to another request while the visit goes on.
    pub(crate) fn release_place(&mut self) {
        if std::mem::take(&mut self.occupies) {
            self.visit.lane.group.admission().leave();
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.release_place();
    }
}
