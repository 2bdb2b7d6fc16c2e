//! Who is behind a request, by its own account.

use http::header::{HeaderMap, ORIGIN};

use super::Origin;

pub(crate) enum Said<'h> {
    Nothing,
    Origin(Origin<'h>),
    /// Several, or what no browser writes.
    Nonsense,
}

impl<'h> Said<'h> {
    pub(crate) fn by(headers: &'h HeaderMap) -> Self {
        let mut lines = headers.get_all(ORIGIN).iter();
        match (lines.next(), lines.next()) {
            (None, _) => Self::Nothing,
            (Some(line), None) => {
                Origin::parse(line.as_bytes()).map_or(Self::Nonsense, Self::Origin)
            }
            (Some(_), Some(_)) => Self::Nonsense,
        }
    }
}
