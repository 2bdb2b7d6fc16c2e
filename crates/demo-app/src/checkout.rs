//! The checkout page, with the payment provider's script on it, and the order it places.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use maud::{Markup, PreEscaped, html};
use serde::Deserialize;

use crate::app::App;
use crate::billing::{Charge, euros};
use crate::layout::{Page, thumbnail};
use crate::records::Photo;
use crate::seed::tenant;
use crate::tokens::Visitor;

/// The provider's publishable key: meant to be seen.
const PUBLISHABLE_KEY: &str = "pk_live_proofsheet_demo";
const PRINT_CENTS: i64 = 18_900;
const SHIPPING_CENTS: i64 = 900;

#[derive(Deserialize)]
pub(crate) struct Cart {
    photo: Option<u32>,
    plan: Option<String>,
}

/// One line of an order.
struct Item {
    title: String,
    note: String,
    cents: i64,
    shipping_cents: i64,
}

pub(crate) async fn page(
    State(app): State<App>,
    Visitor(caller): Visitor,
    Query(cart): Query<Cart>,
) -> Html<String> {
    let photo = cart.photo.and_then(|id| app.records().photo(id).cloned());
    let item = item(photo.as_ref(), cart.plan.as_deref());
    let page = Page {
        title: "Checkout",
        tenant: photo.as_ref().and_then(|photo| tenant(&photo.tenant)),
        caller: caller.as_ref(),
        path: "/checkout",
        body_class: "checkout",
    };
    let content = html! {
        section class="section checkout-columns" {
            (payment_form(&app, &item, photo.as_ref()))
            (summary(&item, photo.as_ref()))
        }
        script src={ (app.third_party_origin) "/v3/pay.js" } {}
        script { (PreEscaped(mount_script())) }
    };
    page.render(&app, &content)
}

fn item(photo: Option<&Photo>, plan: Option<&str>) -> Item {
    match (photo, plan) {
        (Some(photo), _) => Item {
            title: photo.title.clone(),
            note: "Archival pigment print, 60 × 40 cm, oak frame".to_owned(),
            cents: PRINT_CENTS,
            shipping_cents: SHIPPING_CENTS,
        },
        (None, Some("house")) => plan_item("House plan", 4_900),
        (None, Some("solo")) => plan_item("Solo plan", 0),
        (None, _) => plan_item("Studio plan", 1_900),
    }
}

fn plan_item(title: &str, cents: i64) -> Item {
    Item {
        title: title.to_owned(),
        note: "Billed monthly, cancel any day".to_owned(),
        cents,
        shipping_cents: 0,
    }
}

fn payment_form(app: &App, item: &Item, photo: Option<&Photo>) -> Markup {
    let total = item.cents + item.shipping_cents;
    let studio = photo.map_or("northlight", |photo| photo.tenant.as_str());
    html! {
        form class="stack" id="payment" data-key=(PUBLISHABLE_KEY) data-provider=(app.third_party_origin)
             data-studio=(studio) data-cents=(total) data-title=(item.title) onsubmit="return pay(event)" {
            h1 { "Checkout" }
            fieldset { legend { "Contact" }
                label { "Email" input type="email" name="email" autocomplete="email" placeholder="you@example.com" required; }
                label { "Name" input name="name" autocomplete="name" placeholder="Full name" required; }
            }
            @if item.shipping_cents > 0 {
                fieldset { legend { "Delivery" }
                    label { "Address" input name="address" autocomplete="street-address" placeholder="Street and number"; }
                    div class="pair" {
                        label { "Postcode" input name="postcode" autocomplete="postal-code"; }
                        label { "City" input name="city" autocomplete="address-level2"; }
                    }
                }
            }
            fieldset { legend { "Payment" } div id="card-element" class="card-element" { span { "Loading secure card field …" } } }
            button class="button wide" id="pay-button" disabled { "Pay " (euros(total)) }
            p class="fine" id="pay-status" role="status" { "Payments by PayKit. Your card number never touches Proofsheet." }
        }
    }
}

fn summary(item: &Item, photo: Option<&Photo>) -> Markup {
    html! {
        aside class="summary" {
            h2 { "Order summary" }
            @if let Some(photo) = photo { div class="framed" { img src=(thumbnail(photo)) alt=(photo.title); } }
            div class="line" { div { strong { (item.title) } small { (item.note) } } span { (euros(item.cents)) } }
            @if item.shipping_cents > 0 { div class="line" { span { "Shipping" } span { (euros(item.shipping_cents)) } } }
            div class="line" { span { "VAT" } span { "included" } }
            div class="line total" { strong { "Total" } strong { (euros(item.cents + item.shipping_cents)) } }
        }
    }
}

/// Glue between the provider's card field and the form, inline as its handbook shows it.
fn mount_script() -> &'static str {
    "
  var form = document.getElementById('payment');
  var kit = window.PayKit ? PayKit(form.dataset.key) : null;
  var card = kit && kit.mount('#card-element', function () {
    document.getElementById('pay-button').disabled = false;
  });
  function pay(event) {
    event.preventDefault();
    var status = document.getElementById('pay-status');
    status.textContent = 'Contacting your bank …';
    kit.confirm(card).then(function (result) {
      return fetch('/api/checkout', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ payment: result.id, tenant: form.dataset.studio, title: form.dataset.title, amount_cents: Number(form.dataset.cents) })
      });
    }).then(function (response) { return response.json(); }).then(function (order) {
      status.textContent = 'Thank you! Order ' + order.invoice + ' is on its way.';
      status.classList.add('done');
    }).catch(function () { status.textContent = 'The payment did not go through. Please try again.'; });
    return false;
  }
"
}

#[derive(Deserialize)]
pub(crate) struct Order {
    payment: String,
    tenant: String,
    title: String,
    amount_cents: i64,
}

/// Places an order. Price and studio are what the browser says.
pub(crate) async fn submit(State(app): State<App>, Json(order): Json<Order>) -> Response {
    let placed = {
        let mut records = app.records();
        let invoice = records
            .ledger
            .open(&order.tenant, &order.title, order.amount_cents);
        invoice.inspect(|id| {
            let charge = Charge {
                event: order.payment,
                amount_cents: order.amount_cents,
            };
            records.ledger.charge(*id, charge);
        })
    };
    match placed {
        Some(invoice) => (
            StatusCode::CREATED,
            Json(serde_json::json!({ "invoice": invoice })),
        )
            .into_response(),
        None => StatusCode::INSUFFICIENT_STORAGE.into_response(),
    }
}
