//! The list of everything that is wrong here, and the control that answers it.

use axum::extract::State;
use axum::response::Html;
use maud::html;

use crate::app::App;
use crate::layout::Page;
use crate::tokens::Visitor;

/// One hole, on purpose.
#[derive(Debug)]
pub struct Weakness {
    /// Stable name.
    pub id: &'static str,
    /// Path or place.
    pub place: &'static str,
    /// What is wrong, in a sentence.
    pub what: &'static str,
    /// The control that answers it.
    pub control: &'static str,
    /// Whether `--fixed` repairs it.
    pub repaired_by_fixed: bool,
}

const fn open(
    id: &'static str,
    place: &'static str,
    what: &'static str,
    control: &'static str,
) -> Weakness {
    Weakness {
        id,
        place,
        what,
        control,
        repaired_by_fixed: false,
    }
}

const fn repaired(weakness: Weakness) -> Weakness {
    Weakness {
        repaired_by_fixed: true,
        ..weakness
    }
}

pub static WEAKNESSES: &[Weakness] = &[
    open(
        "no-security-headers",
        "every response",
        "No HSTS, framing, sniffing or referrer rules.",
        "edge.headers",
    ),
    open(
        "software-named",
        "every response",
        "Server and X-Powered-By tell product and version.",
        "edge.headers",
    ),
    open(
        "header-twice",
        "/search",
        "X-Frame-Options stands twice and contradicts itself.",
        "edge.headers",
    ),
    open(
        "address-believed",
        "/api/whoami",
        "The client's address is what the client says.",
        "edge.client-ip",
    ),
    open(
        "inline-scripts",
        "every page",
        "Inline scripts and event handlers, no policy.",
        "edge.csp",
    ),
    open(
        "third-party-scripts",
        "/checkout",
        "Payment and analytics scripts from another origin.",
        "edge.csp",
    ),
    open(
        "analytics-before-consent",
        "every page",
        "Analytics runs before anyone agreed.",
        "edge.consent",
    ),
    open(
        "permissive-cors",
        "every response",
        "Any origin is allowed, with credentials.",
        "edge.cors",
    ),
    open(
        "login-unlimited",
        "POST /api/login",
        "As many attempts as one likes.",
        "edge.rate-limit",
    ),
    open(
        "otp-unlimited",
        "POST /api/otp/verify",
        "Codes can be tried forever; one code fits all.",
        "edge.rate-limit",
    ),
    open(
        "cookies-plain",
        "session, last_studio",
        "No Secure, HttpOnly or SameSite.",
        "edge.cookies",
    ),
    open(
        "cross-site-writes",
        "POST forms",
        "No CSRF token, no origin check.",
        "edge.cross-site",
    ),
    open(
        "tenant-in-path",
        "/api/tenants/{tenant}/…",
        "A token of one tenant opens every tenant.",
        "edge.authz",
    ),
    open(
        "bare-ids",
        "/api/photos/{id}, /api/invoices/{id}",
        "A number is enough, whoever's object it is.",
        "edge.authz",
    ),
    open(
        "admin-unguarded",
        "/admin, /api/admin/users",
        "No login, and passwords in the answer.",
        "edge.authz",
    ),
    repaired(open(
        "raw-storage",
        "/storage/{tenant}/{file}",
        "Originals by name, private ones too.",
        "edge.signed-url",
    )),
    open(
        "location-in-originals",
        "/storage/{tenant}/{file}",
        "Originals tell where they were taken.",
        "media.scrub",
    ),
    open(
        "upload-unlimited",
        "POST /api/uploads",
        "Any size, type and name; served back as sent.",
        "edge.body",
    ),
    open(
        "export-unlimited",
        "/api/export?bytes=",
        "Exports of any size, nobody told.",
        "audit.alerts",
    ),
    open(
        "stream-open",
        "/api/events/stream",
        "Every tenant's events for anyone.",
        "edge.streams",
    ),
    open(
        "socket-open",
        "/ws",
        "Any origin, no identity, no limits.",
        "edge.streams",
    ),
    open(
        "open-redirect",
        "/go?to=",
        "Leaves for any address.",
        "edge.redirect",
    ),
    open(
        "xss-reflected",
        "/search?q=",
        "The query is markup.",
        "edge.csp",
    ),
    open("xss-stored", "comments", "Comments are markup.", "edge.csp"),
    open(
        "debug-pages",
        "/crash, /api/photos/not-a-number",
        "Traces, paths and environment on 500.",
        "edge.errors",
    ),
    repaired(open(
        "secret-in-bundle",
        "/assets/app.{hash}.js",
        "A payment secret, and a source map.",
        "scan.bundle",
    )),
    open(
        "webhook-unsigned",
        "POST /webhooks/payments",
        "Anyone can say that somebody paid.",
        "webhook.signature",
    ),
    repaired(open(
        "webhook-charges-twice",
        "POST /webhooks/payments",
        "An event delivered twice charges twice.",
        "webhook.once",
    )),
    open(
        "price-from-browser",
        "POST /api/checkout",
        "Price and studio are what the browser says.",
        "billing.checkout",
    ),
    open(
        "session-unrevocable",
        "session token",
        "Tokens live eight hours; logout only drops the cookie.",
        "identity.sessions",
    ),
];

pub(crate) async fn page(State(app): State<App>, Visitor(caller): Visitor) -> Html<String> {
    let page = Page {
        title: "About this demo",
        tenant: None,
        caller: caller.as_ref(),
        path: "/about-this-demo",
        body_class: "about",
    };
    let content = html! {
        section class="section" {
            p class="eyebrow" { "About this demo" }
            h1 { "Everything that is wrong here" }
            p class="lede" {
                "Proofsheet is invented. It is weak on purpose, the way real products are weak by accident, so that what stands in front of it can be put to the test."
            }
            table class="table" {
                thead { tr { th { "Weakness" } th { "Where" } th { "What" } th { "Answered by" } } }
                tbody {
                    @for weakness in WEAKNESSES {
                        tr id=(weakness.id) {
                            td { code { (weakness.id) } }
                            td { (weakness.place) }
                            td {
                                (weakness.what)
                                @if weakness.repaired_by_fixed && app.fixed { " " span class="badge paid" { "repaired" } }
                            }
                            td { code { (weakness.control) } }
                        }
                    }
                }
            }
        }
    };
    page.render(&app, &content)
}

#[cfg(test)]
mod tests {
    use super::WEAKNESSES;
    use std::collections::HashSet;

    #[test]
    fn every_weakness_has_a_name_of_its_own() {
        let names: HashSet<_> = WEAKNESSES.iter().map(|weakness| weakness.id).collect();
        assert_eq!(names.len(), WEAKNESSES.len());
    }
}
