//! Who calls an endpoint, and what they may do.

use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use palisade_kernel::{Actor, Problem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// What an endpoint asks for. Each includes those before it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Permission {
    /// Anybody who reaches the listener.
    Open,
    /// See what is in force and what has changed.
    Read,
    /// Throw switches: maintenance, modes, bans.
    Operate,
    /// Hand out and take away access.
    Administer,
}

impl Permission {
    pub const ALL: [Self; 4] = [Self::Open, Self::Read, Self::Operate, Self::Administer];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Read => "read",
            Self::Operate => "operate",
            Self::Administer => "administer",
        }
    }
}

impl FromStr for Permission {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|permission| permission.as_str() == text)
            .ok_or_else(|| format!("`{text}` is no permission"))
    }
}

/// Who calls. The listener or its authentication puts one into the request's extensions; a
/// handler that takes it cannot be reached without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub actor: Actor,
    pub permission: Permission,
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let caller = parts.extensions.get::<Self>().cloned();
        caller.ok_or_else(|| Failure::new(&Problem::UNAUTHENTICATED))
    }
}
