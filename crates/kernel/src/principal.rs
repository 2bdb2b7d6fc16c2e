//! Whom a verified token speaks for.

use std::sync::Arc;

use crate::{TenantId, Timestamp};

/// What an issuer says of whoever holds one of its tokens. Every value was verified with the token;
/// none comes from the request itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The issuer, by its name in the configuration.
    pub issuer: Arc<str>,
    /// `sub` (RFC 7519 section 4.1.2): unique within the issuer.
    pub subject: Box<str>,
    pub tenant: Option<TenantId>,
    /// In the issuer's order, without repetition.
    pub roles: Vec<Box<str>>,
    /// What the tenant has paid for, where the issuer says so.
    pub entitlements: Vec<Box<str>>,
    /// `sid`, or whatever the issuer calls a sign-in that can be ended as one.
    pub session: Option<Box<str>>,
    /// `jti` (RFC 7519 section 4.1.7).
    pub token_id: Option<Box<str>>,
    /// `amr`: how they have shown who they are (RFC 8176).
    pub auth_methods: Vec<Box<str>>,
    /// `auth_time`: when they last did.
    pub authenticated_at: Option<Timestamp>,
    pub issued_at: Option<Timestamp>,
    pub expires_at: Timestamp,
}

impl Principal {
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|one| &**one == role)
    }
}
