//! What a statement may say, and what its arguments and columns may be.

use palisade_store::testing::{TestStore, check_statements};
use palisade_store::{Error, Row, Scope, Tx, Value};

use crate::capability::{ADD_COUNTER, BUMP, COUNTER, NOTES, STATEMENTS};

palisade_store::on_both_engines!(&[NOTES] =>
    every_statement_is_accepted,
    a_statement_that_does_not_fit_the_schema_is_found,
    values_come_out_as_they_went_in,
    arguments_are_found_by_number_and_not_by_appearance,
    a_missing_argument_is_an_error_and_no_null,
    a_value_of_another_kind_is_refused,
);

async fn every_statement_is_accepted(store: TestStore) {
    check_statements(&store, STATEMENTS).await;
}

async fn a_statement_that_does_not_fit_the_schema_is_found(store: TestStore) {
    let check = check_statements(&store, &["SELECT nothing FROM counters"]);
    let check = std::panic::AssertUnwindSafe(check);
    assert!(futures_util::FutureExt::catch_unwind(check).await.is_err());
}

async fn write(store: &TestStore, sql: &'static str, arguments: Vec<Value>) -> Result<u64, Error> {
    store
        .write(Scope::System, async move |tx: &mut Tx| {
            tx.execute(sql, &arguments).await
        })
        .await
}

async fn counter(store: &TestStore, name: &'static str) -> Row {
    let read = async move |tx: &mut Tx| tx.one(COUNTER, &[name.into()]).await;
    store.read(Scope::System, read).await.unwrap()
}

async fn values_come_out_as_they_went_in(store: TestStore) {
    let all = vec![
        "a'b\0".replace('\0', "").into(),
        i64::MAX.into(),
        true.into(),
        b"\0\xff".into(),
    ];
    assert_eq!(write(&store, ADD_COUNTER, all).await.unwrap(), 1);
    let row = counter(&store, "a'b").await;
    assert_eq!(row.text("name").unwrap(), "a'b");
    assert_eq!(row.integer("value").unwrap(), i64::MAX);
    assert!(row.bool("flagged").unwrap());
    assert_eq!(row.bytes("stamp").unwrap(), b"\0\xff");

    let with_null = vec!["n".into(), 0i64.into(), false.into(), Value::Null];
    write(&store, ADD_COUNTER, with_null).await.unwrap();
    let row = counter(&store, "n").await;
    assert!(!row.bool("flagged").unwrap());
    assert_eq!(row.bytes_or_null("stamp").unwrap(), None);
}

async fn arguments_are_found_by_number_and_not_by_appearance(store: TestStore) {
    let add = vec!["a".into(), 1i64.into(), false.into(), Value::Null];
    write(&store, ADD_COUNTER, add).await.unwrap();
    // `SET value = $2 WHERE name = $1`.
    assert_eq!(
        write(&store, BUMP, vec!["a".into(), 7i64.into()])
            .await
            .unwrap(),
        1
    );
    assert_eq!(counter(&store, "a").await.integer("value").unwrap(), 7);
}

async fn a_missing_argument_is_an_error_and_no_null(store: TestStore) {
    for arguments in [
        vec![],
        vec!["a".into()],
        vec!["a".into(), 1i64.into(), Value::Null],
    ] {
        let got = arguments.len();
        let error = write(&store, BUMP, arguments)
            .await
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with(&format!("it takes 2 arguments and got {got}")),
            "{error}"
        );
    }
}

async fn a_value_of_another_kind_is_refused(store: TestStore) {
    let text_for_number = vec!["a".into(), "seven".into(), false.into(), Value::Null];
    assert!(write(&store, ADD_COUNTER, text_for_number).await.is_err());
    let number_for_bytes = vec!["a".into(), 1i64.into(), false.into(), 5i64.into()];
    assert!(write(&store, ADD_COUNTER, number_for_bytes).await.is_err());
}
