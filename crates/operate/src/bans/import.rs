//! Many bans at once, all of them or none: a list that somebody publishes.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use axum::http::Method;
use axum::routing::post;
use ipnet::IpNet;
use palisade_kernel::{Actor, Ban, BanSource, Timestamp, ban};
use palisade_store::{Scope, Tx};
use palisade_web::{Caller, Endpoint, Failure, Input, Permission, described};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{described_end, end, store};
use crate::Operate;
use crate::changes::{self, Change, checked_reason};
use crate::failure::Refused;

/// Networks of one import. They are one transaction, which must end in time on a Postgres that
/// is a millisecond away, and a body of less than 64 KiB.
pub const IMPORT_MAX: usize = 1000;

/// Networks that a refusal names.
const NAMED_MAX: usize = 10;

/// `POST /api/v1/bans/import`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BansInput {
    /// Up to 1000 addresses and networks, each as in `POST /api/v1/bans`.
    pub networks: Vec<String>,
    /// Seconds until all of them end; absent for bans that only an operator ends.
    pub for_seconds: Option<u32>,
    /// For the record, and for each of them.
    pub reason: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BansTaken {
    /// Bans that are in force now, each network counted once.
    pub taken: usize,
}

pub(super) fn endpoint() -> Endpoint<Operate> {
    described(
        Method::POST,
        "/api/v1/bans/import",
        Permission::Operate,
        "Ban many addresses and networks, or none of them",
    )
    .takes::<BansInput>()
    .answers::<BansTaken>()
    .by(post(handler))
}

async fn handler(
    State(operate): State<Operate>,
    caller: Caller,
    Input(input): Input<BansInput>,
) -> Result<Json<BansTaken>, Failure> {
    Ok(Json(operate.ban_all(caller.actor, input).await?))
}

impl Operate {
    /// Bans every network of a list, with one record for all of them.
    ///
    /// # Errors
    ///
    /// When one of them is no network or may not be banned, and when the bans could not be made
    /// durable: then nothing has changed.
    pub async fn ban_all(&self, actor: Actor, input: BansInput) -> Result<BansTaken, Refused> {
        let networks = parse_all(&input.networks)?;
        let reason = checked_reason(input.reason)?;
        let now = self.store.clock().now();
        let ends = input.for_seconds.map(|seconds| end(now, seconds));
        let until = ends.transpose()?;
        let _turn = self.turn.lock().await;
        self.admit_all(&networks)?;
        let bans = bans(&networks, until, now, reason.as_deref());
        let (random, kept) = (self.random.clone(), bans.clone());
        let write = async move |tx: &mut Tx| {
            for ban in &kept {
                store::save(tx, ban).await?;
            }
            let change = Change {
                actor: actor.clone(),
                action: "ban.import",
                subject: format!("{} networks", kept.len()),
                was: None,
                becomes: Some(described_end(until)),
                reason: reason.clone(),
            };
            changes::store::record(tx, &change, random.as_ref()).await
        };
        self.store.write(Scope::System, write).await?;
        let taken = bans.len();
        let in_force = self.node.ban_all(bans).await;
        in_force.map_err(Refused::Unproven)?;
        Ok(BansTaken { taken })
    }

    /// Whether the node takes all of them, asked before anything is kept.
    pub(super) fn admit_all(&self, networks: &BTreeSet<IpNet>) -> Result<(), Refused> {
        let room = self.node.room_for_bans();
        if room < networks.len() {
            return Err(Refused::Unproven(format!(
                "This node has room for {room} more bans; remove some first."
            )));
        }
        let refusals = networks
            .iter()
            .filter_map(|network| self.node.may_ban(*network).err());
        match some_of(refusals, "; ") {
            None => Ok(()),
            Some(refusal) if networks.len() == 1 => Err(Refused::Unproven(refusal)),
            Some(refusals) => Err(Refused::Unproven(format!("None was taken: {refusals}."))),
        }
    }
}

/// Each network once, in its canonical form.
fn parse_all(texts: &[String]) -> Result<BTreeSet<IpNet>, Refused> {
    if !(1..=IMPORT_MAX).contains(&texts.len()) {
        return Err(Refused::Invalid(format!(
            "Name 1 to {IMPORT_MAX} networks at once; a longer list goes in parts."
        )));
    }
    let unread = texts.iter().filter(|text| ban::parse(text).is_none());
    match some_of(unread.map(|text| format!("`{text}`")), ", ") {
        None => Ok(texts.iter().filter_map(|text| ban::parse(text)).collect()),
        Some(unread) => Err(Refused::Invalid(format!(
            "None was taken, as these are neither addresses nor networks: {unread}."
        ))),
    }
}

fn bans(
    networks: &BTreeSet<IpNet>,
    until: Option<Timestamp>,
    since: Timestamp,
    reason: Option<&str>,
) -> Vec<Ban> {
    let ban = |network: &IpNet| Ban {
        network: *network,
        until,
        since,
        reason: reason.unwrap_or_default().to_owned(),
        source: BanSource::Operator,
        strikes: 1,
    };
    networks.iter().map(ban).collect()
}

/// The first of `items`, and that there are more; `None` where there are none at all.
fn some_of(mut items: impl Iterator<Item = String>, joint: &str) -> Option<String> {
    let shown: Vec<String> = items.by_ref().take(NAMED_MAX).collect();
    let more = items.count();
    let shown = (!shown.is_empty()).then(|| shown.join(joint))?;
    Some(match more {
        0 => shown,
        more => format!("{shown} and {more} more"),
    })
}
