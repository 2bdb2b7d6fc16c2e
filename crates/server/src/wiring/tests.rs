//! What the configuration comes to is a policy that bites, whatever of it is chosen.

use std::sync::Arc;

use palisade_edge::Policy;
use palisade_edge::proof::Unproven;
use palisade_kernel::{Clock, ControlId, FixedClock, Timestamp};
use palisade_operate::Modes;
use palisade_store::{Snapshot, Store, StoreOptions};
use proptest::prelude::*;

use super::CAPABILITIES;
use crate::config::{Overrides, Sources, load};

/// The shipped file with these variables set.
async fn policy(environment: &[(&str, String)]) -> Policy {
    let overrides = Overrides {
        upstream: Some("http://127.0.0.1:3000".to_owned()),
        ..Overrides::default()
    };
    let environment = environment
        .iter()
        .map(|(name, value)| (*name, value.as_str()));
    let loaded = load(&Sources::new(None, environment, overrides));
    let config = loaded
        .unwrap_or_else(|mistakes| panic!("{mistakes}"))
        .config;
    let clock: Arc<dyn Clock> = Arc::new(FixedClock::at(Timestamp::from_unix_micros(0)));
    let candidate = Policy::candidate(super::policy(&config, &Modes::new()), None, &clock).await;
    candidate.unwrap_or_else(|errors| panic!("{errors:?}"))
}

#[tokio::test]
async fn the_shipped_configuration_is_proved() {
    let policy = policy(&[]).await;
    assert_eq!(policy.unproven(), Vec::<Unproven>::new());
    let proved = policy.proofs().iter().map(|proof| proof.control);
    assert_eq!(proved.collect::<Vec<_>>(), ControlId::ALL);
}

/// What a capability keeps and does not declare would be missing in every backup: `Snapshot` holds
/// the declarations against the database's own list.
#[tokio::test]
async fn every_table_is_in_a_backup_or_left_out_for_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let options = StoreOptions::in_directory(folder.path());
    let clock: Arc<dyn Clock> = Arc::new(FixedClock::at(Timestamp::from_unix_micros(0)));
    let store = Store::open(options.clone(), clock, CAPABILITIES).await;
    let store = store.unwrap();
    let snapshot = Snapshot::open(&options, CAPABILITIES).await.unwrap();
    let taken: Vec<&str> = snapshot.tables().iter().map(|table| table.name).collect();
    let tables = CAPABILITIES.iter().flat_map(|capability| capability.tables);
    let declared: Vec<&str> = tables.map(|table| table.name).collect();
    assert_eq!(taken, declared);
    for (table, reason) in palisade_store::LEFT_OUT {
        assert!(!declared.contains(table) && !reason.is_empty(), "{table}");
    }
    store.close().await;
}

/// A variable of `[edge.headers]`, and one of these values.
fn key(
    name: &'static str,
    values: &'static [&'static str],
) -> impl Strategy<Value = (&'static str, String)> {
    (
        Just(name),
        prop::sample::select(values).prop_map(str::to_owned),
    )
}

fn rules() -> impl Strategy<Value = (&'static str, String)> {
    const NAMES: &[&str] = &[
        "Content-Type",
        "Referrer-Policy",
        "X-Frame-Options",
        "X-A",
        "Strict-Transport-Security",
    ];
    let rule = (
        prop::sample::select(NAMES),
        prop::sample::select(&["set", "set-if-missing", "append", "remove"][..]),
        prop::sample::select(&["every", "documents", "api"][..]),
    );
    let line = |(header, verb, on): (&str, &str, &str)| {
        let value = match verb {
            "remove" => "",
            _ => ", value = \"x\"",
        };
        format!("{{ header = \"{header}\", verb = \"{verb}\", on = \"{on}\"{value} }}")
    };
    // One at most: two that contradict each other are rightly called unproven.
    prop::option::of(rule.prop_map(line)).prop_map(|rule| {
        let rule = rule.unwrap_or_default();
        ("PALISADE_EDGE__HEADERS__RULES", format!("[{rule}]"))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// An operator's choice must never be called broken.
    #[test]
    fn whatever_is_chosen_of_the_headers_is_proved(
        mode in key("PALISADE_EDGE__HEADERS__MODE", &["shadow", "enforce"]),
        hsts in key("PALISADE_EDGE__HEADERS__HSTS", &["off", "soak", "full", "preload"]),
        listen in key("PALISADE_LISTEN__MODE", &["plain", "tls"]),
        frame in key("PALISADE_EDGE__HEADERS__FRAME_OPTIONS", &["off", "DENY", "SAMEORIGIN"]),
        referrer in key("PALISADE_EDGE__HEADERS__REFERRER_POLICY", &["off", "no-referrer"]),
        permissions in key("PALISADE_EDGE__HEADERS__PERMISSIONS_POLICY", &["", "usb=()"]),
        opener in key("PALISADE_EDGE__HEADERS__CROSS_ORIGIN_OPENER_POLICY", &["off", "same-origin"]),
        resource in key(
            "PALISADE_EDGE__HEADERS__CROSS_ORIGIN_RESOURCE_POLICY",
            &["off", "auto", "same-site", "cross-origin"],
        ),
        data in key("PALISADE_EDGE__HEADERS__API_CONTENT_SECURITY_POLICY", &["", "default-src 'none'"]),
        remove in key("PALISADE_EDGE__HEADERS__REMOVE", &["", "Server", "Referrer-Policy, X-A"]),
        rules in rules(),
    ) {
        let environment = [
            mode, hsts, listen, frame, referrer, permissions, opener, resource, data, remove, rules,
        ];
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let policy = runtime.block_on(policy(&environment));
        prop_assert_eq!(policy.unproven(), Vec::<Unproven>::new(), "{:?}", environment);
    }
}
