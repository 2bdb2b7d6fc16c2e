//! Two upgraded connections joined: bytes flow both ways until one side ends or both fall silent.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

/// Ends when either side has closed, or neither has sent a byte for `idle_max`.
pub(super) async fn run(client: OnUpgrade, app: OnUpgrade, idle_max: Duration) {
    let (Ok(client), Ok(app)) = tokio::join!(client, app) else {
        tracing::debug!("A tunnel was agreed on, but one side had gone before it opened.");
        return;
    };
    join(TokioIo::new(client), TokioIo::new(app), idle_max).await;
}

async fn join<A, B>(client: A, app: B, idle_max: Duration)
where
    A: AsyncRead + AsyncWrite + Unpin,
    B: AsyncRead + AsyncWrite + Unpin,
{
    let started = Instant::now();
    let last_read = Arc::new(AtomicU64::new(0));
    let mut client = Watched {
        io: client,
        started,
        last_read: last_read.clone(),
    };
    let mut app = Watched {
        io: app,
        started,
        last_read: last_read.clone(),
    };
    let copy = tokio::io::copy_bidirectional(&mut client, &mut app);
    tokio::pin!(copy);
    loop {
        let spoke = Duration::from_millis(last_read.load(Ordering::Relaxed));
        match tokio::time::timeout_at(started + spoke + idle_max, copy.as_mut()).await {
            Err(_) if Duration::from_millis(last_read.load(Ordering::Relaxed)) > spoke => {}
            // A tunnel that ends with an error has ended all the same: both peers see it close.
            Ok(_) | Err(_) => return,
        }
    }
}

/// Notes when it was last read from.
struct Watched<T> {
    io: T,
    started: Instant,
    /// Milliseconds since the start, of either side.
    last_read: Arc<AtomicU64>,
}

impl<T: AsyncRead + Unpin> AsyncRead for Watched<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.io).poll_read(cx, buf);
        if result.is_ready() {
            let millis = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
            self.last_read.fetch_max(millis, Ordering::Relaxed);
        }
        result
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Watched<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    const IDLE_MAX: Duration = Duration::from_secs(60);

    #[tokio::test(start_paused = true)]
    async fn bytes_flow_both_ways_until_a_side_ends() {
        let (mut client, near) = duplex(64);
        let (far, mut app) = duplex(64);
        let tunnel = tokio::spawn(join(near, far, IDLE_MAX));
        let mut word = [0; 4];
        client.write_all(b"ping").await.unwrap();
        app.read_exact(&mut word).await.unwrap();
        assert_eq!(&word, b"ping");
        app.write_all(b"pong").await.unwrap();
        client.read_exact(&mut word).await.unwrap();
        assert_eq!(&word, b"pong");
        drop((client, app));
        tunnel.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn silence_ends_a_tunnel_and_traffic_keeps_it() {
        let start = Instant::now();
        let (mut client, near) = duplex(64);
        let (far, mut app) = duplex(64);
        let tunnel = tokio::spawn(join(near, far, IDLE_MAX));
        tokio::time::advance(Duration::from_secs(59)).await;
        client.write_all(b"x").await.unwrap();
        assert_eq!(app.read_u8().await.unwrap(), b'x');
        tunnel.await.unwrap();
        assert!(
            start.elapsed() >= Duration::from_secs(119),
            "{:?}",
            start.elapsed()
        );
        assert!(
            start.elapsed() <= Duration::from_secs(121),
            "{:?}",
            start.elapsed()
        );
    }
}
