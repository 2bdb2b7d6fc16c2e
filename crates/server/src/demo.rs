//! `palisade demo`: a weak app, Palisade in front of it, and what changes, measured by requests.
//!
//! Nothing here is special to the gateway: it is the one that `palisade serve` runs, from a
//! configuration file anyone could have written. Every word of the table comes from an answer
//! received in this run.

mod access_log_gate;
mod announcement;
mod client;
mod configuration;
mod ports;
mod probes;
mod report;
mod rows;
mod side;
mod stand;
mod style;
mod table;

pub use access_log_gate::AccessLogGate;
pub use announcement::announce;
pub use configuration::LogForm;
pub use ports::PortError;
pub use report::{HoleReport, Outcome, Report, RowReport, Verdict};
pub use stand::{Demo, Options, StartError, start};
pub use style::Style;
pub use table::print;

#[cfg(test)]
mod tests;
