//! `demo-app`: serves the weak gallery and its two third parties until Ctrl-C.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use anyhow::Context;
use clap::Parser;
use demo_app::{Options, start};

/// A deliberately weak photo gallery. Never put it online.
#[derive(Parser)]
struct Arguments {
    /// Port of the gallery; 0 lets the system choose.
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// Port of the payment provider's and the analytics server's stand-in.
    #[arg(long, default_value_t = 3001)]
    third_party_port: u16,
    /// Address to listen on.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    bind: IpAddr,
    /// Origin that visitors see, such as https://gallery.example, for share links.
    #[arg(long)]
    public_origin: Option<String>,
    /// Repair what only code can repair: the secret in the bundle, the webhook that charges twice,
    /// raw storage.
    #[arg(long)]
    fixed: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let running = start(Options {
        address: SocketAddr::new(arguments.bind, arguments.port),
        third_party_address: SocketAddr::new(arguments.bind, arguments.third_party_port),
        secret_key: secret_key()?,
        fixed: arguments.fixed,
        public_origin: arguments.public_origin,
    })
    .await?;
    announce(&running);
    tokio::signal::ctrl_c()
        .await
        .context("Ctrl-C cannot be waited for on this system")?;
    running.shutdown().await
}

/// `SECRET_KEY` from the environment, or one made for this run.
fn secret_key() -> anyhow::Result<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a binary's main is where the environment is read"
    )]
    if let Ok(key) = std::env::var("SECRET_KEY") {
        return Ok(key);
    }
    let mut bytes = [0_u8; 32];
    #[expect(
        clippy::disallowed_methods,
        reason = "a binary's main is where randomness enters"
    )]
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[expect(
    clippy::print_stdout,
    reason = "a command line program tells where it listens"
)]
fn announce(running: &demo_app::Running) {
    println!("gallery      http://{}", running.address);
    println!("third party  {}", running.third_party_origin());
    println!("weaknesses   http://{}/about-this-demo", running.address);
}
