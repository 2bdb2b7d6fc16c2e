//! The back office, open to whoever knows the address.

use axum::Json;
use axum::extract::State;
use axum::response::Html;
use maud::{Markup, html};
use serde_json::{Value, json};

use crate::app::App;
use crate::billing::{Invoice, euros};
use crate::layout::{Page, initials, thumbnail};
use crate::records::Photo;
use crate::seed::{ACCOUNTS, TENANTS, tenant};
use crate::tokens::Visitor;

/// Photos in the moderation strip.
const RECENT_SHOWN: usize = 6;

/// Everyone of every studio, password included.
pub(crate) async fn users() -> Json<Value> {
    let users: Vec<Value> = ACCOUNTS
        .iter()
        .map(|account| {
            json!({
                "id": account.id, "name": account.name, "email": account.email, "phone": account.phone,
                "tenant": account.tenant, "role": account.role, "password": account.password,
            })
        })
        .collect();
    Json(json!({ "users": users }))
}

pub(crate) async fn page(State(app): State<App>, Visitor(caller): Visitor) -> Html<String> {
    let (photos, comments, invoices, recent): (usize, usize, Vec<Invoice>, Vec<Photo>) = {
        let records = app.records();
        let recent = records
            .photos
            .iter()
            .rev()
            .take(RECENT_SHOWN)
            .cloned()
            .collect();
        (
            records.photos.len(),
            records.comments.len(),
            records.ledger.all().to_vec(),
            recent,
        )
    };
    let paid: i64 = invoices.iter().map(|invoice| invoice.paid_cents).sum();
    let page = Page {
        title: "Admin",
        tenant: None,
        caller: caller.as_ref(),
        path: "/admin",
        body_class: "admin",
    };
    let content = html! {
        section class="section" {
            p class="eyebrow" { "Back office" }
            h1 { "Overview" }
            div class="tiles" {
                (tile("Studios", &TENANTS.len().to_string(), "all active"))
                (tile("Photos", &photos.to_string(), "across all galleries"))
                (tile("Comments", &comments.to_string(), "none held"))
                (tile("Revenue", &euros(paid), "this month"))
            }
            div class="columns wide-left" {
                div { h2 { "Users" } (user_table()) }
                div { h2 { "Invoices" } (invoice_list(&invoices)) }
            }
            h2 { "Latest uploads" }
            div class="strip" { @for photo in &recent { a href={ "/photos/" (photo.id) } { img src=(thumbnail(photo)) alt=(photo.title); } } }
        }
    };
    page.render(&app, &content)
}

fn tile(label: &str, value: &str, note: &str) -> Markup {
    html! { div class="tile" { p { (label) } strong { (value) } small { (note) } } }
}

fn user_table() -> Markup {
    html! {
        table class="table" {
            thead { tr { th { "Name" } th { "Studio" } th { "Role" } th { "Phone" } th {} } }
            tbody {
                @for account in ACCOUNTS {
                    tr {
                        td { span class="who" { span class="avatar" { (initials(account.name)) } span { strong { (account.name) } small { (account.email) } } } }
                        td { (tenant(account.tenant).map_or("", |tenant| tenant.name)) }
                        td { span class={ "badge " (account.role) } { (account.role) } }
                        td { (account.phone) }
                        td { button type="button" class="button ghost small" onclick={ "toast('Signed in as " (account.name) "')" } { "Sign in as" } }
                    }
                }
            }
        }
    }
}

fn invoice_list(invoices: &[Invoice]) -> Markup {
    html! {
        ul class="list" {
            @for invoice in invoices {
                li {
                    div { strong { "#" (invoice.id) " · " (invoice.customer) } small { (invoice.description) } }
                    span { (euros(invoice.amount_cents)) " " span class={ "badge " (invoice.status()) } { (invoice.status()) } }
                }
            }
        }
    }
}
