//! What operators should hear: which sites send what where, each once, so that a way back from a
//! payment or a sign-in is exempted before it is refused.

use http::request;
use palisade_kernel::Mode;

use crate::exchange::Exchange;
use crate::noted::{self, Noted};
use crate::origin::Said;

pub(super) struct Notes(Noted);

impl Notes {
    pub(super) fn new(mode: Mode) -> Self {
        Self(Noted::new(mode))
    }

    pub(super) fn foreign(&self, exchange: &Exchange, head: &request::Parts) {
        let origin = match Said::by(&head.headers) {
            Said::Origin(origin) => origin.to_string(),
            Said::Nonsense => "what is no origin".to_owned(),
            Said::Nothing => "another site".to_owned(),
        };
        let path = noted::beginning(&exchange.path);
        let method = &exchange.method;
        if !self.0.is_news(&format!("{origin} {method} {path}")) {
            return;
        }
        match !self.0.in_shadow {
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
