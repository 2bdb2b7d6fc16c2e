//! Invoices, the charges booked against them, and what each studio has paid.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use crate::api::missing;
use crate::app::App;
use crate::debug_page;
use crate::tokens::Caller;

/// Charges kept per invoice; later ones still count, but are no longer listed.
const CHARGES_LISTED_MAX: usize = 100;
/// Invoices kept in all.
const INVOICES_MAX: usize = 1000;
/// Events remembered by the repaired webhook handler.
const EVENTS_REMEMBERED_MAX: usize = 10_000;

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Invoice {
    pub(crate) id: u32,
    pub(crate) tenant: String,
    pub(crate) customer: String,
    pub(crate) iban: String,
    pub(crate) description: String,
    pub(crate) amount_cents: i64,
    pub(crate) paid_cents: i64,
    pub(crate) charges: Vec<Charge>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Charge {
    pub(crate) event: String,
    pub(crate) amount_cents: i64,
}

impl Invoice {
    pub(crate) fn status(&self) -> &'static str {
        match self.paid_cents.cmp(&self.amount_cents) {
            std::cmp::Ordering::Less => "open",
            std::cmp::Ordering::Equal => "paid",
            std::cmp::Ordering::Greater => "overpaid",
        }
    }
}

pub(crate) struct Ledger {
    invoices: Vec<Invoice>,
    /// Used by the repaired webhook handler only.
    seen: std::collections::VecDeque<String>,
}

impl Ledger {
    pub(crate) fn seeded() -> Self {
        let invoice =
            |id, tenant: &str, customer: &str, description: &str, amount_cents, paid_cents| {
                Invoice {
                    id,
                    tenant: tenant.to_owned(),
                    customer: customer.to_owned(),
                    // Test account numbers from the banks' own documentation.
                    iban: if tenant == "northlight" {
                        "NO9386011117947"
                    } else {
                        "GB29NWBK60161331926819"
                    }
                    .to_owned(),
                    description: description.to_owned(),
                    amount_cents,
                    paid_cents,
                    charges: Vec::new(),
                }
            };
        let invoices = vec![
            invoice(
                1001,
                "northlight",
                "Elin Sørensen",
                "Studio plan, October",
                1_900,
                1_900,
            ),
            invoice(
                1002,
                "northlight",
                "Lindqvist wedding",
                "Wedding delivery, 340 photos",
                240_000,
                240_000,
            ),
            invoice(
                1003,
                "northlight",
                "Hotel Fjordblikk",
                "Print, 100 × 70, framed",
                48_000,
                0,
            ),
            invoice(
                1004,
                "harbor-pine",
                "Castell family",
                "Family session",
                62_000,
                62_000,
            ),
            invoice(
                1005,
                "harbor-pine",
                "Rockland Roasters",
                "Licence, two images",
                35_000,
                0,
            ),
            invoice(
                1006,
                "harbor-pine",
                "Harbor & Pine",
                "House plan, October",
                4_900,
                4_900,
            ),
        ];
        Self {
            invoices,
            seen: std::collections::VecDeque::new(),
        }
    }

    pub(crate) fn of(&self, tenant: &str) -> Vec<Invoice> {
        self.invoices
            .iter()
            .filter(|invoice| invoice.tenant == tenant)
            .cloned()
            .collect()
    }

    pub(crate) fn all(&self) -> &[Invoice] {
        &self.invoices
    }

    fn invoice(&self, id: u32) -> Option<&Invoice> {
        self.invoices.iter().find(|invoice| invoice.id == id)
    }

    /// Opens an invoice and returns its number, or nothing when the book is full.
    pub(crate) fn open(
        &mut self,
        tenant: &str,
        description: &str,
        amount_cents: i64,
    ) -> Option<u32> {
        if self.invoices.len() >= INVOICES_MAX {
            return None;
        }
        let id = self
            .invoices
            .iter()
            .map(|invoice| invoice.id)
            .max()
            .unwrap_or(1000)
            + 1;
        self.invoices.push(Invoice {
            id,
            tenant: tenant.to_owned(),
            customer: "Online order".to_owned(),
            iban: String::new(),
            description: description.to_owned(),
            amount_cents,
            paid_cents: 0,
            charges: Vec::new(),
        });
        Some(id)
    }

    /// Books a charge and returns what the invoice has been paid in all.
    pub(crate) fn charge(&mut self, id: u32, charge: Charge) -> Option<i64> {
        let invoice = self.invoices.iter_mut().find(|invoice| invoice.id == id)?;
        invoice.paid_cents = invoice.paid_cents.saturating_add(charge.amount_cents);
        if invoice.charges.len() < CHARGES_LISTED_MAX {
            invoice.charges.push(charge);
        }
        Some(invoice.paid_cents)
    }

    /// Notes an event; false when it was noted before.
    pub(crate) fn first_time(&mut self, event: &str) -> bool {
        if self.seen.iter().any(|seen| seen == event) {
            return false;
        }
        if self.seen.len() >= EVENTS_REMEMBERED_MAX {
            self.seen.pop_front();
        }
        self.seen.push_back(event.to_owned());
        true
    }
}

pub(crate) fn euros(cents: i64) -> String {
    let (euros, rest) = (cents / 100, (cents % 100).abs());
    if euros.abs() < 1000 {
        return format!("€{euros}.{rest:02}");
    }
    format!("€{},{:03}.{rest:02}", euros / 1000, (euros % 1000).abs())
}

/// Any invoice, for anyone with a token.
pub(crate) async fn invoice(
    State(app): State<App>,
    _caller: Caller,
    Path(id): Path<String>,
) -> Response {
    let id = match id.parse::<u32>() {
        Ok(id) => id,
        Err(error) => return debug_page::of_bad_number("billing::invoice", &id, &error),
    };
    let found = app.records().ledger.invoice(id).cloned();
    found.map_or_else(
        || missing("Invoice"),
        |invoice| Json(invoice).into_response(),
    )
}

#[derive(Deserialize)]
pub(crate) struct Account {
    tenant: Option<String>,
}

/// What a studio was asked to pay and has paid; the caller names the studio.
pub(crate) async fn balance(
    State(app): State<App>,
    caller: Caller,
    Query(account): Query<Account>,
) -> Json<serde_json::Value> {
    let tenant = account.tenant.unwrap_or(caller.claims.tenant);
    let invoices = app.records().ledger.of(&tenant);
    let billed: i64 = invoices.iter().map(|invoice| invoice.amount_cents).sum();
    let paid: i64 = invoices.iter().map(|invoice| invoice.paid_cents).sum();
    let charges: usize = invoices.iter().map(|invoice| invoice.charges.len()).sum();
    Json(serde_json::json!({
        "tenant": tenant,
        "billed_cents": billed,
        "paid_cents": paid,
        "credit_cents": (paid - billed).max(0),
        "charges": charges,
    }))
}
