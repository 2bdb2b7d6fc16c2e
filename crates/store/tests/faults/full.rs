//! A disk that is full refuses writes, harms nothing, and is forgotten once there is space.

use crate::disk::Disk;
use crate::process::{Program, acknowledged};

#[test]
fn a_full_disk_refuses_and_recovers_without_a_restart() {
    let disk = Disk::new();
    let mut program = Program::start(&disk);
    program.ask("put 1", "ack 1");
    disk.behave("full");
    let refused = program.ask("put-large 2", "refused 2");
    assert!(refused.contains("the disk is full"), "{refused}");
    assert!(program.ask("health", "health").contains("DiskFull"));
    assert_eq!(program.list(), [1], "reads still work");
    program.say("crowd 10 20");
    let lines = program.until("crowd done");
    let meanwhile = acknowledged(&lines);

    disk.behave("pass");
    program.ask("put-large 3", "ack 3");
    assert_eq!(program.ask("health", "health"), "health Serving");
    let mut expected = [vec![1, 3], meanwhile].concat();
    expected.sort_unstable();
    assert_eq!(program.list(), expected);
    program.ask("close", "closed");
    drop(program);
    assert_eq!(Program::start(&disk).list(), expected);
}

#[test]
fn a_disk_that_is_full_at_the_start_is_named() {
    let disk = Disk::new();
    disk.behave("full");
    let mut program = Program::spawn(&disk);
    let line = program.line();
    assert!(line.starts_with("cannot open: "), "{line}");
    assert!(line.contains("full"), "{line}");
}
