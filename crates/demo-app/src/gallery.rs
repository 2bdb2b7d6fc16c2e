//! The landing page, a studio's gallery, an album.

use axum::extract::{Path, State};
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use crate::app::App;
use crate::layout::{Page, grid, original, thumbnail};
use crate::probes::not_found_page;
use crate::records::Photo;
use crate::seed::{TENANTS, Tenant, tenant};
use crate::tokens::Visitor;

/// Photos on the landing page.
const FRESH_SHOWN: usize = 14;
/// The three photos beside the headline; the first is the tall one.
const HERO_PHOTOS: [u32; 3] = [29, 3, 11];

pub(crate) async fn landing(State(app): State<App>, Visitor(caller): Visitor) -> Response {
    let (fresh, covers, collage) = {
        let records = app.records();
        let studios = TENANTS
            .iter()
            .map(|tenant| records.public_photos(tenant.slug));
        let covers: Vec<Photo> = TENANTS
            .iter()
            .filter_map(|tenant| records.photo(tenant.cover).cloned())
            .collect();
        let collage: Vec<Photo> = HERO_PHOTOS
            .iter()
            .filter_map(|id| records.photo(*id).cloned())
            .collect();
        (interleave(studios.collect()), covers, collage)
    };
    let page = Page {
        title: "Client galleries for photographers",
        tenant: None,
        caller: caller.as_ref(),
        path: "/",
        body_class: "landing",
    };
    let content = html! {
        (hero(&collage))
        section class="section" {
            div class="section-head" { h2 { "Two studios, one home" } p { "Each with its own gallery, brand and clients." } }
            div class="studios" { @for (tenant, cover) in TENANTS.iter().zip(&covers) { (studio_card(tenant, cover)) } }
        }
        section class="section" {
            div class="section-head" { h2 { "Fresh from the studios" } p { "Straight from this week’s cards." } }
            (grid(fresh.get(..FRESH_SHOWN).unwrap_or(&fresh)))
        }
        (pricing())
    };
    page.render(&app, &content).into_response()
}

pub(crate) async fn studio(
    State(app): State<App>,
    Visitor(caller): Visitor,
    Path(slug): Path<String>,
) -> Response {
    let Some(tenant) = tenant(&slug) else {
        return not_found_page(&app, &caller, &slug);
    };
    let (photos, cover) = {
        let records = app.records();
        (
            records.public_photos(tenant.slug),
            records.photo(tenant.cover).cloned(),
        )
    };
    let path = format!("/t/{slug}");
    let page = Page {
        title: tenant.name,
        tenant: Some(tenant),
        caller: caller.as_ref(),
        path: &path,
        body_class: "studio",
    };
    let content = html! {
        (studio_hero(tenant, cover.as_ref(), photos.len()))
        section class="section" {
            (album_tabs(tenant, None))
            (grid(&photos))
        }
    };
    remember(tenant, page.render(&app, &content))
}

pub(crate) async fn album(
    State(app): State<App>,
    Visitor(caller): Visitor,
    Path((slug, album)): Path<(String, String)>,
) -> Response {
    let found = tenant(&slug).and_then(|tenant| {
        Some((
            tenant,
            *tenant.albums.iter().find(|(name, _)| *name == album)?,
        ))
    });
    let Some((tenant, (name, title))) = found else {
        return not_found_page(&app, &caller, &album);
    };
    let mut photos = app.records().public_photos(tenant.slug);
    photos.retain(|photo| photo.album == name);
    let path = format!("/t/{slug}/albums/{name}");
    let page = Page {
        title,
        tenant: Some(tenant),
        caller: caller.as_ref(),
        path: &path,
        body_class: "album",
    };
    let content = html! {
        section class="section album-head" {
            p class="eyebrow" { a href={ "/t/" (tenant.slug) } { (tenant.name) } }
            h1 { (title) }
            p class="lede" { (photos.len()) " photographs. " (tenant.tagline) }
            (album_tabs(tenant, Some(name)))
            (grid(&photos))
        }
    };
    remember(tenant, page.render(&app, &content))
}

