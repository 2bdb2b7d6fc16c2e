//! Modes: proved before they are kept, and kept before they act.

use std::sync::atomic::Ordering;

use palisade_store::testing::TestStore;

use super::*;
use crate::node::Decrees;
use crate::node::testing::{NotingNode, UID, operate};
use crate::schema::MIGRATIONS;

palisade_store::on_both_engines!(&[MIGRATIONS] =>
    a_mode_acts_stays_after_a_restart_and_is_taken_back,
    a_mode_that_does_not_prove_itself_is_not_kept,
    a_mode_is_proved_once_and_acts_only_when_it_is_kept,
    what_is_no_control_or_no_mode_is_refused,
);

fn mode(mode: Option<&str>) -> ModeInput {
    ModeInput {
        mode: mode.map(str::to_owned),
        reason: None,
    }
}

const HEADERS: &str = "edge.headers";

async fn a_mode_acts_stays_after_a_restart_and_is_taken_back(store: TestStore) {
    let (operate, node) = operate(&store, NotingNode::default());
    operate
        .set_mode(UID, HEADERS, mode(Some("shadow")))
        .await
        .unwrap();
    let expected = Modes::from([(ControlId::EdgeHeaders, Mode::Shadow)]);
    assert_eq!(*node.modes.lock().unwrap(), std::slice::from_ref(&expected));
    drop(operate);
    let store = store.reopened().await;
    assert_eq!(Decrees::load(&store).await.unwrap().modes, expected);

    let (operate, node) = self::operate(&store, NotingNode::default());
    operate.set_mode(UID, HEADERS, mode(None)).await.unwrap();
    assert_eq!(*node.modes.lock().unwrap(), [Modes::new()]);
    assert_eq!(Decrees::load(&store).await.unwrap(), Decrees::default());
    let changes = operate.changes(None).await.unwrap().changes;
    let last = changes
        .iter()
        .find(|change| change.was.as_deref() == Some("shadow"));
    assert_eq!(last.unwrap().becomes.as_deref(), Some("as configured"));
}

async fn a_mode_that_does_not_prove_itself_is_not_kept(store: TestStore) {
    let node = NotingNode {
        unproven: Some("edge.headers does not bite"),
        ..NotingNode::default()
    };
    let (operate, node) = operate(&store, node);
    let refused = operate.set_mode(UID, HEADERS, mode(Some("enforce"))).await;
    assert!(matches!(refused, Err(Refused::Unproven(_))));
    assert!(node.modes.lock().unwrap().is_empty());
    assert_eq!(Decrees::load(&store).await.unwrap(), Decrees::default());
}

async fn a_mode_is_proved_once_and_acts_only_when_it_is_kept(store: TestStore) {
    let (kept, node) = operate(&store, NotingNode::default());
    kept.set_mode(UID, HEADERS, mode(Some("shadow")))
        .await
        .unwrap();
    // A second proof, after the decree is kept, could only refuse what is acknowledged already.
    assert_eq!(node.proofs.load(Ordering::Relaxed), 1);
    assert_eq!(node.modes.lock().unwrap().len(), 1);

    let node = NotingNode {
        closes_after_proof: Some((*store).clone()),
        ..NotingNode::default()
    };
    let (lost, node) = operate(&store, node);
    let refused = lost.set_mode(UID, HEADERS, mode(Some("off"))).await;
    assert!(matches!(refused, Err(Refused::Store(_))), "{refused:?}");
    assert!(node.modes.lock().unwrap().is_empty());
    let store = store.reopened().await;
    let kept = Decrees::load(&store).await.unwrap().modes;
    assert_eq!(kept, Modes::from([(ControlId::EdgeHeaders, Mode::Shadow)]));
}

async fn what_is_no_control_or_no_mode_is_refused(store: TestStore) {
    let (operate, _) = operate(&store, NotingNode::default());
    let unknown = operate
        .set_mode(UID, "edge.header", mode(Some("off")))
        .await;
    assert!(matches!(unknown, Err(Refused::NotFound(_))));
    let nonsense = operate.set_mode(UID, HEADERS, mode(Some("on"))).await;
    assert!(matches!(nonsense, Err(Refused::Invalid(_))));
}
