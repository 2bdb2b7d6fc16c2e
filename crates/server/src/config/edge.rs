//! `[edge]` holds the sections of the edge's controls, a file each.

mod mode;

pub mod boundary;
pub mod client_ip;
pub mod headers;
pub mod maintenance;

use super::mistakes::Report;
use super::registry::Table;
use super::view::View;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    pub client_ip: client_ip::ClientIp,
    pub boundary: boundary::Boundary,
    pub maintenance: maintenance::Maintenance,
    pub headers: headers::Headers,
}

pub(super) static TABLE: Table = Table {
    name: "edge",
    entries_max: None,
    keys: &[],
    tables: &[
        &client_ip::TABLE,
        &boundary::TABLE,
        &maintenance::TABLE,
        &headers::TABLE,
    ],
};

pub(super) fn read(root: &View<'_>) -> Option<Edge> {
    let edge = root.table(&TABLE)?;
    Some(Edge {
        client_ip: client_ip::read(&edge)?,
        boundary: boundary::read(&edge)?,
        maintenance: maintenance::read(&edge)?,
        headers: headers::read(&edge)?,
    })
}

/// What holds between the keys of a control.
pub(super) fn rules(root: &View<'_>, report: &mut Report) {
    if let Some(edge) = root.table(&TABLE) {
        boundary::rules(root, &edge, report);
        headers::rules(&edge, report);
    }
}
