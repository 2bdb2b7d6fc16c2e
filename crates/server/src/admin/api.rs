//! `/api/v1/…`: what a node says of itself.

use std::path::PathBuf;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::Method;
use axum::routing::get;
use palisade_kernel::control::{CATALOGUE, Switch};
use palisade_kernel::{ControlSpec, Mode};
use palisade_operate::Operate;
use palisade_web::{Description, Endpoint, Permission, described, openapi};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::client_addresses::{self, ClientAddresses};
use super::errors::{self, ErrorAnswer};
use crate::gateway::Gateway;

/// `GET /api/v1/node`
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct NodeAnswer {
    pub version: String,
    /// Where each listener answers, with the ports that were chosen for port 0.
    pub public: String,
    pub redirect: Option<String>,
    pub admin: String,
    pub ops: String,
    pub tls: bool,
    pub data_directory: PathBuf,
    /// Policies published since the start.
    pub generation: u64,
    /// RFC 3339.
    pub published_at: String,
    pub last_reload_failed: bool,
    /// Settings that have changed since the start and act only after a restart.
    pub needs_restart: Vec<String>,
    /// Why it should get no traffic; empty when it should.
    pub unready: Vec<String>,
    pub client_addresses: ClientAddresses,
}

/// `GET /api/v1/store`
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct StoreAnswer {
    /// `SQLite` or `Postgres`.
    pub engine: String,
    /// `serving`, `disk-full`, `stopped` or `gone`.
    pub health: String,
    /// Why it does not serve, as the engine says it.
    pub reason: Option<String>,
    /// What this deployment does without and a better one would have, in sentences.
    pub degraded: Vec<String>,
}

/// `GET /api/v1/controls`
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct ControlsAnswer {
    pub generation: u64,
    pub controls: Vec<ControlRow>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct ControlRow {
    pub control: String,
    /// `off`, `shadow`, `enforce`, or `always`.
    pub mode: String,
    /// Whether an operator has set it, in place of the configuration.
    pub decreed: bool,
    /// `proved`, `unproven`, or `off`.
    pub state: String,
    /// Samples that passed unharmed and samples that were stopped or mended, at publication.
    pub benign: usize,
    pub hostile: usize,
    /// Why it is unproven.
    pub reason: Option<String>,
    /// For which requests of the last hour it only counts and logs, although it is enforced.
    pub in_shadow_for: Option<String>,
    pub requirement: String,
}

/// What a node says of itself.
pub(super) fn endpoints() -> Vec<Endpoint<Arc<Gateway>>> {
    let open = |path, summary| described(Method::GET, path, Permission::Open, summary);
    vec![
        open("/api/v1/node", "The node: its addresses and how it is")
            .answers::<NodeAnswer>()
            .by(get(node)),
        open(
            "/api/v1/controls",
            "The controls, how they act and whether they have proved it",
        )
        .answers::<ControlsAnswer>()
        .by(get(controls)),
        // Operators' alone: what an app tells in an error may be secret.
        described(
            Method::GET,
            "/api/v1/errors/{request_id}",
            Permission::Operate,
            "An error of the application that was kept from its client",
        )
        .answers::<ErrorAnswer>()
        .by(get(errors::original)),
        described(
            Method::GET,
            "/api/v1/store",
            Permission::Read,
            "Palisade's own state: where it is kept, and how that goes",
        )
        .answers::<StoreAnswer>()
        .by(get(store)),
        open("/api/v1/openapi.json", "This document")
            .answers::<serde_json::Value>()
            .by(get(document)),
    ]
}

async fn document() -> Json<serde_json::Value> {
    let of_node: Vec<Description> = described_by(endpoints());
    let of_operators: Vec<Description> = described_by(Operate::endpoints());
    let all = of_node.iter().chain(&of_operators);
    Json(openapi(
        "Palisade admin API",
        env!("CARGO_PKG_VERSION"),
        all,
    ))
}

fn described_by<S>(endpoints: Vec<Endpoint<S>>) -> Vec<Description> {
    let descriptions = endpoints.into_iter().map(|endpoint| endpoint.description);
    descriptions.collect()
}

async fn node(State(gateway): State<Arc<Gateway>>) -> Json<NodeAnswer> {
    Json(NodeAnswer {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        public: gateway.address().to_string(),
        redirect: gateway
            .redirect_address()
            .map(|address| address.to_string()),
        admin: gateway.admin_address().to_string(),
        ops: gateway.ops_address().to_string(),
        tls: gateway.is_tls(),
        data_directory: gateway.data().path().to_owned(),
        generation: gateway.generation(),
        published_at: gateway.published_at().rfc3339(),
        last_reload_failed: gateway.has_last_reload_failed(),
        needs_restart: gateway
            .needs_restart()
            .into_iter()
            .map(str::to_owned)
            .collect(),
        unready: gateway.unready(),
        client_addresses: client_addresses::answer(&gateway),
    })
}

async fn store(State(gateway): State<Arc<Gateway>>) -> Json<StoreAnswer> {
    let store = gateway.store();
    let health = store.health();
    Json(StoreAnswer {
        engine: store.engine().name().to_owned(),
        health: health.name().to_owned(),
        reason: health.reason().map(str::to_owned),
        degraded: store.degraded().to_vec(),
    })
}

async fn controls(State(gateway): State<Arc<Gateway>>) -> Json<ControlsAnswer> {
    Json(answer(&gateway))
}

pub(super) fn answer(gateway: &Gateway) -> ControlsAnswer {
    ControlsAnswer {
        generation: gateway.generation(),
        controls: CATALOGUE.iter().map(|spec| row(gateway, spec)).collect(),
    }
}

fn row(gateway: &Gateway, spec: &ControlSpec) -> ControlRow {
    let policy = gateway.policy();
    let proof = policy
        .proofs()
        .iter()
        .find(|proof| proof.control == spec.id);
    let failure = policy
        .unproven()
        .iter()
        .find(|failure| failure.control == spec.id);
    let mode = match (spec.switch, policy.mode(spec.id)) {
        (Switch::Always, _) => "always",
        (Switch::Modes { .. }, mode) => mode.as_str(),
    };
    let state = match (proof, failure) {
        (_, Some(_)) => "unproven",
        (Some(_), None) => "proved",
        (None, None) => Mode::Off.as_str(),
    };
    ControlRow {
        control: spec.id.to_string(),
        mode: mode.to_owned(),
        decreed: gateway.modes().contains_key(&spec.id),
        state: state.to_owned(),
        benign: proof.map_or(0, |proof| proof.benign),
        hostile: proof.map_or(0, |proof| proof.hostile),
        reason: failure.map(ToString::to_string),
        in_shadow_for: gateway.in_shadow_for(spec.id),
        requirement: spec.requirement.to_owned(),
    }
}
