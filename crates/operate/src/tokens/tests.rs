//! Tokens: good until they end, good for nothing else.

use palisade_store::testing::{BEGINNING, TestStore};

use super::*;
use crate::node::testing::{NotingNode, UID};
use crate::schema::MIGRATIONS;

palisade_store::on_both_engines!(&[MIGRATIONS] =>
    a_token_is_good_until_it_is_revoked,
    a_token_ends_by_itself,
    only_the_whole_token_is_good,
    what_cannot_be_a_token_is_refused,
    there_are_only_so_many_live_ones,
);

fn operate(store: &TestStore) -> Operate {
    crate::node::testing::operate(store, NotingNode::default()).0
}

fn input() -> TokenInput {
    TokenInput {
        name: "deploys".to_owned(),
        permission: Permission::Operate,
        days: 30,
        reason: None,
    }
}

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

async fn there_are_only_so_many_live_ones(store: TestStore) {
    let operate = operate(&store);
    let token = |number: u32| Token {
        id: format!("{number}"),
        name: "deploys".to_owned(),
        hash: Vec::new(),
        permission: Permission::Read,
        created: BEGINNING.plus(Duration::from_secs(number.into())),
        expires: BEGINNING.plus(DAY),
        revoked: None,
    };
    // The revoked ones are the later ones, and more than are listed.
    let made = store.write(Scope::System, async move |tx: &mut Tx| {
        for number in 0..LIVE_MAX + 1_000 {
            let token = token(number);
            store::insert(tx, &token).await?;
            if number >= LIVE_MAX {
                store::revoke(tx, &token.id).await?;
            }
        }
        Ok::<_, Refused>(())
    });
    made.await.unwrap();
    let refused = operate.create_token(UID, input()).await;
    assert!(matches!(refused, Err(Refused::Invalid(_))));
    operate.revoke_token(UID, "0".to_owned()).await.unwrap();
    operate.create_token(UID, input()).await.unwrap();
}
