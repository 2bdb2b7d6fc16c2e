//! What went wrong, in the form clients read: problem details (RFC 9457).

use http::StatusCode;

/// Who has to act for the request to succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The request itself.
    Client,
    /// The app behind the gateway.
    Upstream,
    /// The gateway.
    Gateway,
}

/// A stable kind of refusal. Codes never change their meaning.
#[derive(Debug, PartialEq, Eq)]
pub struct Problem {
    /// Stable, machine-readable, kebab-case; the `type` is `urn:palisade:problem:<code>`.
    pub code: &'static str,
    pub status: StatusCode,
    /// A short human-readable summary: the same for every occurrence.
    pub title: &'static str,
    /// What a person should know, and do where something can be done.
    pub detail: &'static str,
    pub fault: Fault,
    /// `Retry-After` in seconds, where trying again can help.
    pub retry_after_seconds: Option<u32>,
}

macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident = $status:ident $code:literal $fault:ident $retry:expr,
        $title:literal, $detail:literal;)*) => {
        impl Problem {
            $($(#[$doc])* pub const $name: Self = Self {
                code: $code,
                status: StatusCode::$status,
                title: $title,
                detail: $detail,
                fault: Fault::$fault,
                retry_after_seconds: $retry,
            };)*

            /// Every kind. `docs/operations.md` has a line for each.
            pub const ALL: &[&Self] = &[$(&Self::$name),*];
        }
    };
}

