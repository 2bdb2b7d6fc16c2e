//! Modes of controls in place of the configured ones, until they are taken back.

pub(crate) mod store;

use axum::extract::{Path, State};
use axum::http::{Method, StatusCode};
use axum::routing::put;
use palisade_kernel::control::Switch;
use palisade_kernel::{Actor, ControlId, Mode};
use palisade_store::{Scope, Tx};
use palisade_web::{Caller, Endpoint, Failure, Input, Permission, described};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Operate;
use crate::changes::{self, Change, checked_reason};
use crate::failure::Refused;
use crate::node::Modes;

/// `PUT /api/v1/controls/{control}/mode`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModeInput {
    /// `off`, `shadow` or `enforce`; absent to follow the configuration again.
    pub mode: Option<String>,
    /// For the record.
    pub reason: Option<String>,
}

pub(crate) fn endpoints() -> Vec<Endpoint<Operate>> {
    vec![
        described(
            Method::PUT,
            "/api/v1/controls/{control}/mode",
            Permission::Operate,
            "Have a control act otherwise than configured, once it has proved that it would bite",
        )
        .takes::<ModeInput>()
        .by(put(set)),
    ]
}

async fn set(
    State(operate): State<Operate>,
    Path(control): Path<String>,
    caller: Caller,
    Input(input): Input<ModeInput>,
) -> Result<StatusCode, Failure> {
    operate.set_mode(caller.actor, &control, input).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl Operate {
    /// The modes decreed so far.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn modes(&self) -> Result<Modes, Refused> {
        let read = async |tx: &mut Tx| store::load(tx).await;
        Ok(self.store.read(Scope::System, read).await?)
    }

    /// # Errors
    ///
    /// When there is no such control or mode, when the control has no switch, when it would not
    /// bite, and when it could not be made durable: then nothing has changed.
    pub async fn set_mode(
        &self,
        actor: Actor,
        control: &str,
        input: ModeInput,
    ) -> Result<(), Refused> {
        let control = named(control)?;
        let mode = input.mode.as_deref().map(parse).transpose()?;
        let reason = checked_reason(input.reason)?;
        let _turn = self.turn.lock().await;
        let mut modes = self.modes().await?;
        let was = match mode {
            Some(mode) => modes.insert(control, mode),
            None => modes.remove(&control),
        };
        let proved = self.node.prove_modes(modes).await;
        let proved = proved.map_err(Refused::Unproven)?;
        let change = Change {
            actor,
            action: "control.mode",
            subject: control.to_string(),
            was: Some(described_mode(was)),
            becomes: Some(described_mode(mode)),
            reason,
        };
        let random = self.random.clone();
        let write = async move |tx: &mut Tx| {
            store::save(tx, control, mode).await?;
            changes::store::record(tx, &change, random.as_ref()).await
        };
        self.store.write(Scope::System, write).await?;
        proved.publish();
        Ok(())
    }
}

fn named(name: &str) -> Result<ControlId, Refused> {
    let control: ControlId = name.parse().map_err(Refused::NotFound)?;
    match control.spec().switch {
        Switch::Modes { .. } => Ok(control),
        Switch::Always => Err(Refused::Invalid(format!(
            "{control} is always enforced: it has no switch."
        ))),
    }
}

fn parse(mode: &str) -> Result<Mode, Refused> {
    mode.parse().map_err(Refused::Invalid)
}

fn described_mode(mode: Option<Mode>) -> String {
    mode.map_or("as configured", Mode::as_str).to_owned()
}

#[cfg(test)]
mod tests;
