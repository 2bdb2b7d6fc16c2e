//! Bans as operators make, list and end them, and as nodes make them by themselves.

mod import;
mod keep;
pub(crate) mod store;

use std::collections::BTreeSet;
use std::time::Duration;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::{Method, StatusCode};
use axum::routing::{delete, get, post};
use ipnet::IpNet;
use palisade_kernel::{Actor, Ban, BanSource, Timestamp, ban};
use palisade_store::{Scope, Tx};
use palisade_web::{Caller, Endpoint, Failure, Input, Parameter, Permission, described};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Operate;
use crate::changes::{self, Change, checked_reason};
use crate::failure::Refused;

pub use import::{BansInput, BansTaken, IMPORT_MAX};
pub use keep::load;

/// Bans on one page.
pub const PAGE_MAX: usize = 1000;

/// Longest time of a ban that ends, in seconds: a year.
pub const SECONDS_MAX: u32 = 365 * 24 * 60 * 60;

/// `POST /api/v1/bans`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BanInput {
    /// An address, or a network such as `192.0.2.0/24`. IPv6 is banned by /64 at the least.
    pub network: String,
    /// Seconds until it ends; absent for one that only an operator ends.
    pub for_seconds: Option<u32>,
    /// For the record.
    pub reason: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BanAnswer {
    pub network: String,
    /// RFC 3339.
    pub since: String,
    /// Absent for one that only an operator ends.
    pub until: Option<String>,
    /// `operator`, or the control that asked for it, for example `edge.honeypot`.
    pub source: String,
    pub reason: String,
}

/// `GET /api/v1/bans`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct BansAnswer {
    /// By network, as text.
    pub bans: Vec<BanAnswer>,
    /// Where the next page begins; absent on the last.
    pub after: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Page {
    after: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Named {
    network: String,
}

const AFTER: Parameter = Parameter::optional("after", "The `after` of the page before.");
const NETWORK: Parameter = Parameter::required("network", "The network as it is listed.");

pub(crate) fn endpoints() -> Vec<Endpoint<Operate>> {
    const PATH: &str = "/api/v1/bans";
    vec![
        described(Method::GET, PATH, Permission::Read, "The bans in force")
            .with_query(&[AFTER])
            .answers::<BansAnswer>()
            .by(get(list)),
        described(
            Method::POST,
            PATH,
            Permission::Operate,
            "Ban an address or a network",
        )
        .takes::<BanInput>()
        .answers::<BanAnswer>()
        .by(post(add)),
        import::endpoint(),
        described(Method::DELETE, PATH, Permission::Operate, "End a ban")
            .with_query(&[NETWORK])
            .by(delete(remove)),
    ]
}

async fn list(
    State(operate): State<Operate>,
    Query(page): Query<Page>,
) -> Result<Json<BansAnswer>, Failure> {
    Ok(Json(operate.bans(page.after).await?))
}

async fn add(
    State(operate): State<Operate>,
    caller: Caller,
    Input(input): Input<BanInput>,
) -> Result<Json<BanAnswer>, Failure> {
    Ok(Json(operate.ban(caller.actor, input).await?))
}

async fn remove(
    State(operate): State<Operate>,
    Query(named): Query<Named>,
    caller: Caller,
) -> Result<StatusCode, Failure> {
    operate.unban(caller.actor, &named.network).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl Operate {
    /// One page of the bans in force.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn bans(&self, after: Option<String>) -> Result<BansAnswer, Refused> {
        let now = self.store.clock().now();
        let read = async move |tx: &mut Tx| store::page(tx, after.as_deref(), now, PAGE_MAX).await;
        let page = self.store.read(Scope::System, read).await?;
        Ok(BansAnswer {
            bans: page.bans.iter().map(answer).collect(),
            after: page.after,
        })
    }

    /// # Errors
    ///
    /// When the network is none, or may not be banned, and when the ban could not be made durable:
    /// then nothing has changed.
    pub async fn ban(&self, actor: Actor, input: BanInput) -> Result<BanAnswer, Refused> {
        let network = parse(&input.network)?;
        let reason = checked_reason(input.reason)?;
        let now = self.store.clock().now();
        let ban = Ban {
            network,
            until: input
                .for_seconds
                .map(|seconds| end(now, seconds))
                .transpose()?,
            since: now,
            reason: reason.clone().unwrap_or_default(),
            source: BanSource::Operator,
            strikes: 1,
        };
        let _turn = self.turn.lock().await;
        self.admit_all(&BTreeSet::from([network]))?;
        let (random, kept) = (self.random.clone(), ban.clone());
        let write = async move |tx: &mut Tx| {
            store::save(tx, &kept).await?;
            let change = Change {
                actor: actor.clone(),
                action: "ban.add",
                subject: network.to_string(),
                was: None,
                becomes: Some(described_end(kept.until)),
                reason: reason.clone(),
            };
            changes::store::record(tx, &change, random.as_ref()).await
        };
        self.store.write(Scope::System, write).await?;
        self.node
            .ban(ban.clone())
            .await
            .map_err(Refused::Unproven)?;
        Ok(answer(&ban))
    }

    /// # Errors
    ///
    /// When there is no such ban, and when its end could not be made durable.
    pub async fn unban(&self, actor: Actor, network: &str) -> Result<(), Refused> {
        let network = parse(network)?;
        let _turn = self.turn.lock().await;
        // What the node has banned a moment ago can be taken back as well.
        self.keep_unkept().await?;
        let random = self.random.clone();
        let write = async move |tx: &mut Tx| {
            if store::delete(tx, network).await? == 0 {
                return Err(Refused::NotFound(format!("{network} is not banned.")));
            }
            let change = Change {
                actor: actor.clone(),
                action: "ban.remove",
                subject: network.to_string(),
                was: None,
                becomes: None,
                reason: None,
            };
            Ok(changes::store::record(tx, &change, random.as_ref()).await?)
        };
        self.store.write(Scope::System, write).await?;
        self.node.unban(network).await.map_err(Refused::Unproven)
    }
}

/// An address stands for itself, or for its /64.
fn parse(text: &str) -> Result<IpNet, Refused> {
    ban::parse(text).ok_or_else(|| {
        Refused::Invalid("Name an address or a network, such as 192.0.2.0/24.".to_owned())
    })
}

fn end(now: Timestamp, seconds: u32) -> Result<Timestamp, Refused> {
    match seconds {
        1..=SECONDS_MAX => Ok(now.plus(Duration::from_secs(seconds.into()))),
        _ => Err(Refused::Invalid(format!(
            "It lasts for 1 to {SECONDS_MAX} seconds; leave the time out for one without an end."
        ))),
    }
}

fn answer(ban: &Ban) -> BanAnswer {
    BanAnswer {
        network: ban.network.to_string(),
        since: ban.since.rfc3339(),
        until: ban.until.map(Timestamp::rfc3339),
        source: ban.source.to_string(),
        reason: ban.reason.clone(),
    }
}

fn described_end(until: Option<Timestamp>) -> String {
    match until {
        Some(until) => format!("banned until {}", until.rfc3339()),
        None => "banned".to_owned(),
    }
}

#[cfg(test)]
mod tests;
