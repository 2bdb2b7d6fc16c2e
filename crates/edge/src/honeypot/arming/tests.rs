//! What is learned of apps of several kinds.

use http::{Response, StatusCode};
use palisade_kernel::SeededRandom;
use proptest::prelude::*;

use super::*;
use crate::upstream::SendFuture;

/// An app that answers a path with a status and a body, or hangs up.
struct App(fn(&str) -> Option<(u16, String)>);

impl Upstream for App {
    fn send(&self, request: Request<Body>) -> SendFuture<'_> {
        let answer = (self.0)(request.uri().path()).map(|(status, body)| {
            let mut response = Response::new(Body::from(bytes::Bytes::from(body)));
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            response
        });
        let answer =
            answer.ok_or_else(|| UpstreamError::new(UpstreamErrorKind::Unreachable, "it hangs up"));
        Box::pin(std::future::ready(answer))
    }
}

const DECOYS: [&str; 4] = [
    "/.env",
    "/.git/config",
    "/wp-login.php",
    "/internal/console",
];

fn learned(app: App) -> Result<HostArms, UpstreamError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let random = SeededRandom::new(7);
    let decoys = DECOYS.into_iter();
    runtime.block_on(learn(&app, "a.test", Scheme::Https, decoys, &random))
}

fn missing(path: &str) -> Option<(u16, String)> {
    Some((404, format!("no {path}")))
}

#[track_caller]
fn check(app: App, unarmed: &[(&str, Unarmed)]) {
    let arms = learned(app).unwrap();
    for decoy in DECOYS {
        let expected = unarmed.iter().find(|(path, _)| *path == decoy);
        let found = arms[decoy].as_ref().err().copied();
        assert_eq!(found, expected.map(|(_, why)| *why), "{decoy}");
    }
}

#[test]
fn an_app_that_has_none_of_them_arms_all() {
    check(App(missing), &[]);
}

#[test]
fn what_the_app_has_stays_its_own() {
    let blog = App(|path| match path {
        "/wp-login.php" => Some((200, "log in".to_owned())),
        _ => missing(path),
    });
    check(blog, &[("/wp-login.php", Unarmed::Differs)]);
}

#[test]
fn an_app_that_hangs_up_on_hidden_files_arms_the_others() {
    let app = App(|path| match path.contains("/.") {
        true => None,
        false => missing(path),
    });
    let hidden = ["/.env", "/.git/config"].map(|path| (path, Unarmed::Silent));
    check(app, &hidden);
}

#[test]
fn an_app_that_is_down_teaches_nothing() {
    assert!(learned(App(|_| None)).is_err());
}

#[test]
fn alike_answers_are_kept_once() {
    let arms = learned(App(missing)).unwrap();
    let faces: Vec<_> = DECOYS
        .iter()
        .map(|decoy| arms[*decoy].clone().unwrap().unwrap())
        .collect();
    assert!(faces.iter().all(|face| Arc::ptr_eq(face, &faces[0])));
}

proptest! {
    /// What is asked of the app is always a path that can be asked for, and never the decoy.
    #[test]
    fn a_sibling_is_a_path_in_the_same_folder(decoy in "/([a-z.]{0,6}/){0,3}[a-z.]{0,9}", seed: u64) {
        let sibling = judge::sibling(&decoy, &SeededRandom::new(seed));
        prop_assert_ne!(&sibling, &decoy);
        prop_assert!(sibling.parse::<http::uri::PathAndQuery>().is_ok(), "{}", sibling);
        let depth = |path: &str| path.trim_end_matches('/').matches('/').count().max(1);
        prop_assert_eq!(depth(&sibling), depth(&decoy), "{}", sibling);
    }
}
