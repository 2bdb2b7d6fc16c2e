//! What touches a decoy, who is to blame, and what they get to see.

use std::sync::Arc;

use data_encoding::{BASE64, BASE64URL_NOPAD};
use http::{HeaderName, Method, Request};
use proptest::prelude::*;

use super::face::Learned;
use super::*;
use crate::body::Body;
use crate::exchange::Arrival;
use crate::rate_limit::Limiter;
use crate::signal::Receiver;

fn options(face: Face) -> Options {
    Options {
        mode: Mode::Enforce,
        face,
        decoys: Decoys::new(SHIPPED.iter().map(|decoy| decoy.path.to_owned())),
        credentials: Credentials::new(&["decoy-key-1".to_owned(), "backup".to_owned()]),
    }
}

/// A state whose decoys are all armed, and whose signals nobody hears.
fn armed() -> State {
    let state = State::isolated();
    state.decoys.arm_everywhere();
    state
}

/// A state of which nothing is known, and what it tells.
fn heard() -> (State, Receiver) {
    State::new(Limiter::isolated())
}

fn head(method: Method, path: &str, fields: &[(&str, &str)]) -> request::Parts {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

/// What becomes of a request at an app whose decoys `state` knows.
fn ask(face: Face, head: &request::Parts, state: &State) -> Option<Refusal> {
    let mut exchange = Exchange::new(Arrival::sample(), head);
    exchange.upstream = Some(0);
    exchange.host = "a.test".to_owned();
    match Honeypot::new(options(face)).check(&mut exchange, head, state) {
        Verdict::Refuse(refusal) => Some(refusal),
        Verdict::Pass => None,
        verdict => panic!("{verdict:?}"),
    }
}

fn text(response: http::Response<Body>) -> String {
    match response.into_body() {
        Body::Full(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
        _ => String::new(),
    }
}

#[test]
fn decoys_are_whole_paths_or_all_below_a_folder() {
    for (path, is_decoy) in [
        ("/.env", true),
        ("/.env?x=1", true),
        ("/.environment", false),
        ("/a/.env", false),
        ("/phpmyadmin/", true),
        ("/phpmyadmin/index.php", true),
        ("/phpmyadmin", false),
        ("/phpmyadminx/", false),
        ("/api/internal/config", true),
        ("/api/internal", false),
        ("/", false),
    ] {
        let head = head(Method::GET, path, &[]);
        let touched = ask(Face::NotFound, &head, &armed());
        assert_eq!(touched.is_some(), is_decoy, "{path}");
    }
}

#[test]
fn a_decoy_acts_only_where_the_app_does_not_have_it() {
    let (state, mut heard) = heard();
    let env = head(Method::GET, "/.env", &[]);
    assert!(ask(Face::NotFound, &env, &state).is_none());
    assert!(matches!(heard.try_recv(), Ok(Signal::DecoyUnknown { .. })));
    let mut arms = arming::HostArms::new();
    arms.insert("/.env".to_owned(), Err(arming::Unarmed::Differs));
    state.decoys.set("a.test", arms);
    assert!(ask(Face::NotFound, &env, &state).is_none());
    assert!(heard.try_recv().is_err());
}

#[test]
fn a_face_is_the_apps_own_answer_with_the_path_that_was_asked_for() {
    let state = heard().0;
    let learned = Learned {
        status: http::StatusCode::NOT_FOUND,
        headers: http::HeaderMap::new(),
        body: "Cannot GET /.qwerty, /.qwerty".into(),
        path: "/.qwerty".to_owned(),
    };
    let learned = Ok(Some(Arc::new(learned)));
    let arms = [("/.env".to_owned(), learned)].into_iter().collect();
    state.decoys.set("a.test", arms);
    let refusal = ask(Face::NotFound, &head(Method::GET, "/.env", &[]), &state).unwrap();
    let face = refusal.face.unwrap();
    assert_eq!(face.status(), 404);
    assert_eq!(text(*face), "Cannot GET /.env, /.env");
}

#[test]
fn invented_host_names_make_no_room_that_a_real_one_cannot_have_back() {
    let state = heard().0;
    for number in 0..=arming::HOSTS_MAX {
        state
            .decoys
            .set(&format!("{number}.test"), arming::HostArms::new());
    }
    assert!(!state.decoys.knows("0.test"));
    assert!(state.decoys.knows("1.test"));
    state.decoys.set("0.test", arming::HostArms::new());
    assert!(state.decoys.knows("0.test"));
    state.decoys.clear();
    assert!(!state.decoys.knows("0.test"));
}

#[test]
fn a_believable_face_carries_a_decoy_credential() {
    for (path, expected) in [
        ("/.env", "INTERNAL_API_KEY=decoy-key-1"),
        (
            "/api/internal/config",
            "\"internal_api_key\":\"decoy-key-1\"",
        ),
        ("/internal/console", "<form method=\"post\">"),
    ] {
        let head = head(Method::GET, path, &[]);
        let refusal = ask(Face::Decoy, &head, &armed()).unwrap();
        let face = refusal.face.unwrap();
        assert_eq!(face.status(), 200);
        let body = text(*face);
        assert!(body.contains(expected), "{body}");
    }
}

#[test]
fn decoy_credentials_are_found_wherever_credentials_stand() {
    let basic = |pair: &str| format!("Basic {}", BASE64.encode(pair.as_bytes()));
    let jwt = |header: &str| {
        format!(
            "Bearer {}.e30.c2ln",
            BASE64URL_NOPAD.encode(header.as_bytes())
        )
    };
    for (name, value, is_decoy) in [
        ("authorization", "Bearer decoy-key-1".to_owned(), true),
        ("authorization", "bearer  decoy-key-1".to_owned(), true),
        ("authorization", "decoy-key-1".to_owned(), true),
        ("authorization", basic("backup:secret"), true),
        ("authorization", basic("a:decoy-key-1"), true),
        ("authorization", basic("backups:secret"), false),
        (
            "authorization",
            jwt("{\"alg\":\"RS256\",\"kid\": \"decoy-key-1\"}"),
            true,
        ),
        (
            "authorization",
            jwt("{\"alg\":\"RS256\",\"kid\":\"other\"}"),
            false,
        ),
        ("authorization", "Bearer decoy-key-10".to_owned(), false),
        ("authorization", "Basic !!".to_owned(), false),
        ("x-api-key", "decoy-key-1".to_owned(), true),
        ("x-api-key", "decoy-key-2".to_owned(), false),
        ("cookie", "decoy-key-1".to_owned(), false),
    ] {
        let head = head(Method::GET, "/", &[(name, &value)]);
        let refused = ask(Face::NotFound, &head, &armed());
        assert_eq!(refused.is_some(), is_decoy, "{name}: {value}");
        if let Some(refusal) = refused {
            assert_eq!(refusal.face.unwrap().status(), 401);
        }
    }
}

#[test]
fn nobody_is_blamed_for_what_a_page_made_their_browser_ask() {
    for (method, fields, is_deliberate) in [
        (Method::GET, &[][..], true),
        (Method::GET, &[("sec-fetch-site", "none")], true),
        (
            Method::GET,
            &[
                ("sec-fetch-site", "cross-site"),
                ("sec-fetch-mode", "no-cors"),
            ],
            false,
        ),
        (
            Method::GET,
            &[
                ("sec-fetch-site", "cross-site"),
                ("sec-fetch-mode", "navigate"),
            ],
            false,
        ),
        (Method::GET, &[("sec-fetch-site", "same-site")], false),
        (Method::GET, &[("sec-fetch-site", "same-origin")], false),
        (Method::POST, &[("sec-fetch-site", "same-origin")], true),
        (Method::POST, &[("sec-fetch-site", "cross-site")], false),
        (Method::GET, &[("referer", "https://evil.test/")], false),
        (Method::GET, &[("origin", "https://evil.test")], false),
        (
            Method::GET,
            &[("sec-fetch-site", "none"), ("sec-purpose", "prefetch")],
            false,
        ),
        (Method::GET, &[("purpose", "prefetch")], false),
        (Method::HEAD, &[], false),
    ] {
        let head = head(method, "/.env", fields);
        assert_eq!(intent::is_deliberate(&head), is_deliberate, "{fields:?}");
        let (state, mut heard) = heard();
        let credentials = [("x-api-key", "decoy-key-1")];
        let mut with_key = head.clone();
        for (name, value) in credentials {
            let name = HeaderName::from_static(name);
            with_key.headers.insert(name, value.parse().unwrap());
        }
        // It is refused all the same.
        assert!(ask(Face::NotFound, &with_key, &state).is_some());
        let Ok(Signal::DecoyTouched {
            is_deliberate: told,
            ..
        }) = heard.try_recv()
        else {
            panic!("a touch is told of");
        };
        assert_eq!(told, is_deliberate);
    }
}

proptest! {
    #[test]
    fn no_credential_makes_it_panic(
        value in prop::collection::vec(0x20..=0x7e_u8, 0..80), scheme in 0..3_usize,
    ) {
        let scheme = ["Basic ", "Bearer ", ""][scheme];
        let value = [scheme.as_bytes(), &value].concat();
        let mut head = head(Method::GET, "/", &[]);
        head.headers.insert(http::header::AUTHORIZATION, http::HeaderValue::from_bytes(&value).unwrap());
        ask(Face::NotFound, &head, &armed());
    }
}
