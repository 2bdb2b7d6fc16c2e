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
    a_list_is_banned_whole_with_one_record,
    a_list_with_one_mistake_bans_nobody,
    more_bans_than_one_read_takes_are_all_there_after_a_restart,
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

fn list(networks: &[&str]) -> BansInput {
    BansInput {
        networks: networks.iter().map(|&text| text.to_owned()).collect(),
        for_seconds: None,
        reason: Some("a list".to_owned()),
    }
}

async fn a_list_is_banned_whole_with_one_record(store: TestStore) {
    let (operate, _) = operate(&store, NotingNode::default());
    let input = list(&["192.0.2.7", "192.0.2.7/32", "2001:db8::/32"]);
    let taken = operate.ban_all(UID, input).await.unwrap();
    assert_eq!(taken, BansTaken { taken: 2 });
    let bans = operate.bans(None).await.unwrap().bans;
    let seen: Vec<_> = bans.iter().map(|ban| &*ban.network).collect();
    assert_eq!(seen, ["192.0.2.7/32", "2001:db8::/32"]);
    assert!(bans.iter().all(|ban| ban.reason == "a list"));
    let changes = operate.changes(None).await.unwrap().changes;
    let [change] = &changes[..] else {
        panic!("{changes:?}")
    };
    assert_eq!(
        (&*change.action, &*change.subject),
        ("ban.import", "2 networks")
    );
}

async fn a_list_with_one_mistake_bans_nobody(store: TestStore) {
    let (operate, _) = operate(&store, NotingNode::default());
    let refused = |networks: &[&str]| operate.ban_all(UID, list(networks));
    let unread = refused(&["192.0.2.7", "example.com"]).await.unwrap_err();
    assert!(unread.to_string().contains("`example.com`"), "{unread}");
    let wide = refused(&["192.0.2.7", "0.0.0.0/0"]).await.unwrap_err();
    assert!(wide.to_string().contains("the whole internet"), "{wide}");
    let many = vec!["192.0.2.7"; IMPORT_MAX + 1];
    for networks in [&[][..], &many] {
        let refused = refused(networks).await;
        assert!(matches!(refused, Err(Refused::Invalid(_))));
    }
    assert_eq!(Decrees::load(&store).await.unwrap(), Decrees::default());
    let full = NotingNode {
        room_for_bans: 1,
        ..NotingNode::default()
    };
    let (operate, _) = crate::node::testing::operate(&store, full);
    let refused = operate
        .ban_all(UID, list(&["192.0.2.7", "192.0.2.8"]))
        .await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("room for 1 more"), "{refused}");
}

async fn more_bans_than_one_read_takes_are_all_there_after_a_restart(store: TestStore) {
    let (operate, _) = operate(&store, NotingNode::default());
    let all: Vec<String> = (0..store::BATCH + 1)
        .map(|number| std::net::Ipv4Addr::from_bits(0x0b00_0000 + number as u32).to_string())
        .collect();
    for part in all.chunks(IMPORT_MAX) {
        let texts: Vec<&str> = part.iter().map(|text| &**text).collect();
        operate.ban_all(UID, list(&texts)).await.unwrap();
    }
    let bans = Decrees::load(&store).await.unwrap().bans;
    let networks: std::collections::HashSet<_> = bans.iter().map(|ban| ban.network).collect();
    assert_eq!((bans.len(), networks.len()), (all.len(), all.len()));
}
