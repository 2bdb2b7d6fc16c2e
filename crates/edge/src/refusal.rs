//! Answers of our own for what cannot be forwarded: problem documents (RFC 9457) for programs,
//! a small page for people.

use bytes::Bytes;
use http::header::{ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, RETRY_AFTER, VARY};
use http::{HeaderValue, Response, StatusCode};
use palisade_kernel::Problem;

use crate::body::Body;
use crate::control::Refusal;
use crate::exchange::Exchange;
use crate::field_list;
use crate::media_type::MediaType;
use crate::own;
use crate::page;

const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// What the client can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Accept {
    Page,
    Document,
}

impl Accept {
    /// Browsers name `text/html` when they navigate; nothing else does by default.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let names_html = field_list::elements(headers, &ACCEPT)
            .any(|range| MediaType::parse(range).is("text/html"));
        if names_html {
            Self::Page
        } else {
            Self::Document
        }
    }
}

/// What a control refuses with.
pub(crate) fn answer(exchange: &mut Exchange, refusal: Refusal, accept: Accept) -> Response<Body> {
    if let Some(face) = refusal.face {
        exchange.problem = Some(refusal.problem.code);
        return *face;
    }
    let mut response = response(exchange, refusal.problem, accept);
    if let Some(seconds) = refusal.retry_after_seconds {
        response
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

pub(crate) fn response(
    exchange: &mut Exchange,
    problem: &'static Problem,
    accept: Accept,
) -> Response<Body> {
    with_status(exchange, problem, problem.status, accept)
}

/// As [`response`], with another status than the problem's own: the one that the app chose.
pub(crate) fn with_status(
    exchange: &mut Exchange,
    problem: &'static Problem,
    status: StatusCode,
    accept: Accept,
) -> Response<Body> {
    exchange.problem = Some(problem.code);
    let id = exchange.arrival.id.to_string();
    let mut response = match accept {
        Accept::Page => page::response(status, notice(problem, status, &id)),
        Accept::Document => {
            let mut response =
                Response::new(Body::Full(Bytes::from(document(problem, status, &id))));
            *response.status_mut() = status;
            response.headers_mut().insert(CONTENT_TYPE, PROBLEM_JSON);
            response
        }
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(VARY, HeaderValue::from_static("Accept"));
    if *problem == Problem::METHOD_NOT_ALLOWED {
        // RFC 9110 section 15.5.6 requires it.
        headers.insert(ALLOW, own::METHODS);
    }
    if let Some(seconds) = problem.retry_after_seconds {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Codes, titles and details are constants without characters that JSON would escape.
fn document(problem: &Problem, status: StatusCode, id: &str) -> String {
    let Problem {
        code,
        title,
        detail,
        ..
    } = problem;
    let status = status.as_u16();
    format!(
        "{{\"type\":\"urn:palisade:problem:{code}\",\"title\":\"{title}\",\"status\":{status},\
         \"detail\":\"{detail}\",\"code\":\"{code}\",\"request_id\":\"{id}\"}}\n"
    )
}

fn notice(problem: &Problem, status: StatusCode, id: &str) -> String {
    let Problem { title, detail, .. } = problem;
    let status = status.as_u16();
    let content =
        format!("<h1>{title}</h1><p>{detail}</p><small>{status} · request {id}</small>\n");
    page::html("en", title, &content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problem_constants_need_no_escaping() {
        for problem in Problem::ALL {
            for text in [problem.code, problem.title, problem.detail] {
                assert!(!text.contains(['"', '\\', '<', '>', '&']), "{text}");
                assert!(!text.chars().any(char::is_control), "{text}");
            }
        }
    }

    #[test]
    fn only_those_who_name_html_get_a_page() {
        let accept = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_static(value));
            Accept::of(&headers)
        };
        assert_eq!(
            accept("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"),
            Accept::Page
        );
        assert_eq!(accept("application/json"), Accept::Document);
        assert_eq!(accept("*/*"), Accept::Document);
        assert_eq!(Accept::of(&HeaderMap::new()), Accept::Document);
    }
}
