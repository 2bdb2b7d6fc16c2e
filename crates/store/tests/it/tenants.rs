//! One tenant never meets another's rows.

use palisade_kernel::TenantId;
use palisade_store::testing::{Postgres, TestStore, on_postgres};
use palisade_store::{Error, Scope, StoreOptions, Tx};

use crate::capability::{ADD_NOTE, LIST_NOTES, NOTES, SYSTEM_NOTES};

palisade_store::on_both_engines!(&[NOTES] =>
    a_tenant_sees_its_own_rows_and_the_system_all,
    a_statement_that_forgets_its_tenant_is_refused,
    the_system_has_no_tenant_to_bind,
);

fn tenant(name: &str) -> TenantId {
    TenantId::parse(name).unwrap()
}

async fn add(store: &TestStore, name: &str, id: i64, body: &'static str) {
    let closure = async move |tx: &mut Tx| tx.execute(ADD_NOTE, &[id.into(), body.into()]).await;
    store.write(&tenant(name), closure).await.unwrap();
}

async fn bodies(store: &TestStore, scope: impl Into<Scope>, sql: &'static str) -> Vec<String> {
    let rows = store
        .read(scope, async move |tx: &mut Tx| tx.rows(sql, &[]).await)
        .await
        .unwrap();
    rows.iter()
        .map(|row| row.text("body").unwrap().to_owned())
        .collect()
}

async fn a_tenant_sees_its_own_rows_and_the_system_all(store: TestStore) {
    add(&store, "north", 1, "n1").await;
    add(&store, "south", 1, "s1").await;
    add(&store, "north", 2, "n2").await;
    assert_eq!(
        bodies(&store, &tenant("north"), LIST_NOTES).await,
        ["n1", "n2"]
    );
    assert_eq!(bodies(&store, &tenant("south"), LIST_NOTES).await, ["s1"]);
    assert_eq!(bodies(&store, &tenant("west"), LIST_NOTES).await, [""; 0]);
    assert_eq!(
        bodies(&store, Scope::System, SYSTEM_NOTES).await,
        ["n1", "n2", "s1"]
    );
}

async fn a_statement_that_forgets_its_tenant_is_refused(store: TestStore) {
    let forgets = async |tx: &mut Tx| tx.rows(SYSTEM_NOTES, &[]).await;
    let error = store
        .read(&tenant("north"), forgets)
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("notes is a tenant table: say tenant = $tenant"),
        "{error}"
    );
}

async fn the_system_has_no_tenant_to_bind(store: TestStore) {
    let asks = async |tx: &mut Tx| tx.rows(LIST_NOTES, &[]).await;
    let error = store
        .read(Scope::System, asks)
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("it says $tenant, and the scope is System"),
        "{error}"
    );
}

/// The policies alone, our own check out of the way: the name of a view hides the table from it.
#[test]
fn postgres_keeps_tenants_apart_by_itself() {
    on_postgres(async |postgres: &Postgres| {
        let options = StoreOptions::Postgres(postgres.options());
        let store = TestStore::open(options, &[NOTES]).await;
        add(&store, "north", 1, "n1").await;
        add(&store, "south", 1, "s1").await;
        let schema = &postgres.schema;
        postgres
            .execute(format!(
                "SET ROLE {schema}_owner;
                CREATE VIEW {schema}.everything AS SELECT * FROM {schema}.notes;
                GRANT INSERT ON {schema}.everything TO {schema}_runtime"
            ))
            .await;
        let all = "SELECT tenant, id, body FROM everything ORDER BY body";
        assert_eq!(bodies(&store, &tenant("north"), all).await, ["n1"]);
        assert_eq!(bodies(&store, Scope::System, all).await, ["n1", "s1"]);

        let foreign = "INSERT INTO everything (tenant, id, body) VALUES ($1, 9, NULL)";
        let insert = async move |tx: &mut Tx| tx.execute(foreign, &["south".into()]).await;
        let refused = store.write(&tenant("north"), insert).await;
        assert!(matches!(refused, Err(Error::Denied(_))), "{refused:?}");
        assert_eq!(bodies(&store, Scope::System, all).await, ["n1", "s1"]);
    });
}
