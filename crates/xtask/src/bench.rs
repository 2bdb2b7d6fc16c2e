//! `cargo xtask bench`: measurements on this machine, never against any other.

mod contenders;
mod controls;
mod document;
mod haproxy;
mod load;
mod nginx;
mod page;
mod palisade;
mod passage;
mod plan;
mod proxy;
mod record;
mod rig;
mod rounds;
mod running;
mod scenarios;
mod statistics;
mod stream;
mod usage;

use anyhow::Result;

#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// CPU per request, throughput, latency and memory beside nginx and HAProxy
    Proxy(plan::Options),
    /// Every control enforced, at ten and at a million of bans and clients, beside nginx
    Controls(controls::Options),
}

pub(crate) fn run(options: &Options) -> Result<()> {
    match &options.what {
        What::Proxy(options) => proxy::run(options),
        What::Controls(options) => controls::run(options),
    }
}
