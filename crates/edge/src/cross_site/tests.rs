//! `edge.cross-site` on single requests, as browsers, programs and attackers send them.

use http::Request;

use super::*;
use crate::cors;
use crate::exchange::Arrival;
use crate::router::Router;

type Lines<'a> = &'a [(&'static str, &'static str)];

const CROSS: (&str, &str) = ("sec-fetch-site", "cross-site");
const SAME_SITE: (&str, &str) = ("sec-fetch-site", "same-site");
const NAVIGATE: (&str, &str) = ("sec-fetch-mode", "navigate");
const EMBED: (&str, &str) = ("sec-fetch-mode", "no-cors");
const READ: (&str, &str) = ("sec-fetch-mode", "cors");
const EVIL: (&str, &str) = ("origin", "https://evil.test");
const COOKIE: (&str, &str) = ("cookie", "sid=1");

fn options() -> Options {
    let exempt = ["/pay/*/return", "/**/saml/acs"];
    Options {
        mode: Mode::Enforce,
        same_site: true,
        origins: vec!["https://forms.test".parse().unwrap()],
        exempt_paths: exempt.iter().map(|path| path.parse().unwrap()).collect(),
    }
}

fn is_refused(options: &Options, method: &str, path: &str, lines: Lines<'_>) -> bool {
    let request = Request::builder().method(method).uri(path);
    let request = lines.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    let (head, ()) = request
        .header("host", "a.test")
        .body(())
        .unwrap()
        .into_parts();
    let mut exchange = Exchange::new(Arrival::sample(), &head);
    exchange.host = Router::default().read_host(&head).unwrap();
    let listed = cors::Options {
        sharing: cors::Sharing {
            origins: vec!["https://app.test".parse().unwrap(), "*".parse().unwrap()],
            ..cors::Sharing::default()
        },
        ..cors::Options::off()
    };
    let control = CrossSite::new(options, Arc::new(Sharings::new(&listed)));
    match control.check(&mut exchange, &head, &State::isolated()) {
        Verdict::Pass => false,
        Verdict::Refuse(refusal) => {
            assert_eq!(refusal.problem.code, "cross-site");
            true
        }
        verdict => panic!("{verdict:?}"),
    }
}

#[track_caller]
fn passes(method: &str, path: &str, lines: Lines<'_>) {
    assert!(
        !is_refused(&options(), method, path, lines),
        "{method} {path} {lines:?} was refused"
    );
}

#[track_caller]
fn refused(method: &str, path: &str, lines: Lines<'_>) {
    assert!(
        is_refused(&options(), method, path, lines),
        "{method} {path} {lines:?} passed"
    );
}

#[test]
fn the_apps_own_pages_and_their_visitors_do_as_they_like() {
    for site in ["same-origin", "none"] {
        for method in ["GET", "POST", "DELETE", "PATCH"] {
            passes(method, "/", &[("sec-fetch-site", site), READ, COOKIE]);
        }
        // A page under `Referrer-Policy: no-referrer` keeps its origin to itself.
        passes(
            "POST",
            "/",
            &[
                ("sec-fetch-site", site),
                NAVIGATE,
                ("origin", "null"),
                COOKIE,
            ],
        );
        // A proxy in front that calls the app by another name.
        passes(
            "POST",
            "/",
            &[("sec-fetch-site", site), ("origin", "https://shop.test")],
        );
    }
    passes(
        "GET",
        "/ws",
        &[("sec-fetch-site", "same-origin"), ("upgrade", "websocket")],
    );
}

