//! The kill switch: how long it takes until the app is shut, and whether it opens again.

use http::StatusCode;
use http::header::RETRY_AFTER;

use crate::demo::client::ClientError;
use crate::demo::report::Outcome;
use crate::demo::side::Side;

pub(in crate::demo) async fn kill_switch(side: &Side) -> Result<Outcome, ClientError> {
    side.web.get("/").await?.expect(StatusCode::OK)?;
    side.shut(true).await?;
    // The very next request, a small part of a second later.
    let shut = side.web.get("/").await;
    // Whatever came of it, the app must not stay shut.
    side.shut(false).await?;
    let (shut, open) = (shut?, side.web.get("/").await?);
    Ok(match (shut.status, shut.header(RETRY_AFTER), open.status) {
        (StatusCode::SERVICE_UNAVAILABLE, Some(wait), StatusCode::OK) => {
            Outcome::new(true, format!("503 for {wait} s, then open"))
        }
        (StatusCode::SERVICE_UNAVAILABLE, ..) => Outcome::new(false, "503, and nothing more"),
        (status, ..) => Outcome::new(false, format!("{}: no switch", status.as_u16())),
    })
}
