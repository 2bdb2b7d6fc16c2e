//! The app's own tokens: HS256 with one shared secret, no revocation, no audience.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::clock::unix_seconds;
use crate::seed::{ACCOUNTS, Account};

/// How long a token is good for, in seconds.
pub const TOKEN_LIFETIME_SECONDS: u64 = 8 * 60 * 60;

/// What a token says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Claims {
    /// The user's number, as a string.
    pub sub: String,
    /// The slug of the user's studio.
    pub tenant: String,
    /// `owner`, `admin` or `member`.
    pub role: String,
    /// Seconds since 1970.
    pub iat: u64,
    /// Seconds since 1970.
    pub exp: u64,
}

pub(crate) struct Tokens {
    signing: EncodingKey,
    checking: DecodingKey,
}

impl Tokens {
    pub(crate) fn new(secret_key: &str) -> Self {
        Self {
            signing: EncodingKey::from_secret(secret_key.as_bytes()),
            checking: DecodingKey::from_secret(secret_key.as_bytes()),
        }
    }

    pub(crate) fn issue(&self, account: &Account) -> anyhow::Result<String> {
        let now = unix_seconds();
        let claims = Claims {
            sub: account.id.to_string(),
            tenant: account.tenant.to_owned(),
            role: account.role.to_owned(),
            iat: now,
            exp: now + TOKEN_LIFETIME_SECONDS,
        };
        Ok(encode(
            &Header::new(Algorithm::HS256),
            &claims,
            &self.signing,
        )?)
    }

    pub(crate) fn check(&self, token: &str) -> Option<Claims> {
        let validation = Validation::new(Algorithm::HS256);
        decode::<Claims>(token, &self.checking, &validation)
            .ok()
            .map(|data| data.claims)
    }
}

/// Someone with a valid token. That the token belongs to *this* tenant, nobody asks.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) claims: Claims,
    pub(crate) account: Option<&'static Account>,
}

impl Caller {
    fn of(parts: &Parts, app: &App) -> Option<Self> {
        let token = bearer(parts).or_else(|| cookie(parts, "session"))?;
        let claims = app.tokens.check(token)?;
        let account = ACCOUNTS
            .iter()
            .find(|account| account.id.to_string() == claims.sub);
        Some(Self { claims, account })
    }

    pub(crate) fn name(&self) -> &str {
        self.account
            .map_or(self.claims.sub.as_str(), |account| account.name)
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        Self::of(parts, app).ok_or_else(|| {
            let detail = serde_json::json!({ "detail": "Not authenticated" });
            let challenge = [(header::WWW_AUTHENTICATE, "Bearer")];
            (StatusCode::UNAUTHORIZED, challenge, axum::Json(detail)).into_response()
        })
    }
}

/// A visitor who may or may not have logged in.
pub(crate) struct Visitor(pub(crate) Option<Caller>);

impl FromRequestParts<App> for Visitor {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        Ok(Self(Caller::of(parts, app)))
    }
}

fn bearer(parts: &Parts) -> Option<&str> {
    let value = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}

fn cookie<'a>(parts: &'a Parts, name: &str) -> Option<&'a str> {
    let values = parts
        .headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(';')).find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name && !value.is_empty()).then_some(value)
    })
}
