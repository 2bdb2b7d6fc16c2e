//! State in Postgres: made by one command, kept through a kill, and no request's business when
//! the database goes.

use std::fs;

use rustix::process::Signal;
use serde_json::Value;

use crate::client::Client;
use crate::patience::eventually;
use crate::postgres::{Deployment, prepared, succeeded};
use crate::process::{Process, palisade, run};

fn store_in_readyz(process: &Process) -> (u16, Value) {
    let answer = Client::plain(process.ops_address()).get("/readyz");
    (answer.status(), answer.json()["store"].clone())
}

#[test]
fn what_is_decreed_is_kept_in_postgres_by_a_login_that_changes_no_schema() {
    let deployment = Deployment::new();
    let process = deployment.node();
    let status = succeeded(&deployment.command(&["store", "status"]));
    // The tests' server does not sync; the roles lack nothing.
    let (health, rest) = status.split_once('\n').unwrap();
    assert_eq!(health, "Postgres: serving");
    assert!(
        rest.lines().all(|line| line.contains("fsync = off")),
        "{status}"
    );
    succeeded(&deployment.command(&["maintenance", "on"]));
    assert_eq!(process.client().get("/").status(), 503);
    process.signal(Signal::KILL);
    drop(process);
    let process = deployment.node();
    assert_eq!(
        process.client().get("/").status(),
        503,
        "it was acknowledged"
    );
}

#[test]
fn a_database_that_is_gone_costs_no_request_and_decrees_say_so_until_it_is_back() {
    let deployment = Deployment::new();
    let process = deployment.node();
    assert_eq!(
        store_in_readyz(&process),
        (200, Value::String("serving".to_owned()))
    );

    deployment.relay.cut();
    let refused = deployment.command(&["maintenance", "on"]);
    assert_eq!(refused.status.code(), Some(3));
    let errors = String::from_utf8(refused.stderr).unwrap();
    assert!(
        errors.contains("store does not answer; nothing was changed"),
        "{errors}"
    );
    assert_eq!(
        process.client().get("/").status(),
        200,
        "nothing is in force"
    );
    deployment.app.request();
    let (status, _) = eventually("readyz tells", || {
        let told = store_in_readyz(&process);
        (told.1 == "gone").then_some(told)
    });
    assert_eq!(status, 200, "requests are still judged: the node stays in");
    assert!(
        process
            .metrics()
            .contains("palisade_store_serving{engine=\"Postgres\"} 0")
    );

    deployment.relay.mend();
    eventually("the store serves again", || {
        (store_in_readyz(&process).1 == "serving").then_some(())
    });
    succeeded(&deployment.command(&["maintenance", "on"]));
    assert_eq!(process.client().get("/").status(), 503);
}

#[test]
fn a_login_that_may_not_migrate_is_told_who_may() {
    let folder = tempfile::Builder::new().prefix("store").tempdir().unwrap();
    let settings = prepared(folder.path());
    let refused = palisade(&["store", "migrate", "--upstream", "http://127.0.0.1:1"])
        .envs(
            settings
                .into_iter()
                .filter(|(name, _)| !name.contains("MIGRATION")),
        )
        .output()
        .unwrap();
    let errors = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(3));
    assert!(errors.contains("migration"), "{errors}");
}

#[test]
fn migrating_without_a_database_or_by_a_wrong_login_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let none = run(&["store", "migrate", "--upstream", "http://127.0.0.1:1"]);
    let errors = String::from_utf8(none.stderr).unwrap();
    assert!(errors.contains("PALISADE_STORE__URL"), "{errors}");

    let file = folder.path().join("url");
    fs::write(&file, "postgres://nobody:secret@127.0.0.1:1/none").unwrap();
    let prepare = [
        "store",
        "prepare",
        "--owner-url-file",
        file.to_str().unwrap(),
    ];
    let refused = run(&prepare);
    let errors = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(3));
    assert!(
        errors.contains("127.0.0.1:1/none") && !errors.contains("secret"),
        "{errors}"
    );
}
