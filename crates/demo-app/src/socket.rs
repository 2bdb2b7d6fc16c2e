//! `/ws`: echoes what it is told and passes on every event. Any origin, no token, no limit.

use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use serde::Deserialize;
use tokio::sync::broadcast::error::RecvError;

use crate::app::App;
use crate::events::Event;

/// Self-protection of the demo process: bytes of one message.
const MESSAGE_BYTES_MAX: usize = 16 * 1024 * 1024;

pub(crate) async fn upgrade(State(app): State<App>, upgrade: WebSocketUpgrade) -> Response {
    upgrade
        .max_message_size(MESSAGE_BYTES_MAX)
        .on_upgrade(|socket| converse(app, socket))
}

/// A request to like a photo, as the client bundle sends it.
#[derive(Deserialize)]
struct Like {
    like: u32,
}

async fn converse(app: App, mut socket: WebSocket) {
    let mut events = app.events.subscribe();
    loop {
        let answer = tokio::select! {
            () = app.closing() => return,
            event = events.recv() => match event {
                Ok(event) => Some(Message::text(event.to_json())),
                Err(RecvError::Lagged(_)) => None,
                Err(RecvError::Closed) => return,
            },
            message = socket.recv() => match message {
                Some(Ok(Message::Text(text))) => answer(&app, &text),
                Some(Ok(Message::Binary(bytes))) => Some(Message::Binary(bytes)),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => None,
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
            },
        };
        if let Some(message) = answer
            && socket.send(message).await.is_err()
        {
            return;
        }
    }
}

/// A like is counted and told to all; anything else comes back as it was.
fn answer(app: &App, text: &str) -> Option<Message> {
    let Ok(Like { like: photo }) = serde_json::from_str(text) else {
        return Some(Message::text(text));
    };
    let likes = app.records().like(photo)?;
    Event::like(photo, likes).publish(app);
    None
}
