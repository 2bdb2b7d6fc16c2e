//! How a handler fails: the client gets the problem, the log gets the cause.

use std::error::Error;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use palisade_kernel::{Fault, Problem};
use serde_json::json;

/// A problem document (RFC 9457), and what only the log may know of it.
#[derive(Debug)]
pub struct Failure {
    problem: &'static Problem,
    detail: Option<String>,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

impl Failure {
    pub const fn new(problem: &'static Problem) -> Self {
        Self {
            problem,
            detail: None,
            cause: None,
        }
    }

    /// What this caller can do about it, in place of the problem's own words.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// What happened, for the log alone.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let Problem {
            code,
            status,
            title,
            detail,
            fault,
            retry_after_seconds,
        } = *self.problem;
        if let (Some(cause), Fault::Gateway | Fault::Upstream) = (&self.cause, fault) {
            tracing::error!(code, %cause, "A request could not be served.");
        }
        let document = json!({
            "type": format!("urn:palisade:problem:{code}"),
            "title": title,
            "status": status.as_u16(),
            "detail": self.detail.as_deref().unwrap_or(detail),
            "code": code,
        });
        let mut response = (status, document.to_string()).into_response();
        let headers = response.headers_mut();
        let problem_json = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, problem_json);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = retry_after_seconds {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            // RFC 9110 section 11.6.1 requires it.
            let bearer = HeaderValue::from_static("Bearer realm=\"palisade\"");
            headers.insert(header::WWW_AUTHENTICATE, bearer);
        }
        response
    }
}
