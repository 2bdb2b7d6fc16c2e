//! The kill switch as an operator throws it.

use crate::Timestamp;

/// A time in which the app is shut to its users.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MaintenanceWindow {
    /// When it is meant to end, which is what clients are told. It ends by hand only: an app that
    /// is not back by then must not be opened by the clock.
    pub until: Option<Timestamp>,
    /// For users, in the operator's words; at most [`MESSAGE_BYTES_MAX`].
    pub message: Option<String>,
}

/// Longest [`MaintenanceWindow::message`], in bytes.
pub const MESSAGE_BYTES_MAX: usize = 1024;
