//! Runtime flags as operators turn them: parts of the app, off and on without a deploy.

pub(crate) mod store;

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{Method, StatusCode};
use axum::routing::{get, put};
use palisade_kernel::{Actor, Flag, FlagName};
use palisade_store::{Scope, Tx};
use palisade_web::{Caller, Endpoint, Failure, Input, Permission, described};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Operate;
use crate::changes::{self, Change, checked_reason};
use crate::failure::Refused;
use store::Set;

/// Flags that may be set at one time, those that have left the configuration included.
pub const SET_MAX: usize = 1024;

/// `GET /api/v1/flags`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct FlagsAnswer {
    /// Those of the configuration, and those that are set and have left it; by name.
    pub flags: Vec<FlagAnswer>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FlagAnswer {
    pub name: String,
    /// Absent for one that has left the configuration: nothing asks for it.
    pub on: Option<bool>,
    /// What an operator has said, in place of the configuration.
    pub set: Option<FlagSet>,
    /// Absent for one that has left the configuration.
    pub configured: Option<FlagConfigured>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FlagSet {
    pub on: bool,
    /// RFC 3339.
    pub since: String,
    /// `uid:<id>` or `token:<id>`.
    pub actor: String,
    pub reason: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FlagConfigured {
    pub description: String,
    /// Whether it is on while no operator has said otherwise.
    pub default: bool,
    /// What is refused while it is off; empty for a flag that only informs the app.
    pub paths: Vec<String>,
    /// Empty for every method.
    pub methods: Vec<String>,
    /// `unavailable` or `not-found`.
    pub when_off: String,
}

/// `PUT /api/v1/flags/{flag}`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FlagInput {
    /// Absent to follow the configuration again.
    pub on: Option<bool>,
    /// For the record.
    pub reason: Option<String>,
}

pub(crate) fn endpoints() -> Vec<Endpoint<Operate>> {
    vec![
        described(
            Method::GET,
            "/api/v1/flags",
            Permission::Read,
            "The runtime flags, how they are and who has set them",
        )
        .answers::<FlagsAnswer>()
        .by(get(list)),
        described(
            Method::PUT,
            "/api/v1/flags/{flag}",
            Permission::Operate,
            "Turn a part of the app off or on, or have it follow the configuration again",
        )
        .takes::<FlagInput>()
        .by(put(set)),
    ]
}

async fn list(State(operate): State<Operate>) -> Result<Json<FlagsAnswer>, Failure> {
    Ok(Json(operate.flags().await?))
}

async fn set(
    State(operate): State<Operate>,
    Path(flag): Path<String>,
    caller: Caller,
    Input(input): Input<FlagInput>,
) -> Result<StatusCode, Failure> {
    operate.set_flag(caller.actor, &flag, input).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl Operate {
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn flags(&self) -> Result<FlagsAnswer, Refused> {
        let read = async |tx: &mut Tx| store::all(tx).await;
        let set = self.store.read(Scope::System, read).await?;
        let configured = self.node.flags();
        Ok(FlagsAnswer {
            flags: answers(configured, set),
        })
    }

    /// Turns a flag, or lets it follow the configuration again, which one that has left the
    /// configuration is forgotten by.
    ///
    /// # Errors
    ///
    /// When there is no such flag, and when it could not be made durable: then nothing has
    /// changed.
    pub async fn set_flag(
        &self,
        actor: Actor,
        flag: &str,
        input: FlagInput,
    ) -> Result<(), Refused> {
        let reason = checked_reason(input.reason)?;
        let _turn = self.turn.lock().await;
        let read = async |tx: &mut Tx| store::load(tx).await;
        let mut flags = self.store.read(Scope::System, read).await?;
        let name = self.flag_named(flag, input.on, &flags)?;
        let was = match input.on {
            Some(is_on) => flags.insert(name.clone(), is_on),
            None => flags.remove(&name),
        };
        let state = described_state(input.on);
        let change = Change {
            actor: actor.clone(),
            action: "flag.set",
            subject: name.to_string(),
            was: Some(described_state(was)),
            becomes: Some(state.clone()),
            reason: reason.clone(),
        };
        let set = input.on.map(|is_on| Set {
            flag: name.clone(),
            is_on,
            since: self.store.clock().now(),
            actor: actor.to_string(),
            reason,
        });
        let random = self.random.clone();
        let write = async move |tx: &mut Tx| {
            match &set {
                Some(set) => store::save(tx, set).await?,
                None => store::delete(tx, &name).await?,
            }
            changes::store::record(tx, &change, random.as_ref()).await
        };
        self.store.write(Scope::System, write).await?;
        self.node.set_flags(flags);
        tracing::warn!(flag, state, "An operator has set a flag.");
        Ok(())
    }

    /// One of the configuration, or one that is set and is to be forgotten.
    fn flag_named(
        &self,
        flag: &str,
        on: Option<bool>,
        set: &BTreeMap<FlagName, bool>,
    ) -> Result<FlagName, Refused> {
        let known = set.keys().find(|name| name.as_str() == flag);
        if let (Some(name), None) = (known, on) {
            return Ok(name.clone());
        }
        let name = self.node.find_flag(flag).map_err(Refused::NotFound)?;
        if known.is_none() && on.is_some() && set.len() >= SET_MAX {
            return Err(Refused::Invalid(format!(
                "{SET_MAX} flags are set already; `palisade flag set NAME default` forgets one \
                 that has left the configuration."
            )));
        }
        Ok(name)
    }
}

fn answers(configured: Vec<Flag>, set: Vec<Set>) -> Vec<FlagAnswer> {
    let mut answers: BTreeMap<FlagName, FlagAnswer> = BTreeMap::new();
    for flag in configured {
        let name = flag.name.to_string();
        let answer = FlagAnswer {
            name,
            on: Some(flag.default),
            set: None,
            configured: Some(FlagConfigured {
                description: flag.description,
                default: flag.default,
                paths: flag.paths,
                methods: flag.methods,
                when_off: flag.when_off.as_str().to_owned(),
            }),
        };
        answers.insert(flag.name, answer);
    }
    for set in set {
        let name = set.flag.to_string();
        let answer = answers.entry(set.flag).or_insert(FlagAnswer {
            name,
            on: None,
            set: None,
            configured: None,
        });
        answer.on = answer.on.map(|_| set.is_on);
        answer.set = Some(FlagSet {
            on: set.is_on,
            since: set.since.rfc3339(),
            actor: set.actor,
            reason: set.reason,
        });
    }
    answers.into_values().collect()
}

fn described_state(on: Option<bool>) -> String {
    let state = match on {
        Some(true) => "on",
        Some(false) => "off",
        None => "as configured",
    };
    state.to_owned()
}

#[cfg(test)]
mod tests;
