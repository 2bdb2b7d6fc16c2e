//! The whole gateway over real sockets: clients that count bytes in front of it, upstreams that
//! follow a script behind it.
//!
//! Support first, then a module per promise. Nothing here sleeps: tests wait for bytes, for log
//! lines, or by `patience::eventually` for a state that only shows when it is looked at.
#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, its small functions too"
)]

mod patience;

mod app;
mod browser;
mod certificates;
mod client;
mod gateway;
mod http2_app;
mod http2_client;
mod log;
mod parts;
mod postgres;
mod process;
mod wire;

mod backup;
mod bad_input;
mod ban;
mod boundary;
mod client_ip;
mod cookies;
mod cors;
mod cross_site;
mod errors;
mod flags;
mod foreign_app;
mod forwarding;
mod headers;
mod honeypot;
mod kills;
mod lifecycle;
mod operators;
mod proxy_protocol;
mod rate_limit;
mod redirect;
mod reload;
mod slow_clients;
mod stop;
mod store;
mod telemetry;
mod unread;
mod upstreams;
