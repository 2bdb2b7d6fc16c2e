//! How the store is, for `/readyz` and the console.

use tokio::sync::watch;

use crate::error::{EngineError, Harm};

/// How the store is, as far as its last transactions showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    Serving,
    /// Reads work; a write will succeed again once there is space.
    DiskFull {
        reason: String,
    },
    /// Reads may work; no write will, until Palisade is restarted.
    Stopped {
        reason: String,
    },
    /// Nothing works until the database is back; it is tried again with each transaction.
    Gone {
        reason: String,
    },
}

impl Health {
    /// `serving`, `disk-full`, `stopped` or `gone`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Serving => "serving",
            Self::DiskFull { .. } => "disk-full",
            Self::Stopped { .. } => "stopped",
            Self::Gone { .. } => "gone",
        }
    }

    /// Why it does not serve, as the engine says it.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Serving => None,
            Self::DiskFull { reason } | Self::Stopped { reason } | Self::Gone { reason } => {
                Some(reason)
            }
        }
    }

    /// Whether a write is to be expected to succeed.
    pub fn is_serving(&self) -> bool {
        *self == Self::Serving
    }
}

/// Where the threads of the store note how it goes. Logs every change, once.
#[derive(Clone)]
pub(crate) struct Pulse(watch::Sender<Health>);

impl Pulse {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(Health::Serving))
    }

    pub(crate) fn health(&self) -> Health {
        self.0.borrow().clone()
    }

    pub(crate) fn watch(&self) -> watch::Receiver<Health> {
        self.0.subscribe()
    }

    pub(crate) fn serving(&self) {
        if self.set(Health::Serving) {
            tracing::info!("The store serves again.");
        }
    }

    /// Notes that a read succeeded, which says nothing about room for a write.
    pub(crate) fn reached(&self) {
        if matches!(*self.0.borrow(), Health::Gone { .. }) {
            self.serving();
        }
    }

    /// Notes an error that reaches past its own transaction.
    pub(crate) fn failed(&self, failure: &EngineError) {
        let reason = failure.error.to_string();
        let health = match failure.harm {
            Harm::Transaction | Harm::Retry => return,
            Harm::DiskFull => Health::DiskFull { reason },
            Harm::Connection => Health::Gone { reason },
            Harm::Storage => Health::Stopped { reason },
        };
        let message = match &health {
            Health::Gone { .. } => "The store cannot be reached; it is tried again.",
            Health::DiskFull { .. } => "The disk is full: the store refuses what it cannot keep.",
            Health::Stopped { .. } => "A sync failed: the store writes nothing until a restart.",
            Health::Serving => return,
        };
        if self.set(health) {
            tracing::error!(error = %failure.error, "{message}");
        }
    }

    /// Whether this is news. Who has stopped stays stopped.
    fn set(&self, next: Health) -> bool {
        self.0.send_if_modified(|health| {
            let stays = matches!(health, Health::Stopped { .. })
                || std::mem::discriminant(health) == std::mem::discriminant(&next);
            if !stays {
                *health = next;
            }
            !stays
        })
    }
}
