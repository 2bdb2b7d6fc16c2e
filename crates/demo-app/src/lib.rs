//! Proofsheet: a small multi-tenant photo gallery, deliberately weak, as teams really write them.
//!
//! It is the application that stands behind the gateway in the demo and in the tests, and it knows
//! nothing of the gateway. Every hole it has is listed in [`WEAKNESSES`]. Never put it online.

mod account;
mod admin;
mod api;
mod app;
mod art;
mod assets;
mod billing;
mod checkout;
mod clock;
mod comments;
mod cors;
mod darkroom;
mod debug_page;
mod events;
mod exif;
mod export;
mod fingerprint;
mod gallery;
mod layout;
mod login;
mod otp;
mod photo;
mod probes;
mod records;
mod redirect;
mod router;
mod search;
mod seed;
mod server;
mod socket;
mod storage;
mod third_party;
mod tokens;
mod uploads;
mod weaknesses;
mod webhooks;

pub use assets::{BUNDLE_SECRET_PREFIX, CLIENT_BUNDLE_PATTERN};
pub use otp::OTP_CODE;
pub use seed::{ACCOUNTS, Account, TENANTS, Tenant};
pub use server::{Options, Running, start};
pub use tokens::{Claims, TOKEN_LIFETIME_SECONDS};
pub use weaknesses::{WEAKNESSES, Weakness};
