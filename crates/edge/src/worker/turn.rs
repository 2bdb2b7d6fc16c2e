//! Whose turn it is to write on an HTTP/1.1 connection.
//!
//! hyper answers what it cannot parse by itself. Such an answer is known by its time alone: it is
//! written when no request is being answered, so no content of an app is ever taken for it.

use std::sync::atomic::{AtomicU8, Ordering};

/// No request is being answered, and every byte of earlier answers is out.
const IDLE: u8 = 0;
/// A request has been read, and its answer has not ended.
const ANSWERING: u8 = 1;
/// The answer has ended, and some of it may still be in hyper's buffer.
const ENDED: u8 = 2;
/// The connection is a tunnel and speaks HTTP no more.
const TUNNEL: u8 = 3;

/// Shared by the service, the answer's body and the socket, all on one thread.
#[derive(Default)]
pub(super) struct Turn(AtomicU8);

impl Turn {
    /// A request was read.
    pub(super) fn begin(&self) {
        self.0.store(ANSWERING, Ordering::Relaxed);
    }

    /// Its answer has been handed to hyper to the end.
    pub(super) fn end(&self) {
        self.pass(ANSWERING, ENDED);
    }

    /// hyper's buffer is empty.
    pub(super) fn flushed(&self) {
        self.pass(ENDED, IDLE);
    }

    /// The answer is a `101`: from here on the bytes are not ours to read.
    pub(super) fn hand_over(&self) {
        self.0.store(TUNNEL, Ordering::Relaxed);
    }

    pub(super) fn is_idle(&self) -> bool {
        self.0.load(Ordering::Relaxed) == IDLE
    }

    fn pass(&self, from: u8, to: u8) {
        // One thread: nothing comes between the two.
        if self.0.load(Ordering::Relaxed) == from {
            self.0.store(to, Ordering::Relaxed);
        }
    }
}
