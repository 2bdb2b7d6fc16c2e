//! A group commit: many writes, each in its savepoint, one sync for all.
//!
//! Answers, refusals too, leave only after the COMMIT: a closure that found "taken" may have seen
//! a row of its own group, which a failed COMMIT takes back.

use crate::error::{EngineError, Error};
use crate::health::Pulse;
use crate::lane::Queue;
use crate::tx::Tx;
use crate::work::{Attempt, Work, attempt};

/// Writes that share one COMMIT and one sync. More would make the first wait for the last.
const GROUP_WRITES_MAX: usize = 256;

/// Runs `first` and what waits behind it, commits, and answers everybody. An error reaches past
/// the group.
pub(super) async fn write(
    tx: &mut Tx,
    first: Box<dyn Work>,
    queue: &mut Queue,
    pulse: &Pulse,
) -> Result<(), EngineError> {
    let mut group = Group {
        tx,
        members: Vec::new(),
        keeps_any: false,
    };
    let committed = group.run(first, queue).await;
    // Before anybody is answered: who then asks for the store's health must find it so.
    match &committed {
        Ok(()) if group.keeps_any => pulse.serving(),
        Ok(()) => {}
        Err(failure) => {
            pulse.failed(failure);
            // Often it is rolled back already, and then this says that there is none.
            let _ = group.tx.control("ROLLBACK").await;
        }
    }
    for (work, verdict) in group.members {
        match &committed {
            Ok(()) => work.settle(verdict),
            Err(failure) => work.settle(Err(failure.error.clone())),
        }
    }
    committed
}

struct Group<'t> {
    tx: &'t mut Tx,
    /// Who had its turn, with what it is told if the COMMIT succeeds.
    members: Vec<(Box<dyn Work>, Result<(), Error>)>,
    keeps_any: bool,
}

impl Group<'_> {
    async fn run(&mut self, first: Box<dyn Work>, queue: &mut Queue) -> Result<(), EngineError> {
        let mut next = Some(first);
        let begun = self.tx.control("BEGIN IMMEDIATE").await;
        while let Some(mut work) = next.take() {
            let turn = match &begun {
                Ok(()) => self.turn(&mut *work).await,
                Err(failure) => Err(failure.clone()),
            };
            match turn {
                Ok(verdict) => self.members.push((work, verdict)),
                Err(failure) => {
                    self.members.push((work, Ok(())));
                    return Err(failure);
                }
            }
            if self.members.len() < GROUP_WRITES_MAX {
                next = queue.waiting();
            }
        }
        self.tx.control("COMMIT").await
    }

    /// Runs one closure in its savepoint. Answers what it is told; an error is the whole group's.
    async fn turn(&mut self, work: &mut dyn Work) -> Result<Result<(), Error>, EngineError> {
        self.tx.serve(work.scope());
        self.tx.control("SAVEPOINT one_write").await?;
        let verdict = match attempt(work, self.tx).await {
            Attempt::Keep => {
                self.keeps_any = true;
                self.tx.control("RELEASE one_write").await?;
                return Ok(Ok(()));
            }
            Attempt::Undo => Ok(()),
            Attempt::Failed(failure) if failure.reaches_further() => return Err(failure),
            Attempt::Failed(failure) => Err(failure.error),
        };
        let undo = "ROLLBACK TO one_write; RELEASE one_write";
        self.tx.control(undo).await?;
        Ok(verdict)
    }
}