/// Sends the page with a cookie, plain as the framework made it, for the studio last seen.
fn remember(tenant: &Tenant, page: impl IntoResponse) -> Response {
    (
        [(SET_COOKIE, format!("last_studio={}; Path=/", tenant.slug))],
        page,
    )
        .into_response()
}

fn hero(collage: &[Photo]) -> Markup {
    html! {
        section class="hero" {
            div class="hero-text" {
                p class="eyebrow" { "Galleries · Proofing · Prints" }
                h1 { "The gallery your clients " em { "keep open." } }
                p class="lede" {
                    "Upload a shoot, share one link, sell the prints. Proofsheet shows your work at its best, and stays out of its way."
                }
                div class="actions" {
                    a class="button" href="/t/northlight" { "See a live gallery" }
                    a class="button ghost" href="#pricing" { "Start free" }
                }
                dl class="figures" {
                    div { dt { "2.4 M" } dd { "photos delivered" } }
                    div { dt { "38 s" } dd { "from card to client" } }
                    div { dt { "4.9" } dd { "from 1 900 studios" } }
                }
            }
            div class="collage" {
                @for photo in collage {
                    a href={ "/photos/" (photo.id) } { img src=(thumbnail(photo)) alt=(photo.title); }
                }
            }
        }
    }
}

fn studio_card(tenant: &Tenant, cover: &Photo) -> Markup {
    html! {
        a class="studio-card" href={ "/t/" (tenant.slug) } style={ "--brand-light: " (tenant.brand) "; --brand-dark: " (tenant.brand_on_dark) } {
            img src=(thumbnail(cover)) alt="";
            div { span class="dot" {} h3 { (tenant.name) } p { (tenant.tagline) } }
        }
    }
}

fn studio_hero(tenant: &Tenant, cover: Option<&Photo>, count: usize) -> Markup {
    html! {
        section class="studio-hero" {
            @if let Some(cover) = cover { img src=(original(cover)) alt=""; }
            div {
                p class="eyebrow" { (tenant.city) }
                h1 { (tenant.name) }
                p { (tenant.tagline) }
                p class="live" { span class="pulse" {} span id="live-line" { (count) " photographs · live" } }
            }
        }
    }
}

fn album_tabs(tenant: &Tenant, current: Option<&str>) -> Markup {
    html! {
        nav class="tabs" aria-label="Albums" {
            a href={ "/t/" (tenant.slug) } class=[current.is_none().then_some("current")] { "All work" }
            @for (slug, title) in tenant.albums {
                a href={ "/t/" (tenant.slug) "/albums/" (slug) } class=[(current == Some(*slug)).then_some("current")] { (title) }
            }
        }
    }
}

fn pricing() -> Markup {
    let plans = [
        (
            "solo",
            "Solo",
            "€0",
            "For the first galleries",
            ["3 galleries", "5 GB originals", "Proofsheet address"],
        ),
        (
            "studio",
            "Studio",
            "€19",
            "For a working photographer",
            [
                "Unlimited galleries",
                "500 GB originals",
                "Your domain, your brand",
            ],
        ),
        (
            "house",
            "House",
            "€49",
            "For teams and second shooters",
            [
                "Everything in Studio",
                "10 members, roles",
                "Print shop, no commission",
            ],
        ),
    ];
    html! {
        section class="section" id="pricing" {
            div class="section-head" { h2 { "Simple pricing" } p { "No commission. Leave with everything, any day." } }
            div class="plans" {
                @for (slug, name, price, note, points) in plans {
                    article class={ "plan " (slug) } {
                        h3 { (name) }
                        p class="price" { (price) small { " / month" } }
                        p { (note) }
                        ul { @for point in points { li { (point) } } }
                        a class={ "button" @if slug != "studio" { " ghost" } } href={ "/checkout?plan=" (slug) } { "Choose " (name) }
                    }
                }
            }
        }
    }
}

/// Takes from each list in turn.
fn interleave(lists: Vec<Vec<Photo>>) -> Vec<Photo> {
    let longest = lists.iter().map(Vec::len).max().unwrap_or(0);
    (0..longest)
        .flat_map(|index| {
            lists
                .iter()
                .filter_map(move |list| list.get(index).cloned())
        })
        .collect()
}
