//! Takes the header off a connection, from trusted peers only and within a deadline.

use std::io;
use std::net::IpAddr;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt};

use super::{Addresses, Parsed, ProxyError, V2_BYTES_MAX, parse};
use crate::listen::prefixed::Prefixed;
use crate::network_set::NetworkSet;

/// What is asked for at once. Headers of the usual size arrive whole in one read.
const READ_BYTES: usize = 512;

/// A connection behind its header.
#[derive(Debug)]
pub struct Received<S> {
    /// `None` where the socket's own addresses hold, see [`super::Header::addresses`].
    pub addresses: Option<Addresses>,
    pub stream: Prefixed<S>,
}

/// Why a connection is closed before its first request.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("{0} is not among the trusted proxies, so its PROXY protocol header is not read")]
    Untrusted(IpAddr),
    #[error("no PROXY protocol header arrived in time")]
    Timeout,
    #[error("the connection ended before its PROXY protocol header")]
    Closed,
    #[error(transparent)]
    Invalid(#[from] ProxyError),
    #[error("the PROXY protocol header could not be read: {0}")]
    Io(#[from] io::Error),
}

impl Refused {
    /// For the metric's label.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Untrusted(_) => "untrusted",
            Self::Timeout => "timeout",
            Self::Closed => "closed",
            Self::Invalid(_) => "invalid",
            Self::Io(_) => "io",
        }
    }
}

/// Requires a header. `peer` is the socket's address; one outside `trusted` is refused without
/// a read. `deadline` bounds the whole, however slowly the bytes come.
pub async fn receive<S: AsyncRead + Unpin>(
    stream: S,
    peer: IpAddr,
    trusted: &NetworkSet,
    deadline: Duration,
) -> Result<Received<S>, Refused> {
    if !trusted.contains(peer) {
        return Err(Refused::Untrusted(peer));
    }
    match tokio::time::timeout(deadline, read(stream)).await {
        Ok(received) => received,
        Err(_) => Err(Refused::Timeout),
    }
}

async fn read<S: AsyncRead + Unpin>(mut stream: S) -> Result<Received<S>, Refused> {
    let mut bytes = BytesMut::with_capacity(READ_BYTES);
    loop {
        if let Parsed::Complete(header) = parse(&bytes)? {
            let _ = bytes.split_to(header.length);
            let stream = Prefixed::with(bytes.freeze(), stream);
            let addresses = header.addresses;
            return Ok(Received { addresses, stream });
        }
        // The parser refuses what is longer, so the buffer stays below the bound plus one read.
        debug_assert!(
            bytes.len() <= V2_BYTES_MAX,
            "an incomplete header is bounded"
        );
        bytes.reserve(READ_BYTES);
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(Refused::Closed);
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;

    use super::*;

    const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 7));
    const DEADLINE: Duration = Duration::from_secs(5);

    fn trusted() -> NetworkSet {
        NetworkSet::new(["10.0.0.0/24".parse().unwrap()])
    }

    async fn check(bytes: &'static [u8]) -> Result<(Option<Addresses>, String), &'static str> {
        match receive(bytes, PEER, &trusted(), DEADLINE).await {
            Ok(mut received) => {
                let mut rest = String::new();
                received.stream.read_to_string(&mut rest).await.unwrap();
                Ok((received.addresses, rest))
            }
            Err(refused) => Err(refused.reason()),
        }
    }

    #[tokio::test]
    async fn the_header_goes_and_the_request_stays() {
        let (addresses, rest) =
            check(b"PROXY TCP4 192.0.2.1 198.51.100.1 40000 443\r\nGET / HTTP/1.1\r\n")
                .await
                .unwrap();
        assert_eq!(
            addresses.unwrap().source,
            "192.0.2.1:40000".parse().unwrap()
        );
        assert_eq!(rest, "GET / HTTP/1.1\r\n");
    }

    #[tokio::test]
    async fn what_is_missing_or_broken_off_is_refused() {
        assert_eq!(check(b"GET / HTTP/1.1\r\n").await, Err("invalid"));
        assert_eq!(check(b"PROXY TCP4 192.0.2.1").await, Err("closed"));
    }

    #[tokio::test]
    async fn an_untrusted_peer_is_refused_whatever_it_sends() {
        let bytes = &b"PROXY UNKNOWN\r\n"[..];
        for peer in ["10.0.1.1", "192.0.2.1", "::1"] {
            let refused = receive(bytes, peer.parse().unwrap(), &trusted(), DEADLINE).await;
            assert_eq!(refused.unwrap_err().reason(), "untrusted");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn one_byte_at_a_time_does_not_stretch_the_deadline() {
        let (near, mut far) = tokio::io::duplex(64);
        let drip = tokio::spawn(async move {
            let mut every = tokio::time::interval(Duration::from_secs(1));
            for byte in b"PROXY TCP4 192.0.2.1 198.51.100.1 40000 443\r\n" {
                every.tick().await;
                if far.write_all(&[*byte]).await.is_err() {
                    break;
                }
            }
        });
        let refused = receive(near, PEER, &trusted(), DEADLINE).await.unwrap_err();
        assert_eq!(refused.reason(), "timeout");
        drip.await.unwrap();
    }
}
