//! What a write and a read promise.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use palisade_store::testing::TestStore;
use palisade_store::{Error, Health, ROWS_MAX, Scope, Tx, Value, WAITING_MAX};

use crate::capability::{ADD_COUNTER, BUMP, COUNT, COUNTER, MARK, NOTES};

palisade_store::on_both_engines!(&[NOTES] =>
    a_refusal_undoes_its_own_writes_and_comes_back_as_it_is,
    a_taken_key_is_a_conflict,
    a_broken_rule_is_a_constraint,
    a_failed_statement_spoils_its_transaction,
    a_panic_costs_its_own_transaction_only,
    a_closure_that_takes_too_long_is_undone,
    a_read_cannot_write,
    a_read_sees_one_moment,
    writes_follow_one_another,
    what_was_acknowledged_is_there_after_a_restart,
    a_closed_store_refuses,
    more_than_can_wait_is_refused_at_once,
    an_answer_without_a_bound_is_refused,
    time_stands_still_in_a_transaction,
);

/// A domain error, as capabilities have them.
#[derive(Debug, thiserror::Error)]
enum CounterError {
    #[error("taken")]
    Taken,
    #[error(transparent)]
    Store(#[from] Error),
}

fn counter(name: &str, value: i64) -> Vec<Value> {
    vec![name.into(), value.into(), false.into(), Value::Null]
}

async fn add(store: &TestStore, name: &'static str, value: i64) -> Result<(), Error> {
    let closure = async move |tx: &mut Tx| tx.execute(ADD_COUNTER, &counter(name, value)).await;
    store.write(Scope::System, closure).await.map(|_| ())
}

async fn count(store: &TestStore) -> i64 {
    let row = store
        .read(Scope::System, async |tx: &mut Tx| tx.one(COUNT, &[]).await)
        .await;
    row.unwrap().integer("number").unwrap()
}

async fn value(store: &TestStore, name: &'static str) -> i64 {
    let read = async move |tx: &mut Tx| tx.one(COUNTER, &[name.into()]).await;
    store
        .read(Scope::System, read)
        .await
        .unwrap()
        .integer("value")
        .unwrap()
}

async fn a_refusal_undoes_its_own_writes_and_comes_back_as_it_is(store: TestStore) {
    let refuse = async |tx: &mut Tx| -> Result<(), CounterError> {
        tx.execute(ADD_COUNTER, &counter("a", 1)).await?;
        Err(CounterError::Taken)
    };
    // In the same group as a write that stands.
    let (refused, stands) = tokio::join!(store.write(Scope::System, refuse), add(&store, "b", 1));
    assert!(matches!(refused, Err(CounterError::Taken)));
    stands.unwrap();
    assert_eq!(count(&store).await, 1);
    assert_eq!(store.health(), Health::Serving);
}

async fn a_taken_key_is_a_conflict(store: TestStore) {
    add(&store, "a", 1).await.unwrap();
    assert!(matches!(add(&store, "a", 2).await, Err(Error::Conflict(_))));
    let typed = async |tx: &mut Tx| match tx.execute(ADD_COUNTER, &counter("a", 3)).await {
        Err(Error::Conflict(_)) => Err(CounterError::Taken),
        other => Ok(other?),
    };
    assert!(matches!(
        store.write(Scope::System, typed).await,
        Err(CounterError::Taken)
    ));
    assert_eq!(value(&store, "a").await, 1);
}

async fn a_broken_rule_is_a_constraint(store: TestStore) {
    assert!(matches!(
        add(&store, "a", -1).await,
        Err(Error::Constraint(_))
    ));
    let orphan = async |tx: &mut Tx| tx.execute(MARK, &["nobody".into(), 1i64.into()]).await;
    let refused = store.write(Scope::System, orphan).await;
    assert!(matches!(refused, Err(Error::Constraint(_))), "{refused:?}");
}

async fn a_failed_statement_spoils_its_transaction(store: TestStore) {
    add(&store, "a", 1).await.unwrap();
    let swallows = async |tx: &mut Tx| -> Result<bool, Error> {
        tx.execute(ADD_COUNTER, &counter("b", 1)).await?;
        let _ = tx.execute(ADD_COUNTER, &counter("a", 1)).await;
        Ok(tx.execute(ADD_COUNTER, &counter("c", 1)).await.is_err())
    };
    let answer = store.write(Scope::System, swallows).await;
    assert!(matches!(answer, Err(Error::Conflict(_))), "{answer:?}");
    assert_eq!(count(&store).await, 1);
}

async fn a_panic_costs_its_own_transaction_only(store: TestStore) {
    let panics = async |tx: &mut Tx| -> Result<(), Error> {
        tx.execute(ADD_COUNTER, &counter("a", 1)).await?;
        panic!("as some closure will");
    };
    let (panicked, stands) = tokio::join!(store.write(Scope::System, panics), add(&store, "b", 1));
    assert!(matches!(panicked, Err(Error::Panicked)));
    stands.unwrap();
    let panics = async |_: &mut Tx| -> Result<(), Error> { panic!("as some closure will") };
    assert!(matches!(
        store.read(Scope::System, panics).await,
        Err(Error::Panicked)
    ));
    assert_eq!(count(&store).await, 1);
}

async fn a_closure_that_takes_too_long_is_undone(store: TestStore) {
    let waits = async |tx: &mut Tx| -> Result<(), Error> {
        tx.execute(ADD_COUNTER, &counter("a", 1)).await?;
        std::future::pending().await
    };
    let late = store.write(Scope::System, waits).await;
    assert!(
        matches!(late, Err(Error::TooSlow { seconds: 5 })),
        "{late:?}"
    );
    add(&store, "b", 1).await.unwrap();
    assert_eq!(count(&store).await, 1);
}

async fn a_read_cannot_write(store: TestStore) {
    let writes = async |tx: &mut Tx| tx.execute(ADD_COUNTER, &counter("a", 1)).await;
    let refused = store
        .read(Scope::System, writes)
        .await
        .unwrap_err()
        .to_string();
    assert!(refused.contains("read"), "{refused}");
    assert_eq!(count(&store).await, 0);
}

async fn a_read_sees_one_moment(store: TestStore) {
    add(&store, "a", 1).await.unwrap();
    let (begun, seen) = tokio::sync::oneshot::channel();
    let (go_on, wait) = tokio::sync::oneshot::channel::<()>();
    let channels = std::sync::Mutex::new(Some((begun, wait)));
    let twice = async move |tx: &mut Tx| -> Result<(i64, i64), Error> {
        let first = tx.one(COUNT, &[]).await?.integer("number")?;
        let (begun, wait) = channels.lock().unwrap().take().expect("it runs once");
        begun.send(()).unwrap();
        wait.await.unwrap();
        Ok((first, tx.one(COUNT, &[]).await?.integer("number")?))
    };
    let write = async {
        seen.await.unwrap();
        add(&store, "b", 1).await.unwrap();
        go_on.send(()).unwrap();
    };
    let (counts, ()) = tokio::join!(store.read(Scope::System, twice), write);
    assert_eq!(counts.unwrap(), (1, 1));
    assert_eq!(count(&store).await, 2);
}

/// Each reads, and writes one more: none is lost, though on Postgres they cross.
async fn writes_follow_one_another(store: TestStore) {
    add(&store, "a", 0).await.unwrap();
    let runs = Arc::new(AtomicU32::new(0));
    let writes = (0..12).map(|_| {
        let runs = Arc::clone(&runs);
        store.write(
            Scope::System,
            async move |tx: &mut Tx| -> Result<u64, Error> {
                runs.fetch_add(1, Ordering::Relaxed);
                let value = tx.one(COUNTER, &["a".into()]).await?.integer("value")?;
                tx.execute(BUMP, &["a".into(), (value + 1).into()]).await
            },
        )
    });
    let acknowledged = futures_util::future::join_all(writes).await;
    let kept = acknowledged.iter().filter(|answer| answer.is_ok()).count();
    assert!(kept > 0);
    assert_eq!(
        value(&store, "a").await,
        i64::try_from(kept).unwrap(),
        "{acknowledged:?}"
    );
}

async fn what_was_acknowledged_is_there_after_a_restart(store: TestStore) {
    add(&store, "a", 7).await.unwrap();
    let store = store.reopened().await;
    assert_eq!(value(&store, "a").await, 7);
}

async fn a_closed_store_refuses(store: TestStore) {
    store.close().await;
    assert!(matches!(
        add(&store, "a", 1).await,
        Err(Error::Stopped { .. })
    ));
    assert!(store.probe().await.is_err());
}

async fn more_than_can_wait_is_refused_at_once(store: TestStore) {
    let (open, gate) = tokio::sync::watch::channel(false);
    let waits = |_| {
        let gate = gate.clone();
        store.write(
            Scope::System,
            async move |_: &mut Tx| -> Result<(), Error> {
                gate.clone().wait_for(|open| *open).await.unwrap();
                Ok(())
            },
        )
    };
    let mut answers: FuturesUnordered<_> = (0..WAITING_MAX + 64).map(waits).collect();
    let first = answers.next().await.unwrap();
    assert!(
        matches!(
            first,
            Err(Error::Overloaded {
                waiting: WAITING_MAX
            })
        ),
        "{first:?}"
    );
    open.send(true).unwrap();
    let rest: Vec<_> = answers.collect().await;
    assert!(rest.iter().filter(|answer| answer.is_ok()).count() >= WAITING_MAX);
}

async fn an_answer_without_a_bound_is_refused(store: TestStore) {
    let sql = "WITH RECURSIVE n (i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < $1) SELECT i FROM n";
    let most = i64::try_from(ROWS_MAX).unwrap();
    for (asked, fits) in [(most, true), (most + 1, false)] {
        let read = async move |tx: &mut Tx| tx.rows(sql, &[asked.into()]).await;
        assert_eq!(
            store.read(Scope::System, read).await.is_ok(),
            fits,
            "{asked}"
        );
    }
}

async fn time_stands_still_in_a_transaction(store: TestStore) {
    let clock = Arc::clone(&store.clock);
    let twice = async move |tx: &mut Tx| -> Result<_, Error> {
        let first = tx.now();
        clock.advance(Duration::from_secs(1));
        Ok((first, tx.now()))
    };
    let (first, second) = store.read(Scope::System, twice).await.unwrap();
    assert_eq!(first, second);
}
