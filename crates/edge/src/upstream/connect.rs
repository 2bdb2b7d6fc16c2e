//! From an instance to a byte stream that speaks the group's protocol: resolve, connect, TLS.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::Ordering;

use tokio::net::{TcpStream, UnixStream};
use tokio::time::{Instant, timeout_at};
use tokio_rustls::client::TlsStream;

use super::group::Group;
use super::instance::{Instance, Peer};
use super::options::Protocol;
use super::target::Endpoint;
use super::tls::{Tls, alpn};
use super::{UpstreamError, UpstreamErrorKind};

/// A fresh connection, whatever it runs over.
pub(crate) enum Io {
    Tcp(TcpStream),
    Unix(UnixStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// Connects to `instance` within the group's `connect_timeout`, and counts it.
pub(crate) async fn connect(
    group: &Group,
    instance: &Instance,
) -> Result<(Io, Peer), UpstreamError> {
    let within = group.options().connect_timeout;
    instance.connects.fetch_add(1, Ordering::Relaxed);
    let connected = connect_by(group, instance, Instant::now() + within).await;
    connected.map_err(|cause| {
        instance.connect_failures.fetch_add(1, Ordering::Relaxed);
        let kind = if cause.kind() == io::ErrorKind::TimedOut {
            instance.timeouts.fetch_add(1, Ordering::Relaxed);
            UpstreamErrorKind::Timeout
        } else {
            UpstreamErrorKind::Unreachable
        };
        UpstreamError::new(kind, format!("{}: {cause}", instance.target.label))
    })
}

async fn connect_by(group: &Group, instance: &Instance, by: Instant) -> io::Result<(Io, Peer)> {
    let (host, addresses) = match (&instance.target.endpoint, &instance.addresses) {
        (Endpoint::Tcp { host, .. }, Some(addresses)) => (host, addresses),
        (Endpoint::Unix(path), _) => {
            let stream = within(by, UnixStream::connect(path)).await?;
            let peer = Peer {
                address: None,
                generation: 0,
            };
            return Ok((Io::Unix(stream), peer));
        }
        (Endpoint::Tcp { .. }, None) => return Err(io::ErrorKind::NotFound.into()),
    };
    // Read before the addresses, so that a change in between is seen at the next checkout.
    let generation = addresses.generation();
    let known = within(by, addresses.get(group.lookup())).await?;
    let (stream, address) = first_reachable(&known, by).await?;
    // Small writes must leave at once: hyper gathers what belongs together by itself.
    stream.set_nodelay(true)?;
    let peer = Peer {
        address: Some(address),
        generation,
    };
    let Some(tls) = group.tls().filter(|_| instance.target.is_tls()) else {
        return Ok((Io::Tcp(stream), peer));
    };
    let secured = within(by, secure(tls, host, stream, group.options().protocol)).await?;
    Ok((Io::Tls(Box::new(secured)), peer))
}

/// Tries one address after the other. Each gets an equal share of the time that is left, so that
/// one that swallows packets (a dead IPv6 route, say) does not use it up.
async fn first_reachable(
    addresses: &[SocketAddr],
    by: Instant,
) -> io::Result<(TcpStream, SocketAddr)> {
    let mut refusal = io::Error::from(io::ErrorKind::NotFound);
    for (index, address) in addresses.iter().enumerate() {
        let left = u32::try_from(addresses.len() - index).unwrap_or(u32::MAX);
        let share = by.saturating_duration_since(Instant::now()) / left;
        match within(Instant::now() + share, TcpStream::connect(address)).await {
            Ok(stream) => return Ok((stream, *address)),
            Err(error) => refusal = error,
        }
    }
    Err(refusal)
}

async fn secure(
    tls: &Tls,
    host: &str,
    stream: TcpStream,
    protocol: Protocol,
) -> io::Result<TlsStream<TcpStream>> {
    let name = tls.server_name(host).ok_or_else(|| {
        let why = format!("`{host}` can be no name in a certificate; set server_name");
        io::Error::new(io::ErrorKind::InvalidInput, why)
    })?;
    let stream = tls.connector().connect(name, stream).await?;
    // A server without ALPN speaks HTTP/1.1; HTTP/2 has to be agreed on (RFC 9113 section 3.2).
    let agreed = stream.get_ref().1.alpn_protocol();
    if protocol == Protocol::Http2 && agreed != Some(alpn(protocol)) {
        let why = "it does not offer HTTP/2; set the upstream's protocol to http1";
        return Err(io::Error::new(io::ErrorKind::Unsupported, why));
    }
    Ok(stream)
}

async fn within<T>(by: Instant, work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    match timeout_at(by, work).await {
        Ok(done) => done,
        Err(_) => Err(io::Error::new(
            io::ErrorKind::TimedOut,
            "no connection in time",
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_never_connects_times_out() {
        let by = Instant::now() + Duration::from_secs(5);
        let waited = within(by, std::future::pending::<io::Result<()>>()).await;
        assert_eq!(waited.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(Instant::now(), by);
    }

    #[tokio::test]
    async fn a_refusing_address_does_not_hide_the_next() {
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let refusing = closed.local_addr().unwrap();
        drop(closed);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let open = listener.local_addr().unwrap();
        let by = Instant::now() + Duration::from_secs(60);
        let (_, reached) = first_reachable(&[refusing, open], by).await.unwrap();
        assert_eq!(reached, open);
    }
}
