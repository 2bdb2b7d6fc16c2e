//! The request fields in which apps read who the client is, and every spelling of them.
//!
//! CGI, WSGI, Rack and PHP turn a field name into a variable, and `X_Forwarded_For`,
//! `X-Forwarded-For` and, on some servers, `X.Forwarded.For` into the same one. So all
//! characters that are neither letter nor digit count as hyphens here.

use http::HeaderName;

use crate::client_address::Belief;

/// What becomes of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Claim {
    Removed,
    /// A trusted CDN's own name for the client's address: the app may read it, so it stays, with
    /// the address that is believed. (A trusted proxy that does not know the field passes on
    /// what the client wrote there.)
    Replaced,
}

/// Fields that hold one address, set by CDNs and platforms.
pub(super) const ADDRESSES: &[&str] = &[
    "cf-connecting-ip",
    "cf-connecting-ipv6",
    "client-ip",
    "do-connecting-ip",
    "fastly-client-ip",
    "fly-client-ip",
    "true-client-ip",
    "x-appengine-user-ip",
    "x-azure-clientip",
    "x-azure-socketip",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-envoy-external-address",
    "x-nf-client-connection-ip",
    "x-original-forwarded-for",
    "x-originating-ip",
    "x-real-ip",
    "x-remote-addr",
    "x-remote-ip",
];

/// Fields that say scheme, host, port or path, or that we write ourselves.
pub(super) const OTHERS: &[&str] = &[
    "forwarded",
    "forwarded-for",
    "front-end-https",
    // CGI makes `HTTP_PROXY` of it, where programs look for their own proxy (CVE-2016-5385).
    "proxy",
    "x-forwarded",
    "x-forwarded-by",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-path",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-forwarded-proto",
    "x-forwarded-protocol",
    "x-forwarded-scheme",
    "x-forwarded-server",
    "x-forwarded-ssl",
    "x-host",
    "x-original-host",
    // Read by Symfony, IIS and others as the path to serve: a way around every rule on paths.
    "x-original-url",
    "x-request-id",
    "x-rewrite-url",
    "x-scheme",
    "x-url-scheme",
];

/// From a peer that is not trusted, everything of this name goes, identities that an
/// authenticating proxy would have set (`X-Forwarded-User`, `X-Forwarded-Client-Cert`) included.
const FAMILY: &str = "x-forwarded-";

/// Fields of this name are ours alone to write, whoever sends them: an app believes
/// `Palisade-Flags`.
const OURS: &str = "palisade-";

/// `None` for a field that is no claim.
pub(super) fn classify(name: &HeaderName, belief: Belief) -> Option<Claim> {
    let name = name.as_str();
    // Most fields of a browser are told apart by their first letter.
    if !matches!(
        name.as_bytes().first(),
        Some(b'x' | b'f' | b'c' | b't' | b'd' | b'p')
    ) {
        return None;
    }
    let trusted = belief.is_by_trusted_proxy();
    if ADDRESSES.iter().any(|address| folds_to(name, address)) {
        let replaced = trusted && ADDRESSES.contains(&name);
        return Some(if replaced {
            Claim::Replaced
        } else {
            Claim::Removed
        });
    }
    let begins = |family: &str| {
        name.get(..family.len())
            .is_some_and(|start| folds_to(start, family))
    };
    let removed = OTHERS.iter().any(|other| folds_to(name, other))
        || begins(OURS)
        || (!trusted && begins(FAMILY));
    removed.then_some(Claim::Removed)
}

/// Lists of addresses; [`ADDRESSES`] hold one each.
const LISTS: &[&str] = &["forwarded", "forwarded-for", "x-forwarded-for"];

/// Whether a field says who the client is. Fields that say scheme, host or path do not count:
/// programs set those for reasons of their own.
pub(super) fn names_an_address(name: &HeaderName) -> bool {
    let name = name.as_str();
    matches!(
        name.as_bytes().first(),
        Some(b'x' | b'f' | b'c' | b't' | b'd')
    ) && ADDRESSES.iter().chain(LISTS).any(|one| folds_to(name, one))
}

/// Names come in lower case from the `http` crate.
pub(crate) fn folds_to(name: &str, canonical: &str) -> bool {
    name.len() == canonical.len()
        && name.bytes().zip(canonical.bytes()).all(|(byte, expected)| {
            byte == expected || (expected == b'-' && !byte.is_ascii_alphanumeric())
        })
}
