//! Modes: proved before they are kept, and kept before they act.

use std::sync::{Arc, Mutex};

use palisade_kernel::{MaintenanceWindow, SystemRandom};
use palisade_store::testing::TestStore;

use super::*;
use crate::node::{Decrees, Node, NodeFuture};
use crate::schema::MIGRATIONS;

palisade_store::on_both_engines!(&[MIGRATIONS] =>
    a_mode_acts_stays_after_a_restart_and_is_taken_back,
    a_mode_that_does_not_prove_itself_is_not_kept,
    what_is_no_control_or_no_mode_is_refused,
);

#[derive(Default)]
struct Proving {
    unproven: bool,
    set: Mutex<Vec<Modes>>,
}

impl Node for Proving {
    fn set_maintenance(&self, _: Option<MaintenanceWindow>) {}

    fn may_ban(&self, _: ipnet::IpNet) -> Result<(), String> {
        Ok(())
    }

    fn ban(&self, _: palisade_kernel::Ban) -> NodeFuture<'_> {
        Box::pin(async { Ok(()) })
    }

    fn unban(&self, _: ipnet::IpNet) -> NodeFuture<'_> {
        Box::pin(async { Ok(()) })
    }

    fn prove_modes(&self, _: Modes) -> NodeFuture<'_> {
        let proved = match self.unproven {
            true => Err("edge.headers does not bite".to_owned()),
            false => Ok(()),
        };
        Box::pin(async { proved })
    }

    fn set_modes(&self, modes: Modes) -> NodeFuture<'_> {
        self.set.lock().unwrap().push(modes);
        Box::pin(async { Ok(()) })
    }
}

fn operate(store: &TestStore, node: Proving) -> (Operate, Arc<Proving>) {
    let node = Arc::new(node);
    let random = Arc::new(SystemRandom);
    (Operate::new((*store).clone(), node.clone(), random), node)
}

fn mode(mode: Option<&str>) -> ModeInput {
    ModeInput {
        mode: mode.map(str::to_owned),
        reason: None,
    }
}

const UID: Actor = Actor::Socket { uid: 0 };
const HEADERS: &str = "edge.headers";

async fn a_mode_acts_stays_after_a_restart_and_is_taken_back(store: TestStore) {
    let (operate, node) = operate(&store, Proving::default());
    operate
        .set_mode(UID, HEADERS, mode(Some("shadow")))
        .await
        .unwrap();
    let expected = Modes::from([(ControlId::EdgeHeaders, Mode::Shadow)]);
    assert_eq!(*node.set.lock().unwrap(), std::slice::from_ref(&expected));
    drop(operate);
    let store = store.reopened().await;
    assert_eq!(Decrees::load(&store).await.unwrap().modes, expected);

    let (operate, node) = self::operate(&store, Proving::default());
    operate.set_mode(UID, HEADERS, mode(None)).await.unwrap();
    assert_eq!(*node.set.lock().unwrap(), [Modes::new()]);
    assert_eq!(Decrees::load(&store).await.unwrap(), Decrees::default());
    let changes = operate.changes(None).await.unwrap().changes;
    let last = changes
        .iter()
        .find(|change| change.was.as_deref() == Some("shadow"));
    assert_eq!(last.unwrap().becomes.as_deref(), Some("as configured"));
}

async fn a_mode_that_does_not_prove_itself_is_not_kept(store: TestStore) {
    let node = Proving {
        unproven: true,
        ..Proving::default()
    };
    let (operate, node) = operate(&store, node);
    let refused = operate.set_mode(UID, HEADERS, mode(Some("enforce"))).await;
    assert!(matches!(refused, Err(Refused::Unproven(_))));
    assert!(node.set.lock().unwrap().is_empty());
    assert_eq!(Decrees::load(&store).await.unwrap(), Decrees::default());
}

async fn what_is_no_control_or_no_mode_is_refused(store: TestStore) {
    let (operate, _) = operate(&store, Proving::default());
    let unknown = operate
        .set_mode(UID, "edge.header", mode(Some("off")))
        .await;
    assert!(matches!(unknown, Err(Refused::NotFound(_))));
    let nonsense = operate.set_mode(UID, HEADERS, mode(Some("on"))).await;
    assert!(matches!(nonsense, Err(Refused::Invalid(_))));
}
