//! Security headers: whether they stand, and exactly once, wherever an answer comes from.

use http::header::{CONTENT_SECURITY_POLICY, STRICT_TRANSPORT_SECURITY, X_FRAME_OPTIONS};
use http::{HeaderMap, Request, StatusCode};

use crate::demo::client::ClientError;
use crate::demo::report::Outcome;
use crate::demo::side::Side;

/// What a launch reviewer looks for on every answer.
const EXPECTED: [&str; 7] = [
    "strict-transport-security",
    "x-content-type-options",
    "x-frame-options",
    "referrer-policy",
    "permissions-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
];

pub(in crate::demo) async fn on_a_page(side: &Side) -> Result<Outcome, ClientError> {
    let answer = side.web.get("/").await?.expect(StatusCode::OK)?;
    Ok(judge(once(&answer.headers), "each once"))
}

pub(in crate::demo) async fn on_errors(side: &Side) -> Result<Outcome, ClientError> {
    let web = &side.web;
    let answers = [
        web.get("/nowhere").await?.expect(StatusCode::NOT_FOUND)?,
        web.send(Request::post("/"), "")
            .await?
            .expect(StatusCode::METHOD_NOT_ALLOWED)?,
        web.get("/crash")
            .await?
            .expect(StatusCode::INTERNAL_SERVER_ERROR)?,
        web.get("/api/status/502")
            .await?
            .expect(StatusCode::BAD_GATEWAY)?,
    ];
    let fewest = answers.iter().map(|answer| once(&answer.headers)).min();
    Ok(judge(fewest.unwrap_or(0), "on each"))
}

/// Alone, there is nobody to answer.
pub(in crate::demo) async fn while_the_app_is_down(side: &Side) -> Result<Outcome, ClientError> {
    match side.web.get("/").await {
        Ok(answer) => {
            let found = once(&answer.headers);
            let seen = format!(
                "{found} of {}, on a {}",
                EXPECTED.len(),
                answer.status.as_u16()
            );
            Ok(Outcome::new(found == EXPECTED.len(), seen))
        }
        Err(ClientError::Connect(_)) => Ok(Outcome::new(false, "no answer at all")),
        Err(error) => Err(error),
    }
}

pub(in crate::demo) async fn stay_on_https(side: &Side) -> Result<Outcome, ClientError> {
    let answer = side.web.get("/").await?;
    Ok(match answer.header(STRICT_TRANSPORT_SECURITY) {
        None => Outcome::new(false, "never"),
        Some("max-age=60") => Outcome::new(true, "60 s (development CA)"),
        Some(policy) => Outcome::new(true, policy),
    })
}

pub(in crate::demo) async fn sent_twice(side: &Side) -> Result<Outcome, ClientError> {
    let answer = side.web.get("/search").await?.expect(StatusCode::OK)?;
    let values: Vec<&str> = answer
        .headers
        .get_all(X_FRAME_OPTIONS)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    Ok(match values[..] {
        [once] => Outcome::new(true, format!("stands once, {once}")),
        _ => Outcome::new(false, values.join(" and ")),
    })
}

pub(in crate::demo) async fn api_policy(side: &Side) -> Result<Outcome, ClientError> {
    let answer = side.web.get("/api/tenants").await?.expect(StatusCode::OK)?;
    Ok(match answer.header(CONTENT_SECURITY_POLICY) {
        None => Outcome::new(false, "none"),
        Some(policy) => {
            let first = policy.split(';').next().unwrap_or(policy);
            Outcome::new(true, format!("{first}; …"))
        }
    })
}

/// How many of [`EXPECTED`] stand exactly once.
fn once(headers: &HeaderMap) -> usize {
    EXPECTED
        .iter()
        .filter(|name| headers.get_all(**name).iter().count() == 1)
        .count()
}

fn judge(found: usize, praise: &str) -> Outcome {
    let all = EXPECTED.len();
    match found == all {
        true => Outcome::new(true, format!("{found} of {all}, {praise}")),
        false => Outcome::new(false, format!("{found} of {all}")),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_header_that_stands_twice_does_not_count() {
        let mut headers = HeaderMap::new();
        for name in EXPECTED {
            headers.insert(name, HeaderValue::from_static("x"));
        }
        assert_eq!(once(&headers), 7);
        headers.append("referrer-policy", HeaderValue::from_static("y"));
        assert_eq!(once(&headers), 6);
        assert!(!judge(6, "").good);
    }
}