problems! {
    /// The request cannot be forwarded without guessing what was meant.
    BAD_REQUEST = BAD_REQUEST "bad-request" Client None,
        "Bad request", "The request is malformed.";
    /// The request body came too slowly (RFC 9110 section 15.5.9).
    REQUEST_TIMEOUT = REQUEST_TIMEOUT "request-timeout" Client None,
        "Request timeout", "The request body did not arrive in time.";
    /// RFC 9110 section 15.5.15.
    URI_TOO_LONG = URI_TOO_LONG "uri-too-long" Client None,
        "Address too long", "The address is longer than this gateway reads.";
    /// RFC 6585 section 5.
    HEADER_TOO_LARGE = REQUEST_HEADER_FIELDS_TOO_LARGE "header-too-large" Client None,
        "Header too large", "The header fields are larger or more than this gateway reads.";
    /// Plain HTTP was spoken to the TLS port.
    PLAIN_HTTP = BAD_REQUEST "plain-http" Client None,
        "This port speaks HTTPS", "Use https:// with this port.";
    /// A transfer coding other than `chunked` (RFC 9112 section 6.1).
    TRANSFER_CODING_NOT_SUPPORTED = NOT_IMPLEMENTED "transfer-coding-not-supported" Client None,
        "Transfer coding not supported", "This gateway reads no transfer coding but chunked.";
    /// No route answers for this host and path.
    UNKNOWN_HOST = MISDIRECTED_REQUEST "unknown-host" Client None,
        "Unknown host", "No application is served under this host name.";
    /// The connection was opened for another host (RFC 9110 section 7.4).
    MISDIRECTED = MISDIRECTED_REQUEST "misdirected" Client None,
        "Misdirected request", "This connection was opened for another host. Please open a new one.";
    METHOD_NOT_SUPPORTED = NOT_IMPLEMENTED "method-not-supported" Client None,
        "Method not supported", "This gateway does not open tunnels.";
    /// No credential, or one that is not known.
    UNAUTHENTICATED = UNAUTHORIZED "unauthenticated" Client None,
        "Who are you?", "Send a valid token as Authorization: Bearer.";
    FORBIDDEN = FORBIDDEN "forbidden" Client None,
        "Not allowed", "Your token does not permit this.";
    /// What was asked for is at odds with what is there.
    CONFLICT = CONFLICT "conflict" Client None,
        "At odds with what is there", "Look at the current state and try again.";
    METHOD_NOT_ALLOWED = METHOD_NOT_ALLOWED "method-not-allowed" Client None,
        "Method not allowed", "This address does not answer to this method.";
    NOT_FOUND = NOT_FOUND "not-found" Client None,
        "Not found", "There is nothing at this address.";
    /// The address, or its network, is on the list of bans.
    BANNED = FORBIDDEN "banned" Client None,
        "Banned", "Requests from this address are refused for now. Please try again later.";
    /// A page of an origin that is not listed wants to use the app.
    ORIGIN_NOT_ALLOWED = FORBIDDEN "origin-not-allowed" Client None,
        "Origin not allowed", "Pages of this origin may not use this address.";
    /// Another site made a browser send this.
    CROSS_SITE = FORBIDDEN "cross-site" Client None,
        "Sent from another site", "Another site made your browser send this. Please open this site and try again.";
    /// The app would send the client to an address off its list.
    REDIRECT_REFUSED = FORBIDDEN "redirect-refused" Client None,
        "This link leaves the site", "It leads to an address that this site does not send its visitors to.";
    /// Refused, unreachable, reset before an answer, or no healthy instance.
    UPSTREAM_UNREACHABLE = BAD_GATEWAY "upstream-unreachable" Upstream None,
        "The application cannot be reached", "Please try again in a moment.";
    /// The answer was not HTTP, or broke its own framing.
    UPSTREAM_INVALID = BAD_GATEWAY "upstream-invalid" Upstream None,
        "The application answered with something that is not HTTP",
        "Please try again in a moment.";
    UPSTREAM_TIMEOUT = GATEWAY_TIMEOUT "upstream-timeout" Upstream None,
        "The application took too long", "Please try again in a moment.";
    /// The breaker is open: recent requests failed, so this one was not tried.
    UPSTREAM_SUSPENDED = SERVICE_UNAVAILABLE "upstream-suspended" Upstream Some(5),
        "The application is recovering", "Please try again in a few seconds.";
    /// The in-flight cap and its queue are full.
    UPSTREAM_BUSY = SERVICE_UNAVAILABLE "upstream-busy" Upstream Some(2),
        "The application is busy", "Please try again in a few seconds.";
    /// A change could not be made durable, so it was not made.
    STORE_UNAVAILABLE = SERVICE_UNAVAILABLE "store-unavailable" Gateway Some(5),
        "The change was not saved", "The gateway's own store does not answer; nothing was changed.";
    /// A limit has nothing left for this client. The control says for how long.
    RATE_LIMITED = TOO_MANY_REQUESTS "rate-limited" Client Some(60),
        "Too many requests", "Please slow down and try again in a little while.";
    /// It failed with a page that tells how it is made; sent with the app's own status.
    APPLICATION_ERROR = INTERNAL_SERVER_ERROR "application-error" Upstream None,
        "Something went wrong in the application", "The error has been recorded.";
    /// As above, for what the app says of the request; sent with the app's own status.
    APPLICATION_REFUSED = BAD_REQUEST "application-refused" Client None,
        "The application did not accept this request",
        "Please check the address and what was sent.";
    /// The kill switch is thrown.
    MAINTENANCE = SERVICE_UNAVAILABLE "maintenance" Gateway Some(120),
        "Down for maintenance", "We are working on it. Please try again a little later.";
    /// A flag of the operator's is off, and this belongs to it.
    SWITCHED_OFF = SERVICE_UNAVAILABLE "switched-off" Gateway Some(300),
        "Switched off for now", "This part is not available at the moment. Please try again later.";
    INTERNAL = INTERNAL_SERVER_ERROR "internal" Gateway None,
        "Something went wrong in the gateway", "The error has been recorded.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique() {
        for (index, problem) in Problem::ALL.iter().enumerate() {
            assert!(
                Problem::ALL[..index]
                    .iter()
                    .all(|other| other.code != problem.code)
            );
        }
    }

    #[test]
    fn only_the_client_is_blamed_with_4xx() {
        for problem in Problem::ALL {
            let server_error = problem.status.is_server_error();
            let unsupported = problem.status == StatusCode::NOT_IMPLEMENTED;
            assert_eq!(problem.fault == Fault::Client, !server_error || unsupported);
        }
    }
}
