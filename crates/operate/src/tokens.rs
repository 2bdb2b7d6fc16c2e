//! Admin tokens: made over the socket, kept as hashes, scoped, and ending by themselves.
//!
//! A token is `pal_<id>_<secret>`. The secret has 256 bits of entropy, so a plain SHA-256 keeps
//! it as well as a slow hash would.

pub(crate) mod store;

use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{Method, StatusCode};
use axum::routing::{delete, get, post};
use data_encoding::HEXLOWER;
use palisade_kernel::{Actor, Random, Timestamp};
use palisade_store::{Scope, Tx};
use palisade_web::{Caller, Endpoint, Failure, Input, Permission, described};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Operate;
use crate::changes::{self, Change, checked_reason};
use crate::failure::Refused;

/// Longest life, in days.
pub const DAYS_MAX: u32 = 365;

/// Tokens that are neither revoked nor ended.
pub const LIVE_MAX: u32 = 256;

/// Bytes of a name.
const NAME_BYTES_MAX: usize = 100;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

const PREFIX: &str = "pal_";
const ID_BYTES: usize = 6;
const SECRET_BYTES: usize = 32;

/// `POST /api/v1/tokens`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenInput {
    /// What it is for.
    pub name: String,
    pub permission: Permission,
    /// Days until it ends by itself, 1 to 365.
    pub days: u32,
    /// For the record.
    pub reason: Option<String>,
}

/// A new token. Its secret is told once, here.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub struct NewTokenAnswer {
    pub token: String,
    pub id: String,
    /// RFC 3339.
    pub expires: String,
}

/// A token as it is listed.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct TokenAnswer {
    pub id: String,
    pub name: String,
    pub permission: Permission,
    /// RFC 3339.
    pub created: String,
    pub expires: String,
    /// `live`, `expired` or `revoked`.
    pub state: String,
}

/// `GET /api/v1/tokens`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct TokensAnswer {
    /// Latest first.
    pub tokens: Vec<TokenAnswer>,
}

pub(crate) fn endpoints() -> Vec<Endpoint<Operate>> {
    const PATH: &str = "/api/v1/tokens";
    vec![
        described(
            Method::GET,
            PATH,
            Permission::Administer,
            "The admin tokens",
        )
        .answers::<TokensAnswer>()
        .by(get(list)),
        described(
            Method::POST,
            PATH,
            Permission::Administer,
            "Make an admin token",
        )
        .takes::<TokenInput>()
        .answers::<NewTokenAnswer>()
        .by(post(create)),
        described(
            Method::DELETE,
            "/api/v1/tokens/{id}",
            Permission::Administer,
            "End an admin token",
        )
        .by(delete(revoke)),
    ]
}

async fn list(State(operate): State<Operate>) -> Result<Json<TokensAnswer>, Failure> {
    Ok(Json(operate.tokens().await?))
}

async fn create(
    State(operate): State<Operate>,
    caller: Caller,
    Input(input): Input<TokenInput>,
) -> Result<Json<NewTokenAnswer>, Failure> {
    Ok(Json(operate.create_token(caller.actor, input).await?))
}

async fn revoke(
    State(operate): State<Operate>,
    Path(id): Path<String>,
    caller: Caller,
) -> Result<StatusCode, Failure> {
    operate.revoke_token(caller.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A token as the store has it.
#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) hash: Vec<u8>,
    pub(crate) permission: Permission,
    pub(crate) created: Timestamp,
    pub(crate) expires: Timestamp,
    pub(crate) revoked: Option<Timestamp>,
}

impl Token {
    fn state(&self, now: Timestamp) -> &'static str {
        match self.revoked {
            Some(_) => "revoked",
            None if self.expires <= now => "expired",
            None => "live",
        }
    }
}

impl Operate {
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn tokens(&self) -> Result<TokensAnswer, Refused> {
        let read = async |tx: &mut Tx| Ok::<_, Refused>((store::list(tx).await?, tx.now()));
        let (tokens, now) = self.store.read(Scope::System, read).await?;
        let tokens = tokens.into_iter().map(|token| TokenAnswer {
            state: token.state(now).to_owned(),
            id: token.id,
            name: token.name,
            permission: token.permission,
            created: token.created.rfc3339(),
            expires: token.expires.rfc3339(),
        });
        Ok(TokensAnswer {
            tokens: tokens.collect(),
        })
    }

