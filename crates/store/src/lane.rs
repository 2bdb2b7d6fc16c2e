//! A thread that runs closures, and the bounded queue in front of it.
//!
//! Closures run on threads of the store, not where they were made: their futures need not be
//! `Send`, and a caller that goes away in the middle of a write cannot leave half of it behind.

use std::future::Future;
use std::sync::Arc;
use std::thread;

use tokio::runtime::Builder;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::LocalSet;

use crate::error::Error;
use crate::work::Work;

/// What may wait for one thread. At some 10,000 writes a second it is a tenth of a second's
/// work; beyond that, an answer that is late is worth less than a quick refusal.
pub const WAITING_MAX: usize = 1_024;

enum Message {
    Work(Box<dyn Work>),
    /// Finish what came before, then end; dropped when that is done.
    Close(oneshot::Sender<()>),
}

/// The sending end.
#[derive(Clone)]
pub(crate) struct Lane(mpsc::Sender<Message>);

/// The receiving end. Whoever closes the lane waits until this is dropped.
pub(crate) struct Queue {
    receiver: mpsc::Receiver<Message>,
    closing: Vec<oneshot::Sender<()>>,
}

impl Queue {
    /// The next closure; `None` when the lane is closed and all that came before is done.
    pub(crate) async fn next(&mut self) -> Option<Box<dyn Work>> {
        while let Some(message) = self.receiver.recv().await {
            if let Some(work) = self.sort(message) {
                return Some(work);
            }
        }
        None
    }

    /// The next closure, where one waits already.
    pub(crate) fn waiting(&mut self) -> Option<Box<dyn Work>> {
        while let Ok(message) = self.receiver.try_recv() {
            if let Some(work) = self.sort(message) {
                return Some(work);
            }
        }
        None
    }

    fn sort(&mut self, message: Message) -> Option<Box<dyn Work>> {
        match message {
            Message::Work(work) => Some(work),
            Message::Close(done) => {
                self.receiver.close();
                self.closing.push(done);
                None
            }
        }
    }
}

impl Lane {
    /// Starts a thread with a runtime of its own and runs `main` on it. Answers when `main` has
    /// called back with what came of its start.
    pub(crate) async fn start<T, E, M, F>(name: &str, main: M) -> Result<(Self, T), E>
    where
        M: FnOnce(Queue, Started<T, E>) -> F + Send + 'static,
        F: Future<Output = ()>,
        T: Send + 'static,
        E: From<std::io::Error> + Send + 'static,
    {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        let queue = Queue {
            receiver,
            closing: Vec::new(),
        };
        let (started, start) = oneshot::channel();
        let runtime = Builder::new_current_thread().enable_all().build()?;
        thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                LocalSet::new().block_on(&runtime, main(queue, Started(started)));
            })?;
        let ended = || {
            E::from(std::io::Error::other(
                "the thread ended before it had started",
            ))
        };
        let begun = start.await.map_err(|_| ended())??;
        Ok((Self(sender), begun))
    }

    pub(crate) fn send(&self, work: Box<dyn Work>) -> Result<(), Error> {
        self.0
            .try_send(Message::Work(work))
            .map_err(|refused| match refused {
                mpsc::error::TrySendError::Full(_) => Error::Overloaded {
                    waiting: WAITING_MAX,
                },
                mpsc::error::TrySendError::Closed(_) => closed(),
            })
    }

    /// Waits until all that was sent before is done and the thread has let go of its files.
    pub(crate) async fn close(&self) {
        let (done, end) = oneshot::channel();
        if self.0.send(Message::Close(done)).await.is_ok() {
            // It is dropped, never sent.
            let _ = end.await;
        }
    }
}

/// Runs up to `most` closures of `queue` at a time, until it is closed and all are done.
pub(crate) async fn concurrently<F>(mut queue: Queue, most: u32, run: impl Fn(Box<dyn Work>) -> F)
where
    F: Future<Output = ()> + 'static,
{
    let places = Arc::new(Semaphore::new(most as usize));
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        let Some(work) = queue.next().await else {
            break;
        };
        let running = run(work);
        tokio::task::spawn_local(async move {
            running.await;
            drop(place);
        });
    }
    // Every place back means that every closure is done.
    let _all = places.acquire_many(most).await;
}

/// How a thread says that it is ready, or why not.
pub(crate) struct Started<T, E>(oneshot::Sender<Result<T, E>>);

impl<T, E> Started<T, E> {
    pub(crate) fn say(self, result: Result<T, E>) {
        // Whoever no longer waits for the start drops the lane, which ends the thread.
        let _ = self.0.send(result);
    }
}

pub(crate) fn closed() -> Error {
    Error::stopped("it was closed")
}
