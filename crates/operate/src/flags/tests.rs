//! Flags through the store and onto a node.

use palisade_kernel::WhenOff;
use palisade_store::testing::{BEGINNING, TestStore};

use super::*;
use crate::node::testing::{NotingNode, UID, operate};
use crate::node::{Decrees, Flags};
use crate::schema::MIGRATIONS;

palisade_store::on_both_engines!(&[MIGRATIONS] =>
    a_flag_is_in_force_and_stays_set_after_a_restart_until_it_follows_the_configuration,
    who_set_it_when_and_why_is_listed_and_recorded,
    a_flag_that_has_left_the_configuration_is_kept_and_can_be_forgotten,
    what_is_no_flag_is_refused_with_the_nearest,
    what_could_not_be_kept_is_not_in_force,
);

fn node() -> NotingNode {
    let flag = |name: &str, default| Flag {
        name: name.parse().unwrap(),
        description: String::new(),
        default,
        paths: vec!["/api/uploads/**".to_owned()],
        methods: Vec::new(),
        when_off: WhenOff::Unavailable,
    };
    NotingNode {
        configured: vec![flag("beta", false), flag("uploads", true)],
        ..NotingNode::default()
    }
}

fn to(on: Option<bool>) -> FlagInput {
    FlagInput {
        on,
        reason: Some("virus wave".to_owned()),
    }
}

fn set(flags: &[(&str, bool)]) -> Flags {
    let flags = flags
        .iter()
        .map(|(name, is_on)| (name.parse().unwrap(), *is_on));
    flags.collect()
}

async fn listed(operate: &Operate, name: &str) -> Option<FlagAnswer> {
    let flags = operate.flags().await.unwrap().flags;
    flags.into_iter().find(|flag| flag.name == name)
}

async fn a_flag_is_in_force_and_stays_set_after_a_restart_until_it_follows_the_configuration(
    store: TestStore,
) {
    let (before, noted) = operate(&store, node());
    before
        .set_flag(UID, "uploads", to(Some(false)))
        .await
        .unwrap();
    before.set_flag(UID, "beta", to(Some(true))).await.unwrap();
    let expected = set(&[("beta", true), ("uploads", false)]);
    assert_eq!(noted.flags.lock().unwrap().last(), Some(&expected));
    drop(before);
    let store = store.reopened().await;
    assert_eq!(Decrees::load(&store).await.unwrap().flags, expected);

    let (after, noted) = operate(&store, node());
    assert_eq!(listed(&after, "uploads").await.unwrap().on, Some(false));
    after.set_flag(UID, "uploads", to(None)).await.unwrap();
    assert_eq!(*noted.flags.lock().unwrap(), [set(&[("beta", true)])]);
    let uploads = listed(&after, "uploads").await.unwrap();
    assert_eq!((uploads.on, uploads.set), (Some(true), None));
}

async fn who_set_it_when_and_why_is_listed_and_recorded(store: TestStore) {
    let (operate, _) = operate(&store, node());
    operate
        .set_flag(UID, "uploads", to(Some(false)))
        .await
        .unwrap();
    let expected = FlagSet {
        on: false,
        since: BEGINNING.rfc3339(),
        actor: "uid:1000".to_owned(),
        reason: Some("virus wave".to_owned()),
    };
    assert_eq!(
        listed(&operate, "uploads").await.unwrap().set,
        Some(expected)
    );
    let changes = operate.changes(None).await.unwrap().changes;
    let [change] = changes.as_slice() else {
        panic!("one change, not {changes:?}");
    };
    assert_eq!(change.at, BEGINNING.rfc3339());
    let told = [&change.actor, &change.action, &change.subject];
    assert_eq!(told, ["uid:1000", "flag.set", "uploads"]);
    let told = [&change.was, &change.becomes, &change.reason];
    let told = told.map(|text| text.as_deref().unwrap_or_default());
    assert_eq!(told, ["as configured", "off", "virus wave"]);
}

async fn a_flag_that_has_left_the_configuration_is_kept_and_can_be_forgotten(store: TestStore) {
    let (before, _) = operate(&store, node());
    before
        .set_flag(UID, "uploads", to(Some(false)))
        .await
        .unwrap();
    let (after, _) = operate(&store, NotingNode::default());
    let left = listed(&after, "uploads").await.unwrap();
    assert_eq!((left.on, left.configured), (None, None));
    assert!(left.set.is_some_and(|set| !set.on));
    let refused = after.set_flag(UID, "uploads", to(Some(true))).await;
    assert!(matches!(refused, Err(Refused::NotFound(_))), "{refused:?}");
    after.set_flag(UID, "uploads", to(None)).await.unwrap();
    assert_eq!(listed(&after, "uploads").await, None);
    assert_eq!(Decrees::load(&store).await.unwrap(), Decrees::default());
}

async fn what_is_no_flag_is_refused_with_the_nearest(store: TestStore) {
    let (operate, noted) = operate(&store, node());
    for on in [Some(true), Some(false), None] {
        let refused = operate.set_flag(UID, "uplods", to(on)).await;
        let Err(Refused::NotFound(told)) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(told, "no flag uplods");
    }
    let long = FlagInput {
        on: Some(false),
        reason: Some("x".repeat(changes::REASON_BYTES_MAX + 1)),
    };
    let refused = operate.set_flag(UID, "uploads", long).await;
    assert!(matches!(refused, Err(Refused::Invalid(_))), "{refused:?}");
    assert!(noted.flags.lock().unwrap().is_empty());
    assert_eq!(Decrees::load(&store).await.unwrap(), Decrees::default());
}

async fn what_could_not_be_kept_is_not_in_force(store: TestStore) {
    let (operate, noted) = operate(&store, node());
    store.close().await;
    let refused = operate.set_flag(UID, "uploads", to(Some(false))).await;
    assert!(matches!(refused, Err(Refused::Store(_))), "{refused:?}");
    assert!(noted.flags.lock().unwrap().is_empty());
}