#[test]
fn forged_forms_and_requests_are_refused() {
    for method in ["POST", "PUT", "PATCH", "DELETE", "post", "PROPFIND"] {
        refused(method, "/", &[CROSS, NAVIGATE, EVIL, COOKIE]);
        refused(method, "/", &[CROSS, EMBED, EVIL]);
        refused(method, "/", &[CROSS, READ, EVIL]);
        refused(method, "/", &[CROSS, NAVIGATE, ("origin", "null")]);
        refused(method, "/", &[CROSS, NAVIGATE]);
        refused(method, "/", &[EVIL]);
        refused(method, "/", &[("origin", "null")]);
        refused(method, "/", &[("origin", "http://a.test")]);
        refused(method, "/", &[("origin", "https://a.test.evil.test")]);
        refused(
            method,
            "/",
            &[("origin", "https://a.test https://evil.test")],
        );
        refused(method, "/", &[("origin", "https://a.test"), EVIL]);
        refused(
            method,
            "/",
            &[("sec-fetch-site", "none"), ("sec-fetch-site", "none"), EVIL],
        );
    }
}

#[test]
fn a_browser_that_says_cross_site_is_believed_whatever_its_origin_looks_like() {
    refused(
        "POST",
        "/",
        &[CROSS, NAVIGATE, ("origin", "https://a.test")],
    );
}

#[test]
fn old_browsers_are_judged_by_their_origin() {
    passes("POST", "/", &[("origin", "https://a.test"), COOKIE]);
    passes("POST", "/", &[("origin", "https://A.test:443"), COOKIE]);
    passes("GET", "/", &[EVIL, COOKIE]);
}

#[test]
fn programs_are_left_alone() {
    for method in ["GET", "POST", "DELETE"] {
        passes(method, "/webhooks/payments", &[]);
        passes(method, "/", &[COOKIE]);
        passes(method, "/", &[("authorization", "Basic eDp5")]);
    }
    passes("GET", "/", &[("upgrade", "h2c")]);
    // Reports that browsers send us are ours to judge.
    passes("POST", "/.palisade/csp", &[CROSS, EMBED, EVIL]);
}

#[test]
fn without_an_origin_a_cookie_comes_with_a_referer_of_ones_own() {
    passes(
        "POST",
        "/",
        &[
            COOKIE,
            ("referer", "https://a.test/form?x=https://evil.test"),
        ],
    );
    passes("POST", "/", &[COOKIE, ("referer", "https://app.test/")]);
    passes("POST", "/", &[("referer", "https://evil.test/")]);
    refused(
        "POST",
        "/",
        &[COOKIE, ("referer", "https://evil.test/?https://a.test")],
    );
    refused(
        "POST",
        "/",
        &[COOKIE, ("referer", "https://a.test@evil.test/")],
    );
    refused(
        "POST",
        "/",
        &[COOKIE, ("referer", "https://a.test.evil.test")],
    );
    refused("POST", "/", &[COOKIE, ("referer", "about:blank")]);
}

#[test]
fn a_bearer_token_alone_is_nobody_elses_to_use() {
    let bearer = ("authorization", "Bearer x.y.z");
    passes("POST", "/api", &[CROSS, READ, EVIL, bearer]);
    passes("POST", "/api", &[EVIL, ("authorization", "bearer x")]);
    refused("POST", "/api", &[CROSS, READ, EVIL, bearer, COOKIE]);
    refused(
        "POST",
        "/api",
        &[CROSS, READ, EVIL, ("authorization", "Basic eDp5")],
    );
    refused(
        "POST",
        "/api",
        &[CROSS, READ, EVIL, bearer, ("authorization", "Basic eDp5")],
    );
}

#[test]
fn trusted_origins_may_act_and_everybody_is_nobody() {
    passes(
        "POST",
        "/",
        &[CROSS, NAVIGATE, ("origin", "https://forms.test"), COOKIE],
    );
    passes(
        "POST",
        "/",
        &[CROSS, READ, ("origin", "https://app.test"), COOKIE],
    );
    passes(
        "GET",
        "/ws",
        &[("upgrade", "websocket"), ("origin", "https://app.test")],
    );
    // edge.cors lists "*" here, which may read and not act.
    refused("POST", "/", &[CROSS, READ, EVIL]);
}

