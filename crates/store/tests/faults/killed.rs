//! `kill -9` under load: what was acknowledged is there at the next start.

use palisade_kernel::{Random, SeededRandom};

use crate::disk::Disk;
use crate::process::{Program, acknowledged};

const ROUNDS: i64 = 20;
/// Writes that are under way when the program is killed.
const CROWD: i64 = 2_000;

#[test]
fn what_was_acknowledged_survives_twenty_kills() {
    let disk = Disk::new();
    let random = SeededRandom::new(20);
    let mut kept = Vec::new();
    let mut cut_short = 0;
    for round in 0..ROUNDS {
        let mut program = Program::start(&disk);
        let found = program.list();
        let lost: Vec<_> = kept
            .iter()
            .filter(|number| !found.contains(number))
            .collect();
        assert!(lost.is_empty(), "lost before round {round}: {lost:?}");
        let from = round * CROWD;
        // Several crowds, so that the queue is refilled and checkpoints come by.
        program.say(&format!("crowd {from} 1000"));
        program.say(&format!("crowd {} 1000", from + 1_000));
        let mut byte = [0];
        random.fill(&mut byte);
        for _ in 0..usize::from(byte[0]) * 4 {
            kept.extend(acknowledged(&[program.line()]));
        }
        let rest = program.kill();
        kept.extend(acknowledged(&rest));
        cut_short += u32::from(rest.iter().filter(|line| *line == "crowd done").count() < 2);
    }
    assert!(cut_short > 0, "no kill came in the middle");
    let found = Program::start(&disk).list();
    assert!(kept.iter().all(|number| found.contains(number)));
}
