//! Bans: none is lost, whatever else the store holds.

use palisade_store::Store;
use palisade_store::testing::{BEGINNING, TestStore};

use super::*;
use crate::node::testing::{NotingNode, UID, operate};
use crate::schema::MIGRATIONS;

palisade_store::on_both_engines!(&[MIGRATIONS] =>
    a_ban_is_there_after_a_restart_until_it_is_removed,
    what_a_later_release_wrote_hides_no_ban_behind_it,
    nonsense_bans_nobody,
    a_ban_that_the_node_has_no_room_for_is_not_kept,
    a_list_is_banned_whole_with_one_record,
    a_list_with_one_mistake_bans_nobody,
    what_a_node_bans_is_kept_listed_and_taken_back_like_any_other,
    what_a_node_bans_never_shortens_an_operators_ban,
    bans_that_ended_are_forgotten_once_they_no_longer_count,
    many_bans_are_read_page_by_page,
);

/// How long an ended ban counts towards the next, in these tests.
const REMEMBER: Duration = Duration::from_secs(7 * 24 * 60 * 60);

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
    let bans = loaded(&store).await;
    assert_eq!(bans[0].network, "192.0.2.7/32".parse().unwrap());

    let (unban, _) = operate(&store, NotingNode::default());
    unban.unban(UID, "192.0.2.7").await.unwrap();
    assert_eq!(loaded(&store).await, []);
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
        let first = store::page(tx, None, BEGINNING, 2).await?;
        let second = store::page(tx, first.after.as_deref(), BEGINNING, 2).await?;
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
    assert_eq!(loaded(&store).await, []);
}

/// What a node finds at its start.
async fn loaded(store: &Store) -> Vec<Ban> {
    let mut bans = Vec::new();
    load(store, REMEMBER, |page| bans.extend(page))
        .await
        .unwrap();
    bans
}

/// As a node makes them by itself.
fn automatic(network: &str, since: Timestamp, seconds: u64) -> Ban {
    Ban {
        network: network.parse().unwrap(),
        until: Some(since.plus(Duration::from_secs(seconds))),
        since,
        reason: "asked shop.test for the decoy /.env".to_owned(),
        source: BanSource::Honeypot,
        strikes: 2,
    }
}

async fn what_a_node_bans_is_kept_listed_and_taken_back_like_any_other(store: TestStore) {
    let (operate, node) = operate(&store, NotingNode::default());
    let ban = automatic("192.0.2.7/32", BEGINNING, 60);
    let other = automatic("2001:db8::/64", BEGINNING, 60);
    node.unkept
        .lock()
        .unwrap()
        .extend([ban.clone(), other.clone()]);
    assert_eq!(operate.keep_bans().await.unwrap(), 2);
    assert_eq!(operate.keep_bans().await.unwrap(), 0);
    let listed = operate.bans(None).await.unwrap().bans;
    assert_eq!(listed[0].source, "edge.honeypot");
    assert_eq!(loaded(&store).await, [ban.clone(), other]);

    // One that nobody has kept yet can be taken back as well.
    let fresh = automatic("192.0.2.8/32", BEGINNING, 60);
    node.unkept.lock().unwrap().push(fresh);
    operate.unban(UID, "192.0.2.8").await.unwrap();
    operate.unban(UID, "2001:db8::9").await.unwrap();
    assert_eq!(loaded(&store).await, [ban]);
    assert_eq!(operate.keep_bans().await.unwrap(), 0);
}

async fn what_a_node_bans_never_shortens_an_operators_ban(store: TestStore) {
    let (operate, node) = operate(&store, NotingNode::default());
    operate.ban(UID, input("192.0.2.7")).await.unwrap();
    let two_hours = BanInput {
        for_seconds: Some(7200),
        ..input("192.0.2.8")
    };
    operate.ban(UID, two_hours).await.unwrap();
    let bans = ["192.0.2.7/32", "192.0.2.8/32"].map(|it| automatic(it, BEGINNING, 60));
    node.unkept.lock().unwrap().extend(bans);
    assert_eq!(operate.keep_bans().await.unwrap(), 2);
    let sources = loaded(&store).await.into_iter().map(|ban| ban.source);
    assert_eq!(sources.collect::<Vec<_>>(), [BanSource::Operator; 2]);
    // A later end takes its place.
    let longer = automatic("192.0.2.8/32", BEGINNING, 7201);
    node.unkept.lock().unwrap().push(longer.clone());
    operate.keep_bans().await.unwrap();
    assert_eq!(loaded(&store).await[1], longer);
}

async fn bans_that_ended_are_forgotten_once_they_no_longer_count(store: TestStore) {
    let (operate, node) = operate(&store, NotingNode::default());
    operate.ban(UID, input("192.0.2.1")).await.unwrap();
    let short = automatic("192.0.2.2/32", BEGINNING, 60);
    let long = automatic("192.0.2.3/32", BEGINNING, 3600);
    node.unkept.lock().unwrap().extend([short, long]);
    operate.keep_bans().await.unwrap();
    let check = async |deleted: u64, listed: usize, kept: usize| {
        assert_eq!(operate.forget_ended_bans(REMEMBER).await.unwrap(), deleted);
        assert_eq!(operate.bans(None).await.unwrap().bans.len(), listed);
        assert_eq!(loaded(&store).await.len(), kept);
    };
    check(0, 3, 3).await;
    store.clock.advance(Duration::from_secs(60));
    check(0, 2, 3).await;
    store.clock.advance(REMEMBER);
    check(1, 1, 2).await;
    store.clock.advance(Duration::from_secs(3600));
    check(1, 1, 1).await;
}

/// As many rows as an argument says, each a network of its own without an end.
const MANY: &str = "INSERT INTO operate_bans (network, ends, since, reason, source, strikes)
    WITH RECURSIVE numbers (n) AS
        (SELECT CAST(0 AS BIGINT) UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < $1)
    SELECT '10.' || (n / 65536) || '.' || (n / 256 % 256) || '.' || (n % 256) || '/32',
        NULL, 0, 'a test', 'operator', 1 FROM numbers";

async fn many_bans_are_read_page_by_page(store: TestStore) {
    const BANS: i64 = 22_345;
    let write = async |tx: &mut Tx| Ok(tx.execute(MANY, &[BANS.into()]).await?);
    let written: Result<u64, Refused> = store.write(Scope::System, write).await;
    assert_eq!(written.unwrap(), BANS as u64);
    let mut pages = Vec::new();
    load(&store, REMEMBER, |page| pages.push(page.len()))
        .await
        .unwrap();
    assert_eq!(pages, [5_000, 5_000, 5_000, 5_000, 2_345]);
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
    assert_eq!(loaded(&store).await, []);
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

async fn a_ban_that_the_node_has_no_room_for_is_not_kept(store: TestStore) {
    let full = NotingNode {
        room_for_bans: 0,
        ..NotingNode::default()
    };
    let (operate, _) = crate::node::testing::operate(&store, full);
    let refused = operate.ban(UID, input("192.0.2.7")).await.unwrap_err();
    assert!(refused.to_string().contains("room for 0 more"), "{refused}");
    assert_eq!(loaded(&store).await, []);
}
