//! Whether a complaint can be traced: every answer names the request in the log.

use std::collections::HashSet;

use http::header::HeaderName;

use crate::demo::client::ClientError;
use crate::demo::report::Outcome;
use crate::demo::side::Side;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A page, data, a page that is missing, and a crash.
const PATHS: [&str; 4] = ["/", "/api/tenants", "/nowhere", "/crash"];

pub(in crate::demo) async fn on_every_answer(side: &Side) -> Result<Outcome, ClientError> {
    let mut ids = HashSet::new();
    for path in PATHS {
        let answer = side.web.get(path).await?;
        ids.extend(answer.header(X_REQUEST_ID).map(str::to_owned));
    }
    let good = ids.len() == PATHS.len();
    Ok(match ids.len() {
        0 => Outcome::new(false, "none"),
        found => Outcome::new(good, format!("on {found} of {}", PATHS.len())),
    })
}