    /// # Errors
    ///
    /// When the input makes no sense, when there are [`LIVE_MAX`] already, and when it could not
    /// be made durable.
    pub async fn create_token(
        &self,
        actor: Actor,
        input: TokenInput,
    ) -> Result<NewTokenAnswer, Refused> {
        let reason = checked_reason(input.reason.clone())?;
        let name = checked_name(&input)?;
        let (id, secret) = drawn(self.random.as_ref());
        let hash = digest(&SHA256, secret.as_bytes()).as_ref().to_vec();
        let now = self.store.clock().now();
        let token = Token {
            id: id.clone(),
            name,
            hash,
            permission: input.permission,
            created: now,
            expires: now.plus(DAY * input.days),
            revoked: None,
        };
        let expires = token.expires.rfc3339();
        let change = Change {
            actor,
            action: "token.create",
            subject: format!("{id} ({})", token.name),
            was: None,
            becomes: Some(format!("{} until {expires}", token.permission.as_str())),
            reason,
        };
        let random = self.random.clone();
        let write = async move |tx: &mut Tx| {
            if store::count_live(tx).await? >= i64::from(LIVE_MAX) {
                let detail = format!("There are {LIVE_MAX} tokens already: revoke some first.");
                return Err(Refused::Invalid(detail));
            }
            store::insert(tx, &token).await?;
            Ok(changes::store::record(tx, &change, random.as_ref()).await?)
        };
        self.store.write(Scope::System, write).await?;
        Ok(NewTokenAnswer {
            token: format!("{PREFIX}{id}_{secret}"),
            id,
            expires,
        })
    }

    /// # Errors
    ///
    /// When there is no such live token, and when it could not be made durable.
    pub async fn revoke_token(&self, actor: Actor, id: String) -> Result<(), Refused> {
        let random = self.random.clone();
        let write = async move |tx: &mut Tx| {
            if store::revoke(tx, &id).await? == 0 {
                let detail = format!("There is no token `{id}` that could still be used.");
                return Err(Refused::NotFound(detail));
            }
            let change = Change {
                actor: actor.clone(),
                action: "token.revoke",
                subject: id.clone(),
                was: None,
                becomes: None,
                reason: None,
            };
            Ok(changes::store::record(tx, &change, random.as_ref()).await?)
        };
        self.store.write(Scope::System, write).await
    }

    /// Who holds `token`, if it is one of ours and still good.
    ///
    /// # Errors
    ///
    /// When the store does not answer: then nobody is let in.
    pub(crate) async fn bearer(&self, token: &str) -> Result<Option<Caller>, Refused> {
        let Some((id, secret)) = parts(token) else {
            return Ok(None);
        };
        let (id, hash) = (id.to_owned(), digest(&SHA256, secret.as_bytes()));
        let read =
            async move |tx: &mut Tx| Ok::<_, Refused>((store::find(tx, &id).await?, tx.now()));
        let (found, now) = self.store.read(Scope::System, read).await?;
        let good = found.filter(|token| {
            verify_slices_are_equal(hash.as_ref(), &token.hash).is_ok()
                && token.state(now) == "live"
        });
        Ok(good.map(|token| Caller {
            actor: Actor::Token { id: token.id },
            permission: token.permission,
        }))
    }
}

fn checked_name(input: &TokenInput) -> Result<String, Refused> {
    let name = input.name.trim();
    let says_nothing = name.is_empty() || name.chars().any(char::is_control);
    let problem = if says_nothing || name.len() > NAME_BYTES_MAX {
        format!("Give it a name of 1 to {NAME_BYTES_MAX} bytes on one line.")
    } else if !(1..=DAYS_MAX).contains(&input.days) {
        format!("It lives for 1 to {DAYS_MAX} days.")
    } else if input.permission == Permission::Open {
        "The permission `open` needs no token.".to_owned()
    } else {
        return Ok(name.to_owned());
    };
    Err(Refused::Invalid(problem))
}

fn drawn(random: &dyn Random) -> (String, String) {
    let (mut id, mut secret) = ([0; ID_BYTES], [0; SECRET_BYTES]);
    random.fill(&mut id);
    random.fill(&mut secret);
    (HEXLOWER.encode(&id), HEXLOWER.encode(&secret))
}

/// Id and secret of what has the shape of a token.
fn parts(token: &str) -> Option<(&str, &str)> {
    let (id, secret) = token.strip_prefix(PREFIX)?.split_once('_')?;
    let fits = id.len() == 2 * ID_BYTES && secret.len() == 2 * SECRET_BYTES;
    fits.then_some((id, secret))
}

#[cfg(test)]
mod tests;
