//! What pages and scripts carry that they should not.

use demo_app::{BUNDLE_SECRET_PREFIX, CLIENT_BUNDLE_PATTERN};
use http::StatusCode;
use http::header::{CONTENT_SECURITY_POLICY, LOCATION};

use crate::demo::client::ClientError;
use crate::demo::report::Outcome;
use crate::demo::side::Side;

const SCRIPT: &str = "<script>alert(1)</script>";
const SCRIPT_ENCODED: &str = "%3Cscript%3Ealert(1)%3C/script%3E";
const ELSEWHERE: &str = "https://stranger.example/";

pub(in crate::demo) async fn reflected_script(side: &Side) -> Result<Outcome, ClientError> {
    let answer = side.web.get(&format!("/search?q={SCRIPT_ENCODED}")).await?;
    let answer = answer.expect(StatusCode::OK)?;
    let ruled = answer.headers.contains_key(CONTENT_SECURITY_POLICY);
    Ok(match (answer.text().contains(SCRIPT), ruled) {
        (false, _) => Outcome::new(true, "comes back as text"),
        (true, true) => Outcome::new(true, "comes back under a policy"),
        (true, false) => Outcome::new(false, "comes back and runs"),
    })
}

pub(in crate::demo) async fn open_redirect(side: &Side) -> Result<Outcome, ClientError> {
    let answer = side.web.get(&format!("/go?to={ELSEWHERE}")).await?;
    Ok(match answer.header(LOCATION) == Some(ELSEWHERE) {
        true => Outcome::new(false, "is followed"),
        false => answer.refusal().map(|_| Outcome::new(true, "is refused"))?,
    })
}

pub(in crate::demo) async fn debug_page(side: &Side) -> Result<Outcome, ClientError> {
    let answer = side.web.get("/crash").await?;
    let text = answer.expect(StatusCode::INTERNAL_SERVER_ERROR)?.text();
    Ok(match text.contains("DATABASE_URL") {
        true => Outcome::new(false, "trace, environment"),
        false => Outcome::new(true, "a request id"),
    })
}

pub(in crate::demo) async fn bundle_secret(side: &Side) -> Result<Outcome, ClientError> {
    let page = side.web.get("/").await?.expect(StatusCode::OK)?.text();
    let path = bundle_path(&page)
        .ok_or_else(|| ClientError::Unexpected("the start page names no bundle".to_owned()))?;
    let bundle = side.web.get(path).await?.expect(StatusCode::OK)?.text();
    Ok(match bundle.contains(BUNDLE_SECRET_PREFIX) {
        true => Outcome::new(false, "is there for all to read"),
        false => Outcome::new(true, "is gone"),
    })
}

/// The bundle that a page loads.
fn bundle_path(page: &str) -> Option<&str> {
    let (prefix, suffix) = CLIENT_BUNDLE_PATTERN.split_once("{hash}")?;
    let from_here = page.get(page.find(prefix)?..)?;
    from_here.get(..from_here.find(suffix)? + suffix.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundle_is_found_by_its_hashed_name() {
        let page = r#"<script defer src="/assets/app.0123456789abcdef.js"></script>"#;
        assert_eq!(bundle_path(page), Some("/assets/app.0123456789abcdef.js"));
        assert_eq!(bundle_path("<p>nothing</p>"), None);
    }
}
