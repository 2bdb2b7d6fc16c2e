//! Login by a code to the phone. Nothing is sent, the code never changes, nobody counts attempts.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::app::App;
use crate::login;
use crate::seed::ACCOUNTS;

/// The code that every phone "receives".
pub const OTP_CODE: &str = "424242";

const CODE_LIFETIME_SECONDS: u32 = 300;

#[derive(Deserialize)]
pub(crate) struct Wanted {
    phone: String,
}

#[derive(Deserialize)]
pub(crate) struct Attempt {
    phone: String,
    code: String,
}

pub(crate) async fn request(Json(wanted): Json<Wanted>) -> Response {
    let digits = wanted.phone.chars().filter(char::is_ascii_digit).count();
    if digits < 7 {
        let detail = serde_json::json!({ "detail": "That is not a phone number" });
        return (StatusCode::UNPROCESSABLE_ENTITY, Json(detail)).into_response();
    }
    let sent = serde_json::json!({ "sent": true, "expires_in": CODE_LIFETIME_SECONDS });
    (StatusCode::ACCEPTED, Json(sent)).into_response()
}

pub(crate) async fn verify(State(app): State<App>, Json(attempt): Json<Attempt>) -> Response {
    let phone: String = attempt
        .phone
        .chars()
        .filter(|c| c.is_ascii_digit() || *c == '+')
        .collect();
    match ACCOUNTS.iter().find(|account| account.phone == phone) {
        Some(account) if attempt.code == OTP_CODE => login::signed_in(&app, account),
        _ => {
            let detail = serde_json::json!({ "detail": "Wrong code" });
            (StatusCode::UNAUTHORIZED, Json(detail)).into_response()
        }
    }
}
