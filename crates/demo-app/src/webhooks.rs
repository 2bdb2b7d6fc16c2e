//! What the payment provider calls. No signature is checked, and an event that arrives twice
//! charges twice.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::Value;

use crate::api::missing;
use crate::app::App;
use crate::billing::Charge;
use crate::events::Event;

#[derive(Deserialize)]
pub(crate) struct Delivery {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    object: Value,
}

impl Delivery {
    /// The number of the invoice, from where payment providers let one put it.
    fn invoice(&self) -> Option<u32> {
        let object = &self.data.object;
        let places = [
            "/metadata/invoice_id",
            "/metadata/invoice",
            "/client_reference_id",
            "/invoice",
        ];
        places
            .iter()
            .filter_map(|place| object.pointer(place))
            .find_map(|value| match value {
                Value::String(text) => text.parse().ok(),
                other => other.as_u64().and_then(|number| u32::try_from(number).ok()),
            })
    }

    fn amount_cents(&self) -> i64 {
        let object = &self.data.object;
        let fields = ["amount_total", "amount_paid", "amount_received", "amount"];
        fields
            .iter()
            .find_map(|field| object.get(field)?.as_i64())
            .unwrap_or(0)
    }

    fn is_payment(&self) -> bool {
        matches!(
            self.kind.as_str(),
            "checkout.session.completed"
                | "invoice.paid"
                | "payment_intent.succeeded"
                | "charge.succeeded"
        )
    }
}

pub(crate) async fn payments(State(app): State<App>, Json(delivery): Json<Delivery>) -> Response {
    if !delivery.is_payment() {
        return Json(serde_json::json!({ "received": true, "ignored": delivery.kind }))
            .into_response();
    }
    let Some(invoice) = delivery.invoice() else {
        return missing("Invoice");
    };
    let paid = {
        let mut records = app.records();
        if app.fixed && !records.ledger.first_time(&delivery.id) {
            return Json(serde_json::json!({ "received": true, "duplicate": true }))
                .into_response();
        }
        let amount_cents = delivery.amount_cents();
        records.ledger.charge(
            invoice,
            Charge {
                event: delivery.id,
                amount_cents,
            },
        )
    };
    let Some(paid_cents) = paid else {
        return missing("Invoice");
    };
    Event::payment(invoice).publish(&app);
    Json(serde_json::json!({ "received": true, "invoice": invoice, "paid_cents": paid_cents }))
        .into_response()
}
