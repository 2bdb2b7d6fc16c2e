//! One photo: the picture, its data, prints to buy, what people say.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use crate::app::App;
use crate::comments;
use crate::layout::{Page, grid, heart, original};
use crate::probes::not_found_page;
use crate::records::{Comment, Photo};
use crate::seed::tenant;
use crate::tokens::Visitor;

/// Photos offered below the one on show.
const RELATED_SHOWN: usize = 4;

/// Shows any photo, private ones too: whoever has the number has the page.
pub(crate) async fn page(
    State(app): State<App>,
    Visitor(caller): Visitor,
    Path(id): Path<u32>,
) -> Response {
    let found = {
        let records = app.records();
        records.photo(id).cloned().map(|photo| {
            let mut related = records.public_photos(&photo.tenant);
            related.retain(|other| other.album == photo.album && other.id != photo.id);
            related.truncate(RELATED_SHOWN);
            (records.comments_on(id), related, photo)
        })
    };
    let Some((comments, related, photo)) = found else {
        return not_found_page(&app, &caller, "photo");
    };
    let path = format!("/photos/{id}");
    let page = Page {
        title: &photo.title,
        tenant: tenant(&photo.tenant),
        caller: caller.as_ref(),
        path: &path,
        body_class: "photo",
    };
    let content = html! {
        article class="photo-view" {
            figure class="stage" { img src=(original(&photo)) alt=(photo.title); }
            (panel(&app, &photo, &comments))
        }
        @if !related.is_empty() {
            section class="section" { div class="section-head" { h2 { "From the same album" } } (grid(&related)) }
        }
    };
    page.render(&app, &content).into_response()
}

fn panel(app: &App, photo: &Photo, comments: &[Comment]) -> Markup {
    let studio = tenant(&photo.tenant).map_or("", |tenant| tenant.name);
    let origin = app
        .public_origin
        .as_deref()
        .unwrap_or("")
        .trim_end_matches('/');
    html! {
        aside class="panel" {
            p class="eyebrow" {
                a href={ "/t/" (photo.tenant) } { (studio) }
                @if photo.private { span class="badge" { "Private" } }
            }
            h1 { (photo.title) }
            p class="place" { (photo.place) }
            div class="actions" {
                button type="button" class="button ghost like" data-photo=(photo.id) onclick={ "like(" (photo.id) ", this)" } { (heart()) span { (photo.likes) } }
                a class="button" href={ "/checkout?photo=" (photo.id) } { "Buy a print" }
                button type="button" class="button ghost" data-link={ (origin) "/photos/" (photo.id) } onclick="copyLink(this)" { "Share" }
            }
            dl class="facts" {
                div { dt { "Camera" } dd { (photo.camera) } }
                div { dt { "Taken" } dd { (photo.taken) } }
                div { dt { "File" } dd { a href=(original(photo)) { (photo.file) } } }
                div { dt { "Position" } dd { (format!("{:.3}, {:.3}", photo.latitude, photo.longitude)) } }
            }
            (comments::section(photo.id, comments))
        }
    }
}
