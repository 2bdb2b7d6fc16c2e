//! Flags on request heads: what is refused while they are off, and what the app is told.

use std::collections::BTreeMap;

use http::Request;
use palisade_kernel::Mode;
use proptest::prelude::*;

use super::*;
use crate::exchange::Arrival;
use crate::proof;
use crate::stack::tests::options;

fn gate(name: &str, paths: &[&str], methods: &[Method], when_off: WhenOff) -> Gate {
    Gate {
        name: name.parse().unwrap(),
        paths: paths.iter().map(|path| path.parse().unwrap()).collect(),
        methods: methods.to_vec(),
        when_off,
    }
}

fn gates() -> Vec<Gate> {
    vec![
        gate("beta", &["/beta/**"], &[], WhenOff::NotFound),
        gate(
            "uploads",
            &["/api/uploads/**", "/**/avatar"],
            &[Method::POST, Method::PUT],
            WhenOff::Unavailable,
        ),
    ]
}

fn set(flags: &[(&str, bool)]) -> BTreeMap<FlagName, bool> {
    let flags = flags
        .iter()
        .map(|(name, is_on)| (name.parse().unwrap(), *is_on));
    flags.collect()
}

/// The code it is refused with, and the exchange.
fn ask(state: &State, method: Method, path: &str) -> (Option<&'static str>, Exchange) {
    let request = Request::builder().method(method).uri(path).body(());
    let (head, ()) = request.unwrap().into_parts();
    let mut exchange = Exchange::new(Arrival::sample(), &head);
    let answer = Gates::new(gates()).check(&mut exchange, &head, state);
    (answer.err().map(|refusal| refusal.problem.code), exchange)
}

#[test]
fn while_no_flag_is_set_nothing_is_refused_and_nothing_told() {
    let state = State::isolated();
    let (refused, exchange) = ask(&state, Method::POST, "/api/uploads/1");
    assert_eq!((refused, exchange.flags_field), (None, None));
    state.flags.set(&set(&[("uploads", false)]));
    state.flags.set(&BTreeMap::new());
    assert_eq!(ask(&state, Method::POST, "/api/uploads/1").0, None);
}

#[test]
fn what_is_off_is_refused_by_path_and_method_and_all_else_passes() {
    let state = State::isolated();
    state
        .flags
        .set(&set(&[("beta", false), ("uploads", false)]));
    let (off, gone) = (Some("switched-off"), Some("not-found"));
    for (method, path, expected) in [
        (Method::POST, "/api/uploads", off),
        (Method::PUT, "/api/uploads/a/b?x=1", off),
        (Method::POST, "/users/7/avatar", off),
        (Method::POST, "//API/./%75ploads;v=1/a", off),
        (Method::GET, "/api/uploads/a", None),
        (Method::POST, "/api/uploadsx", None),
        (Method::POST, "/", None),
        (Method::GET, "/beta", gone),
        (Method::OPTIONS, "/beta/x", gone),
        (Method::GET, "/.palisade/health", None),
    ] {
        let (refused, exchange) = ask(&state, method.clone(), path);
        assert_eq!(refused, expected, "{method} {path}");
        assert_eq!(exchange.flag.is_some(), expected.is_some(), "{path}");
    }
}

#[test]
fn one_flag_off_leaves_the_others_on() {
    let state = State::isolated();
    state.flags.set(&set(&[("beta", true), ("uploads", false)]));
    assert_eq!(ask(&state, Method::GET, "/beta").0, None);
    let (_, exchange) = ask(&state, Method::POST, "/api/uploads");
    assert_eq!(exchange.flag.unwrap().as_str(), "uploads");
    assert_eq!(exchange.flags_field.unwrap(), "beta, uploads=?0");
}

#[test]
fn refusals_are_counted_by_flag_and_outlive_a_turn_of_the_switch() {
    let state = State::isolated();
    for is_on in [false, true, false] {
        state.flags.set(&set(&[("beta", is_on), ("uploads", true)]));
        ask(&state, Method::GET, "/beta");
    }
    let counted: Vec<_> = state.flags.standings();
    let expected = |name: &str, is_on, refusals| Standing {
        name: name.parse().unwrap(),
        is_on,
        refusals,
    };
    assert_eq!(
        counted,
        [expected("beta", false, 2), expected("uploads", true, 0)]
    );
}

#[tokio::test]
async fn a_flag_is_proved_and_one_that_cannot_bite_is_told() {
    let mut policy = options(Mode::Enforce);
    policy.flags = gates();
    policy
        .flags
        .push(gate("root", &["/"], &[], WhenOff::NotFound));
    assert_eq!(proof::prove_flags(&policy).await, []);
    let ours = gate("ours", &["/.palisade/**"], &[], WhenOff::NotFound);
    policy.flags.push(ours);
    let failures = proof::prove_flags(&policy).await;
    assert_eq!(failures.len(), 1);
    assert_eq!(failures[0].flag.as_str(), "ours");
    assert_eq!(failures[0].sample, "a part that is off is refused");
}

/// A flag over everything must not keep a control from its proof.
#[tokio::test]
async fn a_flag_over_everything_leaves_controls_provable() {
    let mut policy = options(Mode::Enforce);
    policy.flags = vec![gate("all", &["/**"], &[], WhenOff::NotFound)];
    assert_eq!(proof::prove(&policy).await.1, []);
}

proptest! {
    #[test]
    fn the_app_reads_back_every_flag(flags in prop::collection::btree_map("[a-z][a-z0-9-]{0,63}", any::<bool>(), 1..64)) {
        let flags: BTreeMap<FlagName, bool> = flags.iter().map(|(name, is_on)| (name.parse().unwrap(), *is_on)).collect();
        let state = State::isolated();
        state.flags.set(&flags);
        let (_, exchange) = ask(&state, Method::GET, "/");
        let field = exchange.flags_field.unwrap();
        let members = field.to_str().unwrap().split(", ").map(|member| match member.strip_suffix("=?0") {
            Some(name) => (name.parse().unwrap(), false),
            None => (member.parse().unwrap(), true),
        });
        prop_assert_eq!(members.collect::<BTreeMap<FlagName, bool>>(), flags);
    }
}
