//! What answers tell about the app, and what the app lets itself be told.

use http::StatusCode;
use http::header::{HeaderName, SERVER};

use crate::demo::client::ClientError;
use crate::demo::report::Outcome;
use crate::demo::side::Side;

const X_POWERED_BY: HeaderName = HeaderName::from_static("x-powered-by");
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// An address for documentation (RFC 5737), which no visitor has.
const FORGED: &str = "203.0.113.7";

pub(in crate::demo) async fn software(side: &Side) -> Result<Outcome, ClientError> {
    let answer = side.web.get("/").await?.expect(StatusCode::OK)?;
    let told: Vec<&str> = [SERVER, X_POWERED_BY]
        .iter()
        .filter_map(|name| answer.header(name))
        .collect();
    Ok(match told[..] {
        [] => Outcome::new(true, "no"),
        [one] => Outcome::new(false, one),
        [first, ..] => Outcome::new(false, format!("{first} and more")),
    })
}

pub(in crate::demo) async fn forged_address(side: &Side) -> Result<Outcome, ClientError> {
    let forged = [(X_FORWARDED_FOR, FORGED)];
    let answer = side.web.get_with("/api/whoami", &forged).await?;
    let answer = answer.expect(StatusCode::OK)?.json()?;
    let believed = answer.get("address").and_then(|address| address.as_str());
    match believed {
        Some(FORGED) => Ok(Outcome::new(false, "is believed")),
        Some(address) => Ok(Outcome::new(true, format!("is replaced by {address}"))),
        None => Err(ClientError::Unexpected(
            "whoami names no address".to_owned(),
        )),
    }
}