#[test]
fn links_and_frames_and_searches_lead_to_the_app() {
    for method in ["GET", "HEAD"] {
        passes(
            method,
            "/account",
            &[CROSS, NAVIGATE, COOKIE, ("sec-fetch-dest", "document")],
        );
        passes(
            method,
            "/account",
            &[CROSS, NAVIGATE, COOKIE, ("sec-fetch-dest", "iframe")],
        );
        refused(
            method,
            "/account",
            &[CROSS, NAVIGATE, COOKIE, ("sec-fetch-dest", "object")],
        );
        refused(
            method,
            "/account",
            &[CROSS, NAVIGATE, COOKIE, ("sec-fetch-dest", "embed")],
        );
    }
}

#[test]
fn files_are_embedded_and_data_is_not() {
    for path in ["/logo.png", "/assets/app.JS", "/fonts/a.woff2"] {
        passes("GET", path, &[CROSS, EMBED, COOKIE]);
    }
    for path in [
        "/",
        "/api/me",
        "/api/me.json",
        "/api/me;x.css",
        "/api/me%3fx.css",
        "/a//x.css",
    ] {
        refused("GET", path, &[CROSS, EMBED, COOKIE]);
    }
    refused("GET", "/api/me", &[CROSS, COOKIE]);
}

#[test]
fn what_a_page_wants_to_read_is_the_cors_controls_to_judge() {
    passes("GET", "/api/me", &[CROSS, READ, EVIL, COOKIE]);
    passes("OPTIONS", "/api/me", &[CROSS, READ, EVIL]);
}

#[test]
fn sockets_are_opened_by_trusted_pages_alone() {
    let socket = ("upgrade", "websocket");
    passes("GET", "/ws", &[socket, ("origin", "https://a.test")]);
    passes("GET", "/ws", &[socket]);
    refused("GET", "/ws", &[socket, EVIL]);
    refused(
        "GET",
        "/ws",
        &[socket, EVIL, CROSS, ("sec-fetch-mode", "websocket")],
    );
}

#[test]
fn hosts_of_the_same_site_are_trusted_unless_the_policy_says_no() {
    let lines = [
        SAME_SITE,
        NAVIGATE,
        ("origin", "https://blog.a.test"),
        COOKIE,
    ];
    passes("POST", "/", &lines);
    let strict = Options {
        same_site: false,
        ..options()
    };
    assert!(is_refused(&strict, "POST", "/", &lines));
    assert!(!is_refused(&strict, "GET", "/", &lines));
}

#[test]
fn where_payments_and_sign_ins_come_back_every_site_may_send() {
    let lines = [CROSS, NAVIGATE, ("origin", "https://bank.test"), COOKIE];
    passes("POST", "/pay/17/return", &lines);
    passes("POST", "/auth/saml/acs", &lines);
    passes(
        "POST",
        "/Pay/17/return",
        &[CROSS, NAVIGATE, ("origin", "null")],
    );
    for path in [
        "/pay/17",
        "/pay/17/return/../cancel",
        "/pay/17/return%2f..%2fcancel",
        "/account?/saml/acs",
        "/account.php/saml/acs",
    ] {
        refused("POST", path, &lines);
    }
}

proptest::proptest! {
    /// Whatever else a forged request carries, without a listed origin it does not pass.
    #[test]
    fn no_forged_form_passes(
        origin in r"(https?://)?(a|evil|a\.evil|forms)\.test[.:/@]?[0-9a-z]{0,4}|null|\*| ",
        mode in "navigate|no-cors|cors|nonsense",
        referer in r"https://(a|evil)\.test/",
    ) {
        let leak = |text: String| -> &'static str { text.leak() };
        let lines = [
            CROSS,
            ("sec-fetch-mode", leak(mode)),
            ("origin", leak(origin.clone())),
            ("referer", leak(referer)),
            COOKIE,
        ];
        let listed = origin.trim_end_matches(":443").trim_end_matches('.') == "https://forms.test";
        proptest::prop_assert_eq!(is_refused(&options(), "POST", "/", &lines), !listed);
    }
}
