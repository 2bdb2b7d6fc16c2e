//! The page of whoever is logged in: who they are, their studio's invoices and private photos.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};

use crate::app::App;
use crate::billing::{Invoice, euros};
use crate::layout::{Page, grid, initials};
use crate::records::Photo;
use crate::seed::tenant;
use crate::tokens::{Caller, Visitor};

pub(crate) async fn page(State(app): State<App>, Visitor(caller): Visitor) -> Response {
    let Some(caller) = caller else {
        return Redirect::to("/login?next=/account").into_response();
    };
    let slug = caller.claims.tenant.as_str();
    let (invoices, private): (Vec<Invoice>, Vec<Photo>) = {
        let records = app.records();
        let mine = |photo: &&Photo| photo.tenant == slug && photo.private;
        (
            records.ledger.of(slug),
            records.photos.iter().filter(mine).cloned().collect(),
        )
    };
    let page = Page {
        title: "Account",
        tenant: tenant(slug),
        caller: Some(&caller),
        path: "/account",
        body_class: "account",
    };
    let content = html! {
        section class="section" {
            (profile(&caller))
            div class="columns" {
                div { h2 { "Invoices" } (invoice_table(&invoices)) }
                div { h2 { "Upload" } (upload_form(slug)) }
            }
            h2 { "Private deliveries" }
            (grid(&private))
        }
    };
    page.render(&app, &content).into_response()
}

fn profile(caller: &Caller) -> Markup {
    html! {
        div class="profile" {
            span class="avatar large" { (initials(caller.name())) }
            div {
                h1 { (caller.name()) }
                p { (caller.account.map_or("", |account| account.email)) " · " (caller.claims.role) }
            }
            a class="button ghost" href="/logout" { "Log out" }
        }
    }
}

fn invoice_table(invoices: &[Invoice]) -> Markup {
    html! {
        table class="table" {
            thead { tr { th { "Invoice" } th { "For" } th { "Amount" } th { "Status" } } }
            tbody {
                @for invoice in invoices {
                    tr {
                        td { a href={ "/api/invoices/" (invoice.id) } { "#" (invoice.id) } }
                        td { (invoice.description) }
                        td { (euros(invoice.amount_cents)) }
                        td { span class={ "badge " (invoice.status()) } { (invoice.status()) } }
                    }
                }
            }
        }
    }
}

fn upload_form(slug: &str) -> Markup {
    html! {
        form class="drop" method="post" action="/api/uploads" enctype="multipart/form-data"
             ondragover="event.preventDefault()" ondrop="dropFiles(event, this)" {
            input type="hidden" name="tenant" value=(slug);
            p { strong { "Drop photos here" } " or choose files" }
            input type="file" name="file" multiple onchange="this.form.submit()" aria-label="Choose files";
            small { "Any format, any size." }
        }
    }
}
