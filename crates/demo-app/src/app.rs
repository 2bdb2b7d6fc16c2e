//! The state that every handler shares.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{broadcast, watch};

use crate::assets::Bundle;
use crate::darkroom::Darkroom;
use crate::events::Event;
use crate::records::Records;
use crate::server::Options;
use crate::tokens::Tokens;

/// Events a slow listener may lag behind before it loses some.
const EVENTS_BUFFERED_MAX: usize = 256;

#[derive(Clone)]
pub(crate) struct App {
    shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) tokens: Tokens,
    pub(crate) fixed: bool,
    pub(crate) third_party_origin: String,
    pub(crate) public_origin: Option<String>,
    pub(crate) bundle: Bundle,
    pub(crate) darkroom: Darkroom,
    pub(crate) events: broadcast::Sender<Event>,
    /// Turns true when the process is asked to stop.
    pub(crate) closed: watch::Receiver<bool>,
    records: Mutex<Records>,
}

impl App {
    pub(crate) fn new(
        options: &Options,
        third_party_origin: String,
        closed: watch::Receiver<bool>,
    ) -> Self {
        let shared = Shared {
            tokens: Tokens::new(&options.secret_key),
            fixed: options.fixed,
            third_party_origin,
            public_origin: options.public_origin.clone(),
            bundle: Bundle::new(options.fixed),
            darkroom: Darkroom::default(),
            events: broadcast::channel(EVENTS_BUFFERED_MAX).0,
            closed,
            records: Mutex::new(Records::seeded()),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// The data. A handler that panicked while holding it costs its own request, not the others'.
    pub(crate) fn records(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Resolves when the process is asked to stop.
    pub(crate) async fn closing(&self) {
        let mut closed = self.closed.clone();
        // An error means that the sender is gone, which is closing as well.
        let _gone = closed.wait_for(|closing| *closing).await.is_err();
    }
}

impl std::ops::Deref for App {
    type Target = Shared;
    fn deref(&self) -> &Shared {
        &self.shared
    }
}
