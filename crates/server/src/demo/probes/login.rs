//! The app's own login: how often one may guess, and what its cookie allows.

use demo_app::{ACCOUNTS, Account};
use http::header::{CONTENT_TYPE, RETRY_AFTER, SET_COOKIE};
use http::{Request, StatusCode};
use serde_json::json;

use crate::demo::client::{Answer, ClientError};
use crate::demo::report::Outcome;
use crate::demo::side::Side;

/// More guesses than any login should judge.
const GUESSES: usize = 20;

pub(in crate::demo) async fn wrong_passwords(side: &Side) -> Result<Outcome, ClientError> {
    let account = somebody()?;
    // The other probes log in too, and must have done so before this one uses the limit up.
    as_somebody(side).await?;
    let (mut judged, mut refused) = (0, None);
    for _ in 0..GUESSES {
        let answer = log_in(side, account.email, "a wrong password").await?;
        judged += usize::from(answer.status == StatusCode::UNAUTHORIZED);
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            let wait = answer.header(RETRY_AFTER).unwrap_or("?");
            refused.get_or_insert(format!("{judged} judged, 429 for {wait} s"));
        }
    }
    let told = refused.unwrap_or(format!("{judged} judged"));
    Ok(Outcome::new(judged < GUESSES, told))
}

pub(in crate::demo) async fn cookie_is_secure(side: &Side) -> Result<Outcome, ClientError> {
    let answer = as_somebody(side).await?;
    let cookie = answer.header(SET_COOKIE).unwrap_or_default();
    let mut attributes = cookie.split(';').skip(1).map(str::trim);
    Ok(
        match attributes.any(|one| one.eq_ignore_ascii_case("secure")) {
            true => Outcome::new(true, "yes"),
            false => Outcome::new(false, "no"),
        },
    )
}

/// The answer to a successful login, the same for all who ask.
pub(super) async fn as_somebody(side: &Side) -> Result<Answer, ClientError> {
    let account = somebody()?;
    let logged_in = side.login.get_or_try_init(|| async {
        let answer = log_in(side, account.email, account.password).await?;
        answer.expect(StatusCode::OK)
    });
    Ok(logged_in.await?.clone())
}

pub(super) fn somebody() -> Result<&'static Account, ClientError> {
    let first = ACCOUNTS.first();
    first.ok_or_else(|| ClientError::Unexpected("nobody has an account".to_owned()))
}

async fn log_in(side: &Side, email: &str, password: &str) -> Result<Answer, ClientError> {
    let credentials = json!({ "email": email, "password": password });
    let request = Request::post("/api/login").header(CONTENT_TYPE, "application/json");
    side.web.send(request, credentials.to_string()).await
}
