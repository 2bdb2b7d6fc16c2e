//! Preflights: a browser asks whether a page may send what it wants to send (Fetch standard,
//! "CORS-preflight fetch"). The app never hears of it.

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_HEADERS, HeaderMap, HeaderValue, VARY,
};
use http::{Method, Response, StatusCode};

use super::answers::Complete;
use super::sharings::{Grant, Ready};
use crate::body::Body;
use crate::exchange::Exchange;
use crate::field_list;

/// What a page wants and may not have, to be told to operators.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum TooMuch {
    Method(String),
    Header(String),
}

/// Longer names are cut when they are told.
const TOLD_BYTES_MAX: usize = 64;

const VARIES_BY: HeaderValue = HeaderValue::from_static(
    "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
);

impl Grant<'_> {
    pub(super) fn preflight(
        &self,
        exchange: &Exchange,
        method: &HeaderValue,
        headers: &HeaderMap,
    ) -> Result<Response<Body>, TooMuch> {
        self.sharing.takes_method(method.as_bytes())?;
        for name in field_list::elements(headers, &ACCESS_CONTROL_REQUEST_HEADERS) {
            self.sharing.takes_header(name)?;
        }
        let mut response = Response::new(Body::Empty);
        *response.status_mut() = StatusCode::NO_CONTENT;
        response.extensions_mut().insert(Complete);
        let fields = response.headers_mut();
        for (name, value) in self.fields(exchange) {
            fields.insert(name, value);
        }
        for (name, value) in [
            (ACCESS_CONTROL_ALLOW_METHODS, &self.sharing.allow_methods),
            (ACCESS_CONTROL_ALLOW_HEADERS, &self.sharing.allow_headers),
        ] {
            if let Some(value) = value {
                fields.insert(name, value.clone());
            }
        }
        fields.insert(ACCESS_CONTROL_MAX_AGE, self.sharing.max_age.clone());
        fields.insert(VARY, VARIES_BY);
        Ok(response)
    }
}

impl Ready {
    fn takes_method(&self, asked: &[u8]) -> Result<(), TooMuch> {
        // Those that browsers send unasked are no use to refuse (Fetch, "CORS-safelisted method").
        let unasked = [Method::GET, Method::HEAD, Method::POST];
        let mut taken = self.methods.iter().chain(&unasked);
        match taken.any(|method| method.as_str().as_bytes() == asked) {
            true => Ok(()),
            false => Err(TooMuch::Method(told(asked))),
        }
    }

    fn takes_header(&self, asked: &[u8]) -> Result<(), TooMuch> {
        let is = |name: &http::HeaderName| name.as_str().as_bytes().eq_ignore_ascii_case(asked);
        match asked.is_empty() || self.headers.iter().any(is) {
            true => Ok(()),
            false => Err(TooMuch::Header(told(asked))),
        }
    }
}

fn told(asked: &[u8]) -> String {
    let asked = asked.get(..TOLD_BYTES_MAX).unwrap_or(asked);
    String::from_utf8_lossy(asked).into_owned()
}
