//! Whose data one gets to see.

use demo_app::TENANTS;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_ORIGIN, AUTHORIZATION, CONTENT_TYPE,
    ORIGIN,
};
use http::{Request, StatusCode};

use super::login;
use crate::demo::client::ClientError;
use crate::demo::report::Outcome;
use crate::demo::side::Side;

const STRANGER: &str = "https://stranger.example";

pub(in crate::demo) async fn admin_area(side: &Side) -> Result<Outcome, ClientError> {
    let answer = side.web.get("/api/admin/users").await?;
    if answer.status != StatusCode::OK {
        return Ok(Outcome::new(true, answer.refusal()?));
    }
    let passwords = answer.text().matches("\"password\"").count();
    Ok(Outcome::new(false, format!("{passwords} passwords shown")))
}

pub(in crate::demo) async fn other_tenant(side: &Side) -> Result<Outcome, ClientError> {
    let own = login::somebody()?.tenant;
    let other = TENANTS.iter().find(|tenant| tenant.slug != own);
    let other = other.map_or(own, |tenant| tenant.slug);
    let login = login::as_somebody(side).await?.json()?;
    let token = login["access_token"].as_str();
    let token = token
        .ok_or_else(|| ClientError::Unexpected("the login gives no access_token".to_owned()))?;
    let bearer = [(AUTHORIZATION, &*format!("Bearer {token}"))];
    let path = format!("/api/tenants/{other}/invoices");
    let answer = side.web.get_with(&path, &bearer).await?;
    if answer.status != StatusCode::OK {
        return Ok(Outcome::new(true, answer.refusal()?));
    }
    let read = answer.json()?["invoices"].as_array().map_or(0, Vec::len);
    Ok(Outcome::new(false, format!("{read} invoices read")))
}

pub(in crate::demo) async fn foreign_origin(side: &Side) -> Result<Outcome, ClientError> {
    let answer = side
        .web
        .get_with("/api/tenants", &[(ORIGIN, STRANGER)])
        .await?;
    let shared = answer.header(ACCESS_CONTROL_ALLOW_ORIGIN) == Some(STRANGER);
    let with_cookies = answer.header(ACCESS_CONTROL_ALLOW_CREDENTIALS) == Some("true");
    Ok(match (shared, with_cookies) {
        (true, true) => Outcome::new(false, "yes, with cookies"),
        (true, false) => Outcome::new(false, "yes"),
        (false, _) if answer.status == StatusCode::FORBIDDEN => Outcome::new(true, "no, 403"),
        (false, _) => Outcome::new(true, "no"),
    })
}

/// As a browser sends it for a page of a stranger's. The photo does not exist, so that nobody sees the
/// comment.
pub(in crate::demo) async fn forged_form(side: &Side) -> Result<Outcome, ClientError> {
    let request = Request::post("/photos/0/comments")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(ORIGIN, STRANGER)
        .header("sec-fetch-site", "cross-site")
        .header("sec-fetch-mode", "navigate");
    let answer = side.web.send(request, "body=forged").await?;
    Ok(match answer.status {
        StatusCode::FORBIDDEN => Outcome::new(true, "is refused, 403"),
        status if status.is_redirection() => Outcome::new(false, "is taken"),
        status => Outcome::new(false, status.as_str()),
    })
}
