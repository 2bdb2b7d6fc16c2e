//! What a page weighs on its way to the browser.

use http::StatusCode;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING};

use crate::demo::client::ClientError;
use crate::demo::report::Outcome;
use crate::demo::side::Side;

/// As browsers send it.
const ACCEPTED: &str = "gzip, deflate, br, zstd";

pub(in crate::demo) async fn start_page(side: &Side) -> Result<Outcome, ClientError> {
    let accepted = [(ACCEPT_ENCODING, ACCEPTED)];
    let answer = side.web.get_with("/", &accepted).await?;
    let answer = answer.expect(StatusCode::OK)?;
    let kib = answer.body.len() as f64 / 1024.0;
    Ok(match answer.header(CONTENT_ENCODING) {
        None => Outcome::new(false, format!("{kib:.1} KiB")),
        Some(coding) => Outcome::new(true, format!("{kib:.1} KiB ({coding})")),
    })
}
