//! A closure on its way to the thread that runs it, and its answer on the way back.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use tokio::sync::oneshot;
use tracing::{Instrument, Span};

use crate::error::{EngineError, Error};
use crate::scope::Scope;
use crate::tx::Tx;

/// How long a closure may take. It holds the one writer, or a connection others wait for.
pub const TRANSACTION_TIME_MAX: Duration = Duration::from_secs(5);

/// A closure with its types erased.
pub(crate) trait Work: Send {
    fn scope(&self) -> Scope;
    /// Runs the closure, keeps what it answers, and says whether that is `Ok`.
    fn run<'a>(&'a mut self, tx: &'a mut Tx) -> LocalBoxFuture<'a, bool>;
    /// Hands over the closure's answer, or the reason why it counts for nothing.
    fn settle(self: Box<Self>, verdict: Result<(), Error>);
}

pub(crate) struct Job<F, T, E> {
    scope: Scope,
    closure: F,
    answer: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
    span: Span,
}

impl<F, T, E> Job<F, T, E> {
    pub(crate) fn new(scope: Scope, closure: F) -> (Box<Self>, oneshot::Receiver<Result<T, E>>) {
        let (reply, answer) = oneshot::channel();
        let job = Self {
            scope,
            closure,
            answer: None,
            reply,
            span: Span::current(),
        };
        (Box::new(job), answer)
    }
}

impl<F, T, E> Work for Job<F, T, E>
where
    F: AsyncFn(&mut Tx) -> Result<T, E> + Send,
    T: Send,
    E: From<Error> + Send,
{
    fn scope(&self) -> Scope {
        self.scope.clone()
    }

    fn run<'a>(&'a mut self, tx: &'a mut Tx) -> LocalBoxFuture<'a, bool> {
        self.answer = None;
        let span = self.span.clone();
        let run = async {
            let answer = self.answer.insert((self.closure)(tx).await);
            answer.is_ok()
        };
        Box::pin(run.instrument(span))
    }

    fn settle(self: Box<Self>, verdict: Result<(), Error>) {
        let answer = match (verdict, self.answer) {
            (Err(error), _) => Err(error.into()),
            (Ok(()), Some(answer)) => answer,
            (Ok(()), None) => Err(Error::Panicked.into()),
        };
        // Who no longer waits does not want to know.
        let _ = self.reply.send(answer);
    }
}

/// What became of a closure, before anything is committed.
#[derive(Debug)]
pub(crate) enum Attempt {
    /// Its writes are to be kept.
    Keep,
    /// It refused with an error of its own: its writes are undone and its answer stands.
    Undo,
    /// It counts for nothing.
    Failed(EngineError),
}

/// Runs a closure once: bounded in time, and with a panic costing nothing but itself.
pub(crate) async fn attempt(work: &mut dyn Work, tx: &mut Tx) -> Attempt {
    let run = AssertUnwindSafe(work.run(tx)).catch_unwind();
    let ended = tokio::time::timeout(TRANSACTION_TIME_MAX, run).await;
    let answered = match ended {
        Ok(Ok(answered)) => answered,
        Ok(Err(_panic)) => return Attempt::Failed(EngineError::of_closure(Error::Panicked)),
        Err(_elapsed) => {
            let seconds = TRANSACTION_TIME_MAX.as_secs();
            return Attempt::Failed(EngineError::of_closure(Error::TooSlow { seconds }));
        }
    };
    match tx.take_spoiled() {
        None if answered => Attempt::Keep,
        None => Attempt::Undo,
        // What the closure made of an error of its own transaction stands, as "taken" for a
        // conflict; what reaches further, or was swallowed, does not.
        Some(failure) if answered || failure.reaches_further() => Attempt::Failed(failure),
        Some(_) => Attempt::Undo,
    }
}
