//! The kill switch: shutting the app, opening it, and saying which it is.

pub(crate) mod store;

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::Method;
use axum::routing::{get, put};
use palisade_kernel::maintenance::MESSAGE_BYTES_MAX;
use palisade_kernel::{Actor, MaintenanceWindow, Timestamp};
use palisade_store::{Scope, Tx};
use palisade_web::{Caller, Endpoint, Failure, Input, Permission, described};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Operate;
use crate::changes::{self, Change, checked_reason};
use crate::failure::Refused;

/// Longest announced time, in seconds: a week.
pub const SECONDS_MAX: u32 = 7 * 24 * 60 * 60;

const SUBJECT: &str = "app";

/// Whether the app is shut.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MaintenanceAnswer {
    pub on: bool,
    /// When it is meant to end, RFC 3339.
    pub until: Option<String>,
    pub message: Option<String>,
}

/// `PUT /api/v1/maintenance`
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MaintenanceInput {
    pub on: bool,
    /// Seconds from now in which the work is meant to be done; what clients are told. The app is
    /// opened by hand only.
    pub for_seconds: Option<u32>,
    /// For users, on the page.
    pub message: Option<String>,
    /// For the record.
    pub reason: Option<String>,
}

pub(crate) fn endpoints() -> Vec<Endpoint<Operate>> {
    const PATH: &str = "/api/v1/maintenance";
    vec![
        described(
            Method::GET,
            PATH,
            Permission::Read,
            "Whether the app is shut",
        )
        .answers::<MaintenanceAnswer>()
        .by(get(show)),
        described(
            Method::PUT,
            PATH,
            Permission::Operate,
            "Shut the app, or open it",
        )
        .takes::<MaintenanceInput>()
        .answers::<MaintenanceAnswer>()
        .by(put(set)),
    ]
}

async fn show(State(operate): State<Operate>) -> Result<Json<MaintenanceAnswer>, Failure> {
    Ok(Json(operate.maintenance().await?))
}

async fn set(
    State(operate): State<Operate>,
    caller: Caller,
    Input(input): Input<MaintenanceInput>,
) -> Result<Json<MaintenanceAnswer>, Failure> {
    Ok(Json(operate.set_maintenance(caller.actor, input).await?))
}

impl Operate {
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn maintenance(&self) -> Result<MaintenanceAnswer, Refused> {
        let read = async |tx: &mut Tx| store::load(tx).await;
        let window = self.store.read(Scope::System, read).await?;
        Ok(answer(window))
    }

    /// # Errors
    ///
    /// When the input makes no sense, and when it could not be made durable: then nothing has
    /// changed.
    pub async fn set_maintenance(
        &self,
        actor: Actor,
        input: MaintenanceInput,
    ) -> Result<MaintenanceAnswer, Refused> {
        let reason = checked_reason(input.reason.clone())?;
        let window = window(&input, self.store.clock().now())?;
        let _turn = self.turn.lock().await;
        let (random, becomes) = (self.random.clone(), window.clone());
        let write = async move |tx: &mut Tx| {
            let was = store::load(tx).await?;
            store::save(tx, becomes.as_ref()).await?;
            let change = Change {
                actor: actor.clone(),
                action: if becomes.is_some() {
                    "maintenance.on"
                } else {
                    "maintenance.off"
                },
                subject: SUBJECT.to_owned(),
                was: Some(described_state(was.as_ref())),
                becomes: Some(described_state(becomes.as_ref())),
                reason: reason.clone(),
            };
            changes::store::record(tx, &change, random.as_ref()).await
        };
        self.store.write(Scope::System, write).await?;
        self.node.set_maintenance(window.clone());
        Ok(answer(window))
    }
}

fn window(input: &MaintenanceInput, now: Timestamp) -> Result<Option<MaintenanceWindow>, Refused> {
    if !input.on {
        return Ok(None);
    }
    let until = match input.for_seconds {
        Some(0) => return Err(Refused::Invalid("It takes at least a second.".to_owned())),
        Some(seconds) if seconds > SECONDS_MAX => {
            let detail = format!("The longest time is {SECONDS_MAX} seconds, a week.");
            return Err(Refused::Invalid(detail));
        }
        Some(seconds) => Some(now.plus(Duration::from_secs(seconds.into()))),
        None => None,
    };
    let message = input.message.as_deref().map(str::trim);
    let message = message.filter(|message| !message.is_empty());
    if message.is_some_and(|message| message.len() > MESSAGE_BYTES_MAX) {
        let detail = format!("The message is longer than {MESSAGE_BYTES_MAX} bytes.");
        return Err(Refused::Invalid(detail));
    }
    Ok(Some(MaintenanceWindow {
        until,
        message: message.map(str::to_owned),
    }))
}

fn answer(window: Option<MaintenanceWindow>) -> MaintenanceAnswer {
    let on = window.is_some();
    let window = window.unwrap_or_default();
    MaintenanceAnswer {
        on,
        until: window.until.map(Timestamp::rfc3339),
        message: window.message,
    }
}

fn described_state(window: Option<&MaintenanceWindow>) -> String {
    match window.map(|window| window.until) {
        None => "off".to_owned(),
        Some(None) => "on".to_owned(),
        Some(Some(until)) => format!("on until {}", until.rfc3339()),
    }
}

#[cfg(test)]
mod tests;
