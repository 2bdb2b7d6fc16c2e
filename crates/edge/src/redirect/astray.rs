//! Where a target leads, as a browser would resolve it.

use url::Url;

use super::destination::Destinations;
use crate::exchange::Exchange;

/// A target that is not allowed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Astray {
    To(Box<Url>),
    /// What no browser could follow, and some other client might.
    Nowhere,
}

/// What targets are relative to: the host that was asked.
pub(super) struct Base {
    /// Over HTTPS and in clear: `http:evil.test` is a path of a page that came in clear, and another
    /// site to one that did not, and TLS may have ended unseen in front.
    urls: Vec<Url>,
}

/// Stands for a host that no request has named (RFC 2606).
const NAMELESS: &str = "host.invalid";

impl Base {
    pub(super) fn of(exchange: &Exchange) -> Self {
        // Every path of it leads to the same host.
        let at = |host: &str| {
            let url = |scheme| Url::parse(&format!("{scheme}://{host}/")).ok();
            ["https", "http"]
                .into_iter()
                .map(url)
                .collect::<Option<Vec<_>>>()
        };
        let urls = at(&exchange.host).or_else(|| at(NAMELESS));
        Self {
            urls: urls.unwrap_or_default(),
        }
    }
}

impl Destinations {
    /// `None` for a target that visitors may be sent to.
    pub(super) fn astray(&self, base: &Base, target: &[u8]) -> Option<Astray> {
        let latin = || {
            target
                .iter()
                .map(|byte| char::from(*byte))
                .collect::<String>()
        };
        match std::str::from_utf8(target) {
            Ok(text) if text.is_ascii() => self.astray_as(base, text),
            // Clients differ in what such bytes mean, so both must do.
            Ok(text) => self
                .astray_as(base, text)
                .or_else(|| self.astray_as(base, &latin())),
            Err(_) => self.astray_as(base, &latin()),
        }
    }

    fn astray_as(&self, base: &Base, target: &str) -> Option<Astray> {
        base.urls.iter().find_map(|base| match base.join(target) {
            Ok(url) if self.take(&url, base.host_str().unwrap_or_default()) => {
                is_two_faced(target).then_some(Astray::Nowhere)
            }
            Ok(url) => Some(Astray::To(Box::new(url))),
            Err(_) => Some(Astray::Nowhere),
        })
    }
}

/// To a browser a backslash is a slash, to other clients a letter: `https://ours\@theirs` has two
/// hosts.
fn is_two_faced(target: &str) -> bool {
    let end = target.find(['?', '#']).unwrap_or(target.len());
    target.get(..end).unwrap_or(target).contains('\\')
}
