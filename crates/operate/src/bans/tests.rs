//! Bans: none is lost, whatever else the store holds.

use palisade_store::testing::TestStore;

use super::*;
use crate::node::Decrees;
use crate::node::testing::{NotingNode, UID, operate};
use crate::schema::MIGRATIONS;

palisade_store::on_both_engines!(&[MIGRATIONS] =>
    a_ban_is_there_after_a_restart_until_it_is_removed,
    what_a_later_release_wrote_hides_no_ban_behind_it,
    nonsense_bans_nobody,
);

/// One that this release cannot read, in place of another.
const UNREADABLE: &str = "UPDATE operate_bans SET source = 'oracle' WHERE network = $1";

fn input(network: &str) -> BanInput {
    BanInput {
        network: network.to_owned(),
        for_seconds: None,
        reason: None,
    }
}

async fn a_ban_is_there_after_a_restart_until_it_is_removed(store: TestStore) {
    let (ban, _) = operate(&store, NotingNode::default());
    ban.ban(UID, input("192.0.2.7")).await.unwrap();
    let store = store.reopened().await;
    let bans = Decrees::load(&store).await.unwrap().bans;
    assert_eq!(bans[0].network, "192.0.2.7/32".parse().unwrap());

    let (unban, _) = operate(&store, NotingNode::default());
    unban.unban(UID, "192.0.2.7").await.unwrap();
    assert_eq!(Decrees::load(&store).await.unwrap(), Decrees::default());
    let again = unban.unban(UID, "192.0.2.7").await;
    assert!(matches!(again, Err(Refused::NotFound(_))));
}

async fn what_a_later_release_wrote_hides_no_ban_behind_it(store: TestStore) {
    let (operate, _) = operate(&store, NotingNode::default());
    for network in ["192.0.2.1", "192.0.2.2", "192.0.2.3"] {
        operate.ban(UID, input(network)).await.unwrap();
    }
    let pages = store.write(Scope::System, async |tx: &mut Tx| {
        tx.execute(UNREADABLE, &["192.0.2.1/32".into()]).await?;
        let first = store::page(tx, None, 2).await?;
        let second = store::page(tx, first.after.as_deref(), 2).await?;
        Ok::<_, Refused>([first, second])
    });
    let [first, second] = pages.await.unwrap();
    let networks = |page: &store::Page| -> Vec<String> {
        page.bans
            .iter()
            .map(|ban| ban.network.to_string())
            .collect()
    };
    assert_eq!(networks(&first), ["192.0.2.2/32"]);
    assert_eq!(networks(&second), ["192.0.2.3/32"]);
    assert_eq!(second.after, None);
}

async fn nonsense_bans_nobody(store: TestStore) {
    let (operate, _) = operate(&store, NotingNode::default());
    for (network, for_seconds) in [
        ("", None),
        ("example.com", None),
        ("192.0.2.7/33", None),
        ("192.0.2.7", Some(0)),
        ("192.0.2.7", Some(SECONDS_MAX + 1)),
    ] {
        let input = BanInput {
            for_seconds,
            ..input(network)
        };
        let refused = operate.ban(UID, input).await;
        assert!(matches!(refused, Err(Refused::Invalid(_))), "{network}");
    }
    assert_eq!(Decrees::load(&store).await.unwrap(), Decrees::default());
}
