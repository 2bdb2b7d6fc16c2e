//! Acknowledged means synced.

use crate::disk::Disk;
use crate::process::{Program, acknowledged};

const LOG: &str = "palisade.db-wal";

#[test]
fn no_acknowledgement_precedes_its_sync() {
    let disk = Disk::new();
    let mut program = Program::start(&disk);
    disk.behave(&format!("hold-sync {LOG}"));
    program.say("put 1");
    let before = program.until("sync-held");
    assert_eq!(acknowledged(&before), [0i64; 0]);
    disk.behave("pass");
    let after = program.until("ack 1");
    assert_eq!(after, [&format!("synced {LOG}"), "ack 1"]);
}

#[test]
fn every_acknowledgement_has_a_sync_of_its_own_before_it() {
    let disk = Disk::new();
    let mut program = Program::start(&disk);
    for number in 0..20 {
        program.say(&format!("put {number}"));
        let lines = program.until("ack");
        assert!(lines.contains(&format!("synced {LOG}")), "{lines:?}");
    }
}

#[test]
fn a_crowd_shares_syncs() {
    let disk = Disk::new();
    let mut program = Program::start(&disk);
    // The first write's sync is held until all others wait behind it.
    disk.behave(&format!("hold-sync {LOG}"));
    program.say("crowd 0 200");
    program.until("sync-held");
    disk.behave("pass");
    let lines = program.until("crowd done");
    assert_eq!(acknowledged(&lines).len(), 200);
    let syncs = lines
        .iter()
        .filter(|line| line.starts_with("synced"))
        .count();
    assert!(syncs < 20, "{syncs} syncs for 200 writes");
}

#[test]
fn a_failed_sync_stops_the_writer_and_keeps_what_was_acknowledged() {
    let disk = Disk::new();
    let mut program = Program::start(&disk);
    program.ask("put 1", "ack 1");
    disk.behave(&format!("fail-sync {LOG}"));
    program.say("crowd 10 5");
    let lines = program.until("crowd done");
    assert_eq!(acknowledged(&lines), [0i64; 0], "{lines:?}");

    // The disk works again, and nothing that it says is believed: fsync may succeed with the
    // pages gone.
    disk.behave("pass");
    let refused = program.ask("put 2", "refused 2");
    assert!(refused.contains("the store stopped"), "{refused}");
    assert!(refused.contains("restart Palisade"), "{refused}");
    assert!(program.ask("health", "health").contains("Stopped"));
    assert!(program.list().contains(&1), "reads still work");
    program.ask("close", "closed");
    assert!(
        disk.folder().join(LOG).metadata().unwrap().len() > 0,
        "the log is kept"
    );
    drop(program);

    let mut program = Program::start(&disk);
    assert!(program.list().contains(&1));
    program.ask("put 3", "ack 3");
}

#[test]
fn a_failed_sync_of_the_file_itself_stops_the_writer_too() {
    let disk = Disk::new();
    let mut program = Program::start(&disk);
    disk.behave("fail-sync palisade.db");
    let mut kept = Vec::new();
    // The log becomes long, is moved into the file, and that sync fails.
    let refusal = (0..200).find_map(|number| {
        program.say(&format!("put-large {number}"));
        loop {
            let line = program.line();
            if line.starts_with("ack") {
                kept.push(number);
                return None;
            }
            if line.starts_with("refused") {
                return Some(line);
            }
        }
    });
    let refusal = refusal.expect("a checkpoint that failed is noticed");
    assert!(refusal.contains("the store stopped"), "{refusal}");
    drop(program);
    disk.behave("pass");
    assert_eq!(Program::start(&disk).list(), kept);
}
