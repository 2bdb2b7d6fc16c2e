//! Search over titles and places. The query is echoed into the page as it came.

use axum::extract::{Query, State};
use axum::response::Html;
use maud::{PreEscaped, html};
use serde::Deserialize;

use crate::app::App;
use crate::layout::{Page, grid};
use crate::records::Photo;
use crate::tokens::Visitor;

#[derive(Deserialize)]
pub(crate) struct Search {
    #[serde(default)]
    q: String,
}

pub(crate) async fn page(
    State(app): State<App>,
    Visitor(caller): Visitor,
    Query(Search { q }): Query<Search>,
) -> Html<String> {
    let wanted = q.to_lowercase();
    let matches = |photo: &&Photo| {
        !photo.private
            && format!("{} {}", photo.title, photo.place)
                .to_lowercase()
                .contains(&wanted)
    };
    let found: Vec<Photo> = app
        .records()
        .photos
        .iter()
        .filter(matches)
        .cloned()
        .collect();
    let page = Page {
        title: "Search",
        tenant: None,
        caller: caller.as_ref(),
        path: "/search",
        body_class: "search",
    };
    let content = html! {
        section class="section album-head" {
            p class="eyebrow" { "Search" }
            // The reflected cross-site scripting hole.
            h1 { "Results for “" (PreEscaped(&q)) "”" }
            p class="lede" { (found.len()) " photographs" }
            (grid(&found))
        }
    };
    page.render(&app, &content)
}
