//! `edge.maintenance` on whole requests: who is shut out, and what they are told.

use http::header::{ACCEPT, ACCEPT_LANGUAGE, CONTENT_LANGUAGE, RETRY_AFTER};
use http::{HeaderMap, Request};

use super::*;
use crate::client_address::{self, Belief, Trust};
use crate::exchange::Arrival;

const NOW: Timestamp = Timestamp::from_unix_micros(1_000_000_000);

fn options() -> Options {
    Options {
        mode: Mode::Enforce,
        allow: NetworkSet::new(["198.51.100.0/24".parse().unwrap()]),
        allow_paths: vec!["/up".to_owned()],
        retry_after: Duration::from_secs(300),
        theme: Theme::default(),
    }
}

fn at(seconds: u64) -> Option<Timestamp> {
    Some(Timestamp::from_unix_micros(seconds * 1_000_000))
}

struct Asked {
    peer: &'static str,
    path: &'static str,
    accept: &'static str,
    language: &'static str,
}

const BROWSER: Asked = Asked {
    peer: "192.0.2.1",
    path: "/",
    accept: "text/html",
    language: "en",
};

fn ask(options: Options, window: Option<MaintenanceWindow>, asked: &Asked) -> Option<Refusal> {
    let request = Request::get(asked.path)
        .header(ACCEPT, asked.accept)
        .header(ACCEPT_LANGUAGE, asked.language);
    let (head, ()) = request.body(()).unwrap().into_parts();
    let mut arrival = Arrival::sample();
    arrival.at = NOW;
    let peer = asked.peer.parse().unwrap();
    arrival.client = client_address::believed(peer, &HeaderMap::new(), &Trust::default());
    let state = State::isolated();
    state.maintenance.set(window);
    let mut exchange = Exchange::new(arrival, &head);
    match Maintenance::new(options).check(&mut exchange, &head, &state) {
        Verdict::Refuse(refusal) => Some(refusal),
        Verdict::Pass => None,
        verdict => panic!("{verdict:?}"),
    }
}

fn page(options: Options, window: MaintenanceWindow, language: &'static str) -> String {
    let asked = Asked {
        language,
        ..BROWSER
    };
    let face = ask(options, Some(window), &asked).unwrap().face.unwrap();
    let tag = face.headers()[CONTENT_LANGUAGE]
        .to_str()
        .unwrap()
        .to_owned();
    let Body::Full(html) = face.into_body() else {
        panic!("a page has a body");
    };
    let html = String::from_utf8(html.to_vec()).unwrap();
    assert!(html.contains(&format!("<html lang=\"{tag}\">")));
    html
}

#[test]
fn an_open_app_is_open_to_all() {
    assert!(ask(options(), None, &BROWSER).is_none());
}

#[test]
fn a_shut_app_is_shut_but_to_operators_and_health_checks() {
    for (peer, path, is_shut) in [
        ("192.0.2.1", "/", true),
        ("192.0.2.1", "/up", false),
        ("192.0.2.1", "/up/x", true),
        ("192.0.2.1", "/.palisade/health", false),
        ("198.51.100.7", "/", false),
        ("::ffff:198.51.100.7", "/", false),
    ] {
        let asked = Asked {
            peer,
            path,
            ..BROWSER
        };
        let refused = ask(options(), Some(MaintenanceWindow::default()), &asked);
        assert_eq!(refused.is_some(), is_shut, "{peer} {path}");
    }
}

#[test]
fn an_address_that_many_share_is_not_let_in() {
    let (head, ()) = Request::new(()).into_parts();
    let mut arrival = Arrival::sample();
    arrival.client.ip = "198.51.100.7".parse().unwrap();
    arrival.client.belief = Belief::NothingSaid;
    let state = State::isolated();
    state.maintenance.set(Some(MaintenanceWindow::default()));
    let mut exchange = Exchange::new(arrival, &head);
    let verdict = Maintenance::new(options()).check(&mut exchange, &head, &state);
    assert!(matches!(verdict, Verdict::Refuse(_)));
}

#[test]
fn retry_after_is_the_announced_end_as_long_as_it_lies_ahead() {
    for (until, expected) in [
        (None, 300),
        (at(1_090), 90),
        (at(1_000), 300),
        (at(900), 300),
        (Some(Timestamp::from_unix_micros(1_000_000_001)), 1),
    ] {
        let window = MaintenanceWindow {
            until,
            message: None,
        };
        let asked = Asked {
            accept: "application/json",
            ..BROWSER
        };
        let refused = ask(options(), Some(window.clone()), &asked).unwrap();
        assert_eq!(refused.retry_after_seconds, Some(expected));
        assert!(refused.face.is_none(), "a program gets a problem document");
        let face = ask(options(), Some(window), &BROWSER)
            .unwrap()
            .face
            .unwrap();
        assert_eq!(face.headers()[RETRY_AFTER], expected.to_string());
        assert_eq!(face.status(), 503);
    }
}

#[test]
fn the_page_speaks_the_visitors_language() {
    for (language, title) in [
        ("en", "We will be right back"),
        ("de-AT", "Wir sind gleich zurück"),
        ("fr", "Nous revenons tout de suite"),
        ("es-MX", "Volvemos enseguida"),
        ("ja", "We will be right back"),
    ] {
        let html = page(options(), MaintenanceWindow::default(), language);
        assert!(html.contains(&format!("<h1>{title}</h1>")), "{html}");
    }
}

#[test]
fn what_operators_write_is_text_on_the_page() {
    let theme = Theme {
        brand: Some("A & B".to_owned()),
        accent: Some("#2f6df6".to_owned()),
        contact: Some("help@a.test".to_owned()),
    };
    let window = MaintenanceWindow {
        until: at(1_061),
        message: Some("<script>alert(1)</script>".to_owned()),
    };
    let html = page(Options { theme, ..options() }, window, "en");
    for part in [
        "A &amp; B",
        "fill=\"#2f6df6\"",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "in about 2 minutes",
        "<a href=\"mailto:help@a.test\">",
    ] {
        assert!(html.contains(part), "{part} is not in {html}");
    }
    assert!(!html.contains("<script"));
}
