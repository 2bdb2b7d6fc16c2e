//! Every route of the gallery, on one screen.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{any, get, post};

use crate::app::App;
use crate::{
    account, admin, api, assets, billing, checkout, comments, cors, debug_page, events, export,
    fingerprint, gallery, login, otp, photo, probes, redirect, search, socket, storage, uploads,
    weaknesses, webhooks,
};

pub(crate) fn gallery(app: App) -> Router {
    Router::new()
        .merge(pages())
        .merge(api())
        .merge(files(&app))
        .fallback(probes::not_found)
        .method_not_allowed_fallback(probes::method_not_allowed)
        // No limit on any body: the weakness that uploads are about.
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn(cors::allow_everyone))
        .layer(middleware::from_fn(fingerprint::name_the_software))
        .with_state(app)
}

fn pages() -> Router<App> {
    Router::new()
        .route("/", get(gallery::landing))
        .route("/t/{tenant}", get(gallery::studio))
        .route("/t/{tenant}/albums/{album}", get(gallery::album))
        .route("/photos/{id}", get(photo::page))
        .route("/photos/{id}/comments", post(comments::add))
        .route(
            "/search",
            get(search::page).layer(middleware::from_fn(fingerprint::frame_twice)),
        )
        .route("/go", get(redirect::go))
        .route("/login", get(login::page))
        .route("/logout", get(login::logout))
        .route("/account", get(account::page))
        .route("/checkout", get(checkout::page))
        .route("/admin", get(admin::page))
        .route("/about-this-demo", get(weaknesses::page))
        .route("/crash", get(debug_page::crash))
}

fn api() -> Router<App> {
    Router::new()
        .route("/api/login", post(login::submit))
        .route("/api/otp/request", post(otp::request))
        .route("/api/otp/verify", post(otp::verify))
        .route("/api/me", get(api::me))
        .route("/api/whoami", get(fingerprint::whoami))
        .route("/api/tenants", get(api::tenants))
        .route("/api/tenants/{tenant}/photos", get(api::tenant_photos))
        .route("/api/tenants/{tenant}/members", get(api::tenant_members))
        .route("/api/tenants/{tenant}/invoices", get(api::tenant_invoices))
        .route(
            "/api/photos/{id}",
            get(api::photo).delete(api::delete_photo),
        )
        .route("/api/photos/{id}/comments", get(api::photo_comments))
        .route("/api/photos/{id}/like", post(api::like))
        .route("/api/invoices/{id}", get(billing::invoice))
        .route("/api/billing/balance", get(billing::balance))
        .route("/api/checkout", post(checkout::submit))
        .route("/api/uploads", post(uploads::form))
        .route("/api/uploads/raw", post(uploads::raw).put(uploads::raw))
        .route("/api/export", get(export::download))
        .route("/api/events/stream", get(events::stream))
        .route("/api/admin/users", get(admin::users))
        .route("/api/status/{code}", any(probes::status))
        .route("/api/slow", get(probes::slow))
        .route("/api/trailers", get(probes::trailers))
        .route("/webhooks/payments", post(webhooks::payments))
        .route("/ws", get(socket::upgrade))
        .route("/healthz", get(probes::health))
}

fn files(app: &App) -> Router<App> {
    Router::new()
        .route("/storage/{tenant}/{file}", get(storage::file))
        .route("/assets/proofsheet.css", get(assets::style))
        .route("/assets/inter.woff2", get(assets::sans))
        .route("/assets/instrument-serif.woff2", get(assets::serif))
        .route(
            "/assets/instrument-serif-italic.woff2",
            get(assets::serif_italic),
        )
        .route("/assets/icon.svg", get(assets::icon))
        .route(&app.bundle.path, get(assets::script))
        .route(&app.bundle.map_path, get(assets::script_map))
}
