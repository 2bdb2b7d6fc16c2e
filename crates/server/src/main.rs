//! The `palisade` binary: hands the command line and the environment to the library.

use std::process::ExitCode;

use clap::Parser;
use palisade_server::cli::{Cli, Process};

/// For the handful of large, short-lived allocations that every request makes.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Everything that encrypts uses one provider; a second would be a second thing to trust.
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    if provider.install_default().is_err() {
        return ExitCode::from(3);
    }
    let cli = Cli::parse();
    Process::from_environment(std::env::vars_os())
        .called(std::env::args_os().next())
        .run(cli)
}
