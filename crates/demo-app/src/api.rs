//! The JSON API. A token must be valid; whose object it opens is nobody's question.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::app::App;
use crate::debug_page;
use crate::events::Event;
use crate::records::{Comment, Photo};
use crate::seed::{ACCOUNTS, TENANTS, tenant};
use crate::tokens::Caller;

/// 404 in the API's own words.
pub(crate) fn missing(what: &str) -> Response {
    (
        StatusCode::NOT_FOUND,
        Json(json!({ "detail": format!("{what} not found") })),
    )
        .into_response()
}

pub(crate) async fn me(caller: Caller) -> Json<Value> {
    let email = caller.account.map(|account| account.email);
    Json(json!({ "name": caller.name(), "email": email, "claims": caller.claims }))
}

/// Open to all: names, cities, albums.
pub(crate) async fn tenants() -> Json<Value> {
    Json(json!({ "tenants": TENANTS }))
}

/// Every photo of the studio in the path, private ones too.
pub(crate) async fn tenant_photos(
    State(app): State<App>,
    _caller: Caller,
    Path(slug): Path<String>,
) -> Response {
    if tenant(&slug).is_none() {
        return missing("Tenant");
    }
    let records = app.records();
    let photos: Vec<&Photo> = records
        .photos
        .iter()
        .filter(|photo| photo.tenant == slug)
        .collect();
    Json(json!({ "tenant": slug, "photos": photos })).into_response()
}

/// The people of the studio in the path, with their addresses and phones.
pub(crate) async fn tenant_members(_caller: Caller, Path(slug): Path<String>) -> Response {
    if tenant(&slug).is_none() {
        return missing("Tenant");
    }
    let members: Vec<Value> = ACCOUNTS
        .iter()
        .filter(|account| account.tenant == slug)
        .map(|account| {
            json!({
                "id": account.id, "name": account.name, "email": account.email,
                "phone": account.phone, "role": account.role,
            })
        })
        .collect();
    Json(json!({ "tenant": slug, "members": members })).into_response()
}

/// The invoices of the studio in the path.
pub(crate) async fn tenant_invoices(
    State(app): State<App>,
    _caller: Caller,
    Path(slug): Path<String>,
) -> Response {
    if tenant(&slug).is_none() {
        return missing("Tenant");
    }
    let invoices = app.records().ledger.of(&slug);
    Json(json!({ "tenant": slug, "invoices": invoices })).into_response()
}

/// Any photo, by its number.
pub(crate) async fn photo(
    State(app): State<App>,
    _caller: Caller,
    Path(id): Path<String>,
) -> Response {
    let id = match id.parse::<u32>() {
        Ok(id) => id,
        Err(error) => return debug_page::of_bad_number("api::photo", &id, &error),
    };
    let found = app.records().photo(id).cloned();
    found.map_or_else(|| missing("Photo"), |photo| Json(photo).into_response())
}

/// Deletes any photo, by its number.
pub(crate) async fn delete_photo(
    State(app): State<App>,
    _caller: Caller,
    Path(id): Path<u32>,
) -> Response {
    if app.records().delete_photo(id) {
        StatusCode::NO_CONTENT.into_response()
    } else {
        missing("Photo")
    }
}

pub(crate) async fn photo_comments(
    State(app): State<App>,
    Path(id): Path<u32>,
) -> Json<Vec<Comment>> {
    Json(app.records().comments_on(id))
}

/// One like more, from anyone, as often as they please.
pub(crate) async fn like(State(app): State<App>, Path(id): Path<u32>) -> Response {
    let likes = app.records().like(id);
    let Some(likes) = likes else {
        return missing("Photo");
    };
    Event::like(id, likes).publish(&app);
    Json(json!({ "photo": id, "likes": likes })).into_response()
}
