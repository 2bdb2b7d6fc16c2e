//! The app's own login: a page, and one endpoint for JSON and forms. Try as often as you like.

use axum::extract::{FromRequest, Query, Request, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, SET_COOKIE};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::{Form, Json};
use maud::{Markup, html};
use serde::Deserialize;

use crate::app::App;
use crate::debug_page;
use crate::layout::{Page, thumbnail};
use crate::seed::{ACCOUNTS, Account};
use crate::tokens::{TOKEN_LIFETIME_SECONDS, Visitor};

#[derive(Deserialize)]
struct Credentials {
    email: String,
    password: String,
    #[serde(default)]
    next: String,
}

/// Takes `email` and `password` as JSON or as a form.
pub(crate) async fn submit(State(app): State<App>, request: Request) -> Response {
    let content_type = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    if content_type.is_some_and(|value| value.starts_with("application/json")) {
        match Json::<Credentials>::from_request(request, &app).await {
            Ok(Json(credentials)) => answer_client(&app, &credentials),
            Err(rejection) => rejection.into_response(),
        }
    } else {
        match Form::<Credentials>::from_request(request, &app).await {
            Ok(Form(credentials)) => answer_browser(&app, &credentials),
            Err(rejection) => rejection.into_response(),
        }
    }
}

fn answer_client(app: &App, credentials: &Credentials) -> Response {
    let Some(account) = account(credentials) else {
        let detail = serde_json::json!({ "detail": "Incorrect email or password" });
        return (StatusCode::UNAUTHORIZED, Json(detail)).into_response();
    };
    signed_in(app, account)
}

/// The answer to a successful login: a token in the body and in a cookie.
pub(crate) fn signed_in(app: &App, account: &Account) -> Response {
    let token = match app.tokens.issue(account) {
        Ok(token) => token,
        Err(error) => return debug_page::of_error(&error),
    };
    let cookie = session_cookie(&token);
    let body = serde_json::json!({
        "access_token": token,
        "token_type": "bearer",
        "expires_in": TOKEN_LIFETIME_SECONDS,
        "user": { "id": account.id, "name": account.name, "tenant": account.tenant, "role": account.role },
    });
    ([(SET_COOKIE, cookie)], Json(body)).into_response()
}

fn answer_browser(app: &App, credentials: &Credentials) -> Response {
    let Some(account) = account(credentials) else {
        return Redirect::to("/login?error=1").into_response();
    };
    match app.tokens.issue(account) {
        Ok(token) => {
            let next = if credentials.next.is_empty() {
                "/account"
            } else {
                &credentials.next
            };
            ([(SET_COOKIE, session_cookie(&token))], Redirect::to(next)).into_response()
        }
        Err(error) => debug_page::of_error(&error),
    }
}

/// No `HttpOnly`, no `Secure`, no `SameSite`.
fn session_cookie(token: &str) -> String {
    format!("session={token}; Path=/")
}

pub(crate) async fn logout() -> impl IntoResponse {
    (
        [(SET_COOKIE, "session=; Path=/; Max-Age=0")],
        Redirect::to("/"),
    )
}

fn account(credentials: &Credentials) -> Option<&'static Account> {
    ACCOUNTS.iter().find(|account| {
        account.email.eq_ignore_ascii_case(credentials.email.trim())
            && account.password == credentials.password
    })
}

#[derive(Deserialize)]
pub(crate) struct Arrival {
    #[serde(default)]
    error: String,
    #[serde(default)]
    next: String,
}

/// The photo beside the login form.
const LOGIN_PHOTO: u32 = 6;

pub(crate) async fn page(
    State(app): State<App>,
    Visitor(caller): Visitor,
    Query(arrival): Query<Arrival>,
) -> Html<String> {
    let photo = app.records().photo(LOGIN_PHOTO).cloned();
    let page = Page {
        title: "Log in",
        tenant: None,
        caller: caller.as_ref(),
        path: "/login",
        body_class: "login",
    };
    let content = html! {
        section class="split" {
            @if let Some(photo) = &photo {
                figure { img src=(thumbnail(photo)) alt=""; figcaption { (photo.title) " · " (photo.place) } }
            }
            div class="card" {
                h1 { "Welcome back" }
                p class="lede" { "Log in to your studio." }
                @if !arrival.error.is_empty() { p class="alert" role="alert" { "That email and password do not match." } }
                (login_form(&arrival.next))
            }
        }
    };
    page.render(&app, &content)
}

fn login_form(next: &str) -> Markup {
    html! {
        form method="post" action="/api/login" class="stack" onsubmit="this.querySelector('button').disabled = true" {
            input type="hidden" name="next" value=(next);
            label { "Email" input type="email" name="email" autocomplete="username" required placeholder="you@studio.example"; }
            label { "Password" input type="password" name="password" autocomplete="current-password" required; }
            button class="button wide" { "Log in" }
        }
        details class="demo-accounts" {
            summary { "Demo accounts" }
            table {
                @for account in ACCOUNTS {
                    tr onclick={ "fillLogin('" (account.email) "', '" (account.password) "')" } {
                        td { (account.email) } td { code { (account.password) } } td { (account.role) }
                    }
                }
            }
        }
    }
}
