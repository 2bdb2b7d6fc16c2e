//! What operators should hear: which sites send what where, each once, so that a way back from a
//! payment or a sign-in is exempted before it is refused.

use http::header::ORIGIN;
use http::request;
use palisade_kernel::Mode;

use super::proof::SAMPLE_ORIGIN;
use crate::exchange::Exchange;
use crate::noted::Noted;
use crate::origin::Origin;

/// Longer paths are cut in a note.
const PATH_BYTES_MAX: usize = 128;

pub(super) struct Notes {
    is_enforced: bool,
    noted: Noted,
}

impl Notes {
    pub(super) fn new(mode: Mode) -> Self {
        Self {
            is_enforced: mode == Mode::Enforce,
            noted: Noted::default(),
        }
    }

    pub(super) fn foreign(&self, exchange: &Exchange, head: &request::Parts) {
        let origin = head.headers.get(ORIGIN).map(|origin| origin.as_bytes());
        let origin = match origin.map(Origin::parse) {
            Some(Ok(origin)) => origin.to_string(),
            Some(Err(_)) => "what is no origin".to_owned(),
            None => "another site".to_owned(),
        };
        let end = exchange.path.floor_char_boundary(PATH_BYTES_MAX);
        let path = exchange.path.get(..end).unwrap_or_default();
        let method = &exchange.method;
        let is_news = || self.noted.is_news(&format!("{origin} {method} {path}"));
        if origin == SAMPLE_ORIGIN || !is_news() {
            return;
        }
        match self.is_enforced {
            true => {
                tracing::info!(origin, %method, path, "A request from another site is refused.")
            }
            false => tracing::info!(
                origin,
                %method,
                path,
                "In shadow: a request from another site would be refused."
            ),
        }
    }
}
