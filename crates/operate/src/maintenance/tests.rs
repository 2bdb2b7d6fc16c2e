//! The kill switch through the store and onto a node.

use palisade_store::testing::{BEGINNING, TestStore};

use super::*;
use crate::node::Decrees;
use crate::node::testing::{NotingNode, UID, operate};
use crate::schema::MIGRATIONS;

palisade_store::on_both_engines!(&[MIGRATIONS] =>
    a_thrown_switch_is_in_force_and_stays_thrown_after_a_restart,
    who_threw_it_when_and_why_is_recorded,
    nonsense_changes_nothing,
);

fn on(for_seconds: Option<u32>) -> MaintenanceInput {
    MaintenanceInput {
        on: true,
        for_seconds,
        message: Some(" Moving house. ".to_owned()),
        reason: Some("migration 42".to_owned()),
    }
}

async fn a_thrown_switch_is_in_force_and_stays_thrown_after_a_restart(store: TestStore) {
    let (operate, node) = operate(&store, NotingNode::default());
    operate.set_maintenance(UID, on(Some(90))).await.unwrap();
    let expected = MaintenanceWindow {
        until: Some(Timestamp::from_unix_micros(
            BEGINNING.unix_micros() + 90_000_000,
        )),
        message: Some("Moving house.".to_owned()),
    };
    assert_eq!(*node.windows.lock().unwrap(), [Some(expected.clone())]);
    drop(operate);
    let store = store.reopened().await;
    assert_eq!(
        Decrees::load(&store).await.unwrap().maintenance,
        Some(expected)
    );

    let (operate, node) = self::operate(&store, NotingNode::default());
    assert!(operate.maintenance().await.unwrap().on);
    let off = MaintenanceInput::default();
    assert!(!operate.set_maintenance(UID, off).await.unwrap().on);
    assert_eq!(*node.windows.lock().unwrap(), [None]);
    assert_eq!(Decrees::load(&store).await.unwrap(), Decrees::default());
}

async fn who_threw_it_when_and_why_is_recorded(store: TestStore) {
    let (operate, _) = operate(&store, NotingNode::default());
    operate.set_maintenance(UID, on(None)).await.unwrap();
    operate
        .set_maintenance(Actor::System, MaintenanceInput::default())
        .await
        .unwrap();
    let page = operate.changes(None).await.unwrap();
    let told: Vec<_> = page
        .changes
        .iter()
        .map(|change| {
            let reason = change.reason.as_deref().unwrap_or("-");
            format!("{} {} {} {reason}", change.at, change.actor, change.action)
        })
        .collect();
    let at = BEGINNING.rfc3339();
    let mut expected = [
        format!("{at} system maintenance.off -"),
        format!("{at} uid:1000 maintenance.on migration 42"),
    ];
    // Both happen at the same instant of the test's clock, so chance orders them.
    expected.sort();
    let mut told = told;
    told.sort();
    assert_eq!(told, expected);
    assert_eq!(page.before, None);
}

async fn nonsense_changes_nothing(store: TestStore) {
    let (operate, node) = operate(&store, NotingNode::default());
    let long = "x".repeat(MESSAGE_BYTES_MAX + 1);
    for input in [
        on(Some(0)),
        on(Some(SECONDS_MAX + 1)),
        MaintenanceInput {
            message: Some(long.clone()),
            ..on(None)
        },
        MaintenanceInput {
            reason: Some(long),
            ..on(None)
        },
    ] {
        let refused = operate.set_maintenance(UID, input).await;
        assert!(matches!(refused, Err(Refused::Invalid(_))), "{refused:?}");
    }
    assert!(node.windows.lock().unwrap().is_empty());
    assert_eq!(Decrees::load(&store).await.unwrap(), Decrees::default());
}
