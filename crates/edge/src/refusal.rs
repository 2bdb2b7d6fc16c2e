//! Answers of our own for what cannot be forwarded: problem documents (RFC 9457) for programs,
//! a small page for people.

use bytes::Bytes;
use http::header::{
    ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, RETRY_AFTER,
    VARY, X_FRAME_OPTIONS,
};
use http::{HeaderValue, Response};
use palisade_kernel::Problem;

use crate::body::Body;
use crate::exchange::Exchange;
use crate::field_list;
use crate::own;

/// What the client can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Accept {
    Page,
    Document,
}

impl Accept {
    /// Browsers name `text/html` when they navigate; nothing else does by default.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let names_html = field_list::elements(headers, &ACCEPT).any(|range| {
            let essence = range.split(|byte| *byte == b';').next().unwrap_or_default();
            essence.trim_ascii().eq_ignore_ascii_case(b"text/html")
        });
        if names_html {
            Self::Page
        } else {
            Self::Document
        }
    }
}

pub(crate) fn response(
    exchange: &mut Exchange,
    problem: &'static Problem,
    accept: Accept,
) -> Response<Body> {
    exchange.problem = Some(problem.code);
    let id = exchange.arrival.id.to_string();
    let (text, content_type) = match accept {
        Accept::Page => (page(problem, &id), "text/html; charset=utf-8"),
        Accept::Document => (document(problem, &id), "application/problem+json"),
    };
    let mut response = Response::new(Body::Full(Bytes::from(text)));
    *response.status_mut() = problem.status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(VARY, HeaderValue::from_static("Accept"));
    if accept == Accept::Page {
        headers.insert(
            CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(PAGE_POLICY),
        );
        // Says for old browsers what the policy says; edge.headers leaves framing to policies.
        headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    }
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
fn document(problem: &Problem, id: &str) -> String {
    let Problem {
        code,
        status,
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

const STYLE: &str = "body{font:1rem/1.6 system-ui,sans-serif;max-width:32rem;margin:20vh auto;\
padding:0 1.5rem;color:#1d2733;background:#f7f8fa}h1{font-size:1.4rem;margin:0 0 .5rem}\
p{margin:0 0 1rem}small{color:#5b6875}\
@media(prefers-color-scheme:dark){body{color:#e6eaef;background:#14191f}small{color:#93a0ad}}";

/// The hash is that of [`STYLE`]; a test compares them.
const PAGE_POLICY: &str = "default-src 'none'; \
style-src 'sha256-mqZNr/FWgg9CaCPv+1cy9BgAwsdO1kJAj28dqtT951o='; \
base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

fn page(problem: &Problem, id: &str) -> String {
    let Problem {
        status,
        title,
        detail,
        ..
    } = problem;
    let status = status.as_u16();
    format!(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><style>{STYLE}</style>\
         <h1>{title}</h1><p>{detail}</p><small>{status} · request {id}</small>\n"
    )
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

    #[test]
    fn the_pages_policy_allows_its_own_style_and_nothing_else() {
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, STYLE.as_bytes());
        let encoded = base64(hash.as_ref());
        assert!(
            PAGE_POLICY.contains(&format!("style-src 'sha256-{encoded}'")),
            "{encoded}"
        );
    }

    fn base64(bytes: &[u8]) -> String {
        const ALPHABET: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut text = String::new();
        for chunk in bytes.chunks(3) {
            let word = chunk
                .iter()
                .fold(0u32, |word, byte| word << 8 | u32::from(*byte))
                << (8 * (3 - chunk.len()));
            for index in 0..4 {
                match index <= chunk.len() {
                    true => text.push(char::from(
                        ALPHABET[(word >> (18 - 6 * index)) as usize & 63],
                    )),
                    false => text.push('='),
                }
            }
        }
        text
    }
}
