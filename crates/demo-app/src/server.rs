//! Starting and stopping: two listeners, one state.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::app::App;
use crate::{events, router, third_party};

/// How long open connections may finish after a shutdown is asked for.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(3);

/// What the gallery is started with.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the gallery listens; port 0 lets the system choose.
    pub address: SocketAddr,
    /// Where the payment provider's and analytics server's stand-in listens.
    pub third_party_address: SocketAddr,
    /// Signs and checks the HS256 tokens.
    pub secret_key: String,
    /// Repairs what only code can repair: the bundle's secret, the double charge, raw storage.
    pub fixed: bool,
    /// The origin visitors see, for share links and canonical addresses. Pages link relatively
    /// either way.
    pub public_origin: Option<String>,
}

/// A running gallery. Dropping it without [`Running::shutdown`] leaves it to the runtime.
#[derive(Debug)]
pub struct Running {
    /// Where the gallery listens.
    pub address: SocketAddr,
    /// Where the third parties' stand-in listens.
    pub third_party_address: SocketAddr,
    closing: watch::Sender<bool>,
    servers: Vec<JoinHandle<std::io::Result<()>>>,
}

/// Binds both listeners, seeds the data and serves until [`Running::shutdown`].
pub async fn start(options: Options) -> anyhow::Result<Running> {
    let gallery = bind(options.address).await?;
    let others = bind(options.third_party_address).await?;
    let (address, third_party_address) = (gallery.local_addr()?, others.local_addr()?);
    let (closing, closed) = watch::channel(false);
    let app = App::new(
        &options,
        third_party_origin(third_party_address),
        closed.clone(),
    );
    events::start_ticking(app.clone());
    let servers = vec![
        serve(gallery, router::gallery(app), closed.clone()),
        serve(others, third_party::router(), closed),
    ];
    Ok(Running {
        address,
        third_party_address,
        closing,
        servers,
    })
}

impl Running {
    /// The origin that pages load third-party scripts from.
    ///
    /// Always `http://localhost:<port>`, which browsers trust even from a page served over HTTPS.
    pub fn third_party_origin(&self) -> String {
        third_party_origin(self.third_party_address)
    }

    /// Stops accepting, ends event streams and sockets, and waits a few seconds for the rest.
    pub async fn shutdown(self) -> anyhow::Result<()> {
        self.closing.send_replace(true);
        for mut server in self.servers {
            match tokio::time::timeout(SHUTDOWN_GRACE, &mut server).await {
                Ok(ended) => ended.context("a server task panicked")??,
                Err(_) => server.abort(),
            }
        }
        Ok(())
    }
}

fn third_party_origin(address: SocketAddr) -> String {
    format!("http://localhost:{}", address.port())
}

async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}: choose another port or end what uses it")
    })
}

fn serve(
    listener: TcpListener,
    router: Router,
    mut closed: watch::Receiver<bool>,
) -> JoinHandle<std::io::Result<()>> {
    tokio::spawn(async move {
        axum::serve(listener, router)
            .with_graceful_shutdown(async move {
                // An error means that the handle is gone, and nobody is left to stop the server.
                if closed.wait_for(|closing| *closing).await.is_err() {
                    std::future::pending::<()>().await;
                }
            })
            .await
    })
}
