//! One function per question, grouped by what it is about. Each asks one side with real requests
//! and says what it saw; none knows which side it asks.

pub(super) mod access;
pub(super) mod compression;
pub(super) mod headers;
pub(super) mod login;
pub(super) mod maintenance;
pub(super) mod pages;
pub(super) mod request_id;
pub(super) mod scanner;
pub(super) mod tell_tales;
pub(super) mod transport;
