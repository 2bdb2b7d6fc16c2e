//! `[edge]` holds the sections of the edge's controls, a file each.

mod mode;

pub mod ban;
pub mod boundary;
pub mod client_ip;
pub mod cookies;
pub mod cors;
pub mod cross_site;
pub mod errors;
pub mod headers;
pub mod honeypot;
pub mod maintenance;
pub mod rate_limit;
pub mod redirect;

use super::mistakes::Report;
use super::registry::Table;
use super::view::View;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    pub client_ip: client_ip::ClientIp,
    pub boundary: boundary::Boundary,
    pub ban: ban::Ban,
    pub maintenance: maintenance::Maintenance,
    pub honeypot: honeypot::Honeypot,
    pub cross_site: cross_site::CrossSite,
    pub cors: cors::Cors,
    pub rate_limit: rate_limit::RateLimit,
    pub errors: errors::Errors,
    pub redirect: redirect::Redirect,
    pub cookies: cookies::Cookies,
    pub headers: headers::Headers,
}

pub(super) static TABLE: Table = Table {
    name: "edge",
    entries_max: None,
    keys: &[],
    tables: &[
        &client_ip::TABLE,
        &boundary::TABLE,
        &ban::TABLE,
        &maintenance::TABLE,
        &honeypot::TABLE,
        &cross_site::TABLE,
        &cors::TABLE,
        &rate_limit::TABLE,
        &errors::TABLE,
        &redirect::TABLE,
        &cookies::TABLE,
        &headers::TABLE,
    ],
};

pub(super) fn read(root: &View<'_>) -> Option<Edge> {
    let edge = root.table(&TABLE)?;
    Some(Edge {
        client_ip: client_ip::read(&edge)?,
        boundary: boundary::read(&edge)?,
        ban: ban::read(&edge)?,
        maintenance: maintenance::read(&edge)?,
        honeypot: honeypot::read(&edge)?,
        cross_site: cross_site::read(&edge)?,
        cors: cors::read(&edge)?,
        rate_limit: rate_limit::read(&edge)?,
        errors: errors::read(&edge)?,
        redirect: redirect::read(&edge)?,
        cookies: cookies::read(&edge)?,
        headers: headers::read(&edge)?,
    })
}

/// What holds between the keys of a control.
pub(super) fn rules(root: &View<'_>, report: &mut Report) {
    if let Some(edge) = root.table(&TABLE) {
        boundary::rules(root, &edge, report);
        cross_site::rules(&edge, report);
        cors::rules(&edge, report);
        rate_limit::rules(&edge, report);
        headers::rules(&edge, report);
    }
}
