//! The record of every decree: who, when, what, and why.

pub(crate) mod store;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::Method;
use axum::routing::get;
use palisade_kernel::Actor;
use palisade_store::{Scope, Tx};
use palisade_web::{Endpoint, Failure, Parameter, Permission, described};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Operate;
use crate::failure::Refused;

const BEFORE: Parameter = Parameter::optional("before", "The `before` of the page ahead.");

/// Changes on one page.
pub const PAGE_MAX: usize = 200;

/// Longest reason, in bytes.
pub const REASON_BYTES_MAX: usize = 1024;

/// A change that is about to be made.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) actor: Actor,
    /// `<slice>.<verb>`, for example `maintenance.on`.
    pub(crate) action: &'static str,
    /// What it is done to.
    pub(crate) subject: String,
    pub(crate) was: Option<String>,
    pub(crate) becomes: Option<String>,
    pub(crate) reason: Option<String>,
}

/// A change that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChangeAnswer {
    /// Later changes have greater ids.
    pub id: String,
    /// RFC 3339.
    pub at: String,
    /// `system`, `uid:<id>` or `token:<id>`.
    pub actor: String,
    pub action: String,
    pub subject: String,
    pub was: Option<String>,
    pub becomes: Option<String>,
    pub reason: Option<String>,
}

/// `GET /api/v1/changes`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ChangesAnswer {
    /// Latest first.
    pub changes: Vec<ChangeAnswer>,
    /// Where the next page begins; absent on the last.
    pub before: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Page {
    before: Option<String>,
}

pub(crate) fn endpoints() -> Vec<Endpoint<Operate>> {
    vec![
        described(
            Method::GET,
            "/api/v1/changes",
            Permission::Read,
            "Who changed what, when and why; the latest first",
        )
        .with_query(&[BEFORE])
        .answers::<ChangesAnswer>()
        .by(get(list)),
    ]
}

async fn list(
    State(operate): State<Operate>,
    Query(page): Query<Page>,
) -> Result<Json<ChangesAnswer>, Failure> {
    Ok(Json(operate.changes(page.before).await?))
}

impl Operate {
    /// One page of changes, from the latest or from the one before `before`.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn changes(&self, before: Option<String>) -> Result<ChangesAnswer, Refused> {
        let read = self.store.read(Scope::System, async move |tx: &mut Tx| {
            store::page(tx, before.as_deref()).await
        });
        let changes: Vec<ChangeAnswer> = read.await?;
        let is_full = changes.len() == PAGE_MAX;
        let last = changes.last().filter(|_| is_full);
        let before = last.map(|change| change.id.clone());
        Ok(ChangesAnswer { changes, before })
    }
}

/// A reason as people write it, or what is wrong with it.
pub(crate) fn checked_reason(reason: Option<String>) -> Result<Option<String>, Refused> {
    let reason = reason.map(|reason| reason.trim().to_owned());
    match reason.filter(|reason| !reason.is_empty()) {
        Some(reason) if reason.len() > REASON_BYTES_MAX => Err(Refused::Invalid(format!(
            "The reason is longer than {REASON_BYTES_MAX} bytes."
        ))),
        // On a terminal and in a log, a second line would pass for another record.
        Some(reason) if reason.chars().any(char::is_control) => Err(Refused::Invalid(
            "The reason has a line break or another control character: write it on one line."
                .to_owned(),
        )),
        reason => Ok(reason),
    }
}
