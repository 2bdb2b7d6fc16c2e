//! The frame of the pages that we say ourselves: no script, no image, nothing from elsewhere.

use std::fmt;

use bytes::Bytes;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_FRAME_OPTIONS};
use http::{HeaderValue, Response, StatusCode};

use crate::body::Body;

const STYLE: &str = "body{font:1rem/1.6 system-ui,sans-serif;max-width:32rem;margin:20vh auto;\
padding:0 1.5rem;color:#1d2733;background:#f7f8fa}h1{font-size:1.4rem;margin:0 0 .5rem}\
p{margin:0 0 1rem}small{color:#5b6875}\
@media(prefers-color-scheme:dark){body{color:#e6eaef;background:#14191f}small{color:#93a0ad}}";

/// The hash is that of [`STYLE`]; a test compares them.
const POLICY: &str = "default-src 'none'; \
style-src 'sha256-mqZNr/FWgg9CaCPv+1cy9BgAwsdO1kJAj28dqtT951o='; \
base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A whole document. `title` and `content` are HTML; see [`Escaped`].
pub(crate) fn html(language: &str, title: impl fmt::Display, content: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"{language}\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><style>{STYLE}</style>\n{content}"
    )
}

/// A response with such a document, under a policy that allows its style and nothing else.
pub(crate) fn response(status: StatusCode, html: String) -> Response<Body> {
    let mut response = Response::new(Body::Full(Bytes::from(html)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    headers.insert(CONTENT_TYPE, html);
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    // Says for old browsers what the policy says; edge.headers leaves framing to policies.
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    response
}

/// Text as it may stand in HTML content and in quoted attributes.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                _ => fmt::Write::write_char(f, letter)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_become_markup() {
        let escaped = Escaped("<b title=\"x\" id='y'>&</b>").to_string();
        let expected = "&lt;b title=&quot;x&quot; id=&#39;y&#39;&gt;&amp;&lt;/b&gt;";
        assert_eq!(escaped, expected);
    }

    #[test]
    fn the_pages_policy_allows_its_own_style_and_nothing_else() {
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, STYLE.as_bytes());
        let encoded = base64(hash.as_ref());
        assert!(
            POLICY.contains(&format!("style-src 'sha256-{encoded}'")),
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
