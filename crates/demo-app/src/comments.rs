//! Comments below a photo. They are shown as they were written, markup and all.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::Redirect;
use maud::{Markup, PreEscaped, html};
use serde::Deserialize;

use crate::app::App;
use crate::events::Event;
use crate::layout::initials;
use crate::records::Comment;
use crate::tokens::Visitor;

#[derive(Deserialize)]
pub(crate) struct NewComment {
    #[serde(default)]
    author: String,
    body: String,
}

pub(crate) async fn add(
    State(app): State<App>,
    Visitor(caller): Visitor,
    Path(photo): Path<u32>,
    Form(new): Form<NewComment>,
) -> Redirect {
    let author = match (&caller, new.author.trim()) {
        (Some(caller), _) => caller.name().to_owned(),
        (None, "") => "Guest".to_owned(),
        (None, author) => author.to_owned(),
    };
    app.records().add_comment(Comment {
        photo,
        author,
        body: new.body,
        when: "just now".to_owned(),
    });
    Event::comment(photo).publish(&app);
    Redirect::to(&format!("/photos/{photo}#comments"))
}

pub(crate) fn section(photo: u32, comments: &[Comment]) -> Markup {
    html! {
        section class="comments" id="comments" {
            h2 { "Comments" span class="count" { (comments.len()) } }
            @for comment in comments {
                div class="comment" {
                    span class="avatar" { (initials(&comment.author)) }
                    div {
                        p class="byline" { strong { (comment.author) } span { (comment.when) } }
                        // The stored cross-site scripting hole.
                        p { (PreEscaped(&comment.body)) }
                    }
                }
            }
            form method="post" action={ "/photos/" (photo) "/comments" } onsubmit="return !!this.body.value.trim()" {
                textarea name="body" rows="2" placeholder="Say something kind" aria-label="Comment" {}
                button class="button small" { "Post" }
            }
        }
    }
}
