//! Tokens: good until they end, good for nothing else.

use std::sync::Arc;
use std::time::Duration;

use palisade_kernel::{MaintenanceWindow, SystemRandom};
use palisade_store::testing::TestStore;

use super::*;
use crate::node::{Modes, Node, NodeFuture};
use crate::schema::MIGRATIONS;

palisade_store::on_both_engines!(&[MIGRATIONS] =>
    a_token_is_good_until_it_is_revoked,
    a_token_ends_by_itself,
    only_the_whole_token_is_good,
    what_cannot_be_a_token_is_refused,
);

/// A node that nobody tells anything.
struct Untouched;

impl Node for Untouched {
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
        Box::pin(async { Ok(()) })
    }

    fn set_modes(&self, _: Modes) -> NodeFuture<'_> {
        Box::pin(async { Ok(()) })
    }
}

fn operate(store: &TestStore) -> Operate {
    Operate::new(
        (*store).clone(),
        Arc::new(Untouched),
        Arc::new(SystemRandom),
    )
}

fn input() -> TokenInput {
    TokenInput {
        name: "deploys".to_owned(),
        permission: Permission::Operate,
        days: 30,
        reason: None,
    }
}

const UID: Actor = Actor::Socket { uid: 0 };

async fn a_token_is_good_until_it_is_revoked(store: TestStore) {
    let operate = operate(&store);
    let made = operate.create_token(UID, input()).await.unwrap();
    let caller = operate.bearer(&made.token).await.unwrap().unwrap();
    assert_eq!(caller.permission, Permission::Operate);
    assert_eq!(
        caller.actor,
        Actor::Token {
            id: made.id.clone()
        }
    );
    operate.revoke_token(UID, made.id.clone()).await.unwrap();
    assert_eq!(operate.bearer(&made.token).await.unwrap(), None);
    let again = operate.revoke_token(UID, made.id).await;
    assert!(matches!(again, Err(Refused::NotFound(_))));
    let listed = operate.tokens().await.unwrap().tokens;
    assert_eq!(listed[0].state, "revoked");
}

async fn a_token_ends_by_itself(store: TestStore) {
    let operate = operate(&store);
    let made = operate.create_token(UID, input()).await.unwrap();
    store
        .clock
        .advance(Duration::from_secs(30 * 24 * 60 * 60 - 1));
    assert!(operate.bearer(&made.token).await.unwrap().is_some());
    store.clock.advance(Duration::from_secs(1));
    assert_eq!(operate.bearer(&made.token).await.unwrap(), None);
    assert_eq!(operate.tokens().await.unwrap().tokens[0].state, "expired");
}

async fn only_the_whole_token_is_good(store: TestStore) {
    let operate = operate(&store);
    let made = operate.create_token(UID, input()).await.unwrap();
    let other = operate.create_token(UID, input()).await.unwrap();
    let (_, secret) = parts(&other.token).unwrap();
    let crossed = format!("{PREFIX}{}_{secret}", made.id);
    let short = &made.token[..made.token.len() - 1];
    for token in [
        "",
        "pal_",
        "pal_x_y",
        short,
        &crossed,
        &format!("{}0", made.token),
    ] {
        assert_eq!(operate.bearer(token).await.unwrap(), None, "{token}");
    }
}

async fn what_cannot_be_a_token_is_refused(store: TestStore) {
    let operate = operate(&store);
    for wrong in [
        TokenInput {
            name: " ".to_owned(),
            ..input()
        },
        TokenInput {
            name: "a\nb".to_owned(),
            ..input()
        },
        TokenInput { days: 0, ..input() },
        TokenInput {
            days: DAYS_MAX + 1,
            ..input()
        },
        TokenInput {
            permission: Permission::Open,
            ..input()
        },
    ] {
        let refused = operate.create_token(UID, wrong).await;
        assert!(matches!(refused, Err(Refused::Invalid(_))));
    }
    assert!(operate.tokens().await.unwrap().tokens.is_empty());
}
