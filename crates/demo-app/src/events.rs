//! What happens in the galleries, streamed to anyone who listens: all tenants, no token.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{self, KeepAlive, Sse};
use futures_util::{Stream, StreamExt, stream};
use serde::Serialize;
use tokio::sync::broadcast::error::RecvError;

use crate::app::App;

/// Between two ticks of the made-up traffic.
const TICK: Duration = Duration::from_secs(1);

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Event {
    pub(crate) kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    photo: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    likes: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    visitors: Option<u64>,
}

impl Event {
    const fn new(kind: &'static str) -> Self {
        Self {
            kind,
            photo: None,
            invoice: None,
            likes: None,
            visitors: None,
        }
    }

    pub(crate) fn like(photo: u32, likes: u32) -> Self {
        Self {
            photo: Some(photo),
            likes: Some(likes),
            ..Self::new("like")
        }
    }

    pub(crate) fn comment(photo: u32) -> Self {
        Self {
            photo: Some(photo),
            ..Self::new("comment")
        }
    }

    pub(crate) fn upload(photo: u32) -> Self {
        Self {
            photo: Some(photo),
            ..Self::new("upload")
        }
    }

    pub(crate) fn payment(invoice: u32) -> Self {
        Self {
            invoice: Some(invoice),
            ..Self::new("payment")
        }
    }

    /// Tells everyone who listens; nobody listening is fine.
    pub(crate) fn publish(self, app: &App) {
        let _listeners = app.events.send(self).unwrap_or(0);
    }

    pub(crate) fn to_json(&self) -> String {
        serde_json::json!(self).to_string()
    }
}

/// Publishes views and visitor counts, as a busy site would, until the process stops.
pub(crate) fn start_ticking(app: App) {
    tokio::spawn(async move {
        let mut interval = tokio::time::interval(TICK);
        let mut tick: u64 = 0;
        loop {
            tokio::select! {
                () = app.closing() => return,
                _ = interval.tick() => {}
            }
            tick += 1;
            let photos = app.records().photos.len().max(1) as u64;
            let event = if tick.is_multiple_of(3) {
                Event {
                    visitors: Some(12 + (tick * 7) % 23),
                    ..Event::new("visitors")
                }
            } else {
                let photo = u32::try_from(tick * 5 % photos + 1).ok();
                Event {
                    photo,
                    ..Event::new("view")
                }
            };
            event.publish(&app);
        }
    });
}

pub(crate) async fn stream(
    State(app): State<App>,
) -> Sse<impl Stream<Item = Result<sse::Event, Infallible>>> {
    let receiver = app.events.subscribe();
    let closing = app.clone();
    let hello = sse::Event::default()
        .event("hello")
        .id("0")
        .data(r#"{"kind":"hello"}"#);
    let events = stream::unfold((receiver, 1_u64), |(mut receiver, id)| async move {
        let event = loop {
            match receiver.recv().await {
                Ok(event) => break event,
                // A slow reader loses what it could not keep up with.
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
        };
        let message = sse::Event::default()
            .event(event.kind)
            .id(id.to_string())
            .data(event.to_json());
        Some((message, (receiver, id + 1)))
    });
    let all = stream::once(async { hello }).chain(events).map(Ok);
    let until_closed = all.take_until(Box::pin(async move { closing.closing().await }));
    Sse::new(until_closed).keep_alive(KeepAlive::default())
}
