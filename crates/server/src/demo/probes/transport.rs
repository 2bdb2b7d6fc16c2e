//! What travels in the clear.

use http::StatusCode;
use http::header::LOCATION;
use rustls::ProtocolVersion;

use crate::demo::client::ClientError;
use crate::demo::report::Outcome;
use crate::demo::side::Side;

/// Any page will do that the app itself does not redirect.
const PAGE: &str = "/checkout";

pub(in crate::demo) async fn encrypted(side: &Side) -> Result<Outcome, ClientError> {
    match side.web.handshake(&side.trust).await {
        Ok(Some(ProtocolVersion::TLSv1_3)) => Ok(Outcome::new(true, "TLS 1.3")),
        Ok(Some(ProtocolVersion::TLSv1_2)) => Ok(Outcome::new(true, "TLS 1.2")),
        Ok(_) => Ok(Outcome::new(false, "an outdated TLS")),
        Err(ClientError::Handshake(_)) => Ok(Outcome::new(false, "no TLS")),
        Err(error) => Err(error),
    }
}

pub(in crate::demo) async fn redirected(side: &Side) -> Result<Outcome, ClientError> {
    let Some(plain) = &side.plain else {
        return Ok(Outcome::new(false, "nothing listens"));
    };
    let answer = plain.get(PAGE).await?;
    let wanted = format!("{}{PAGE}", side.web.origin());
    let goes_there = answer.header(LOCATION) == Some(&wanted);
    Ok(match answer.status {
        StatusCode::PERMANENT_REDIRECT if goes_there && wanted.starts_with("https:") => {
            Outcome::new(true, "308 to the same page")
        }
        status if status.is_success() => {
            Outcome::new(false, format!("{}, in the clear", status.as_u16()))
        }
        status => Outcome::new(false, status.as_str()),
    })
}
