//! One listening socket per worker, all on one port, shared by the kernel (`SO_REUSEPORT`).

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::num::NonZeroUsize;
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpListener, TcpStream};

/// Connections that the kernel holds ready per worker; it lowers this to `net.core.somaxconn`.
const BACKLOG: i32 = 1024;

/// How long a worker should leave the socket alone after [`accept`] failed: descriptors or
/// memory have run out, and asking again at once would only burn the core.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Which setting moves a listener, for messages about its port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The key of the configuration that holds the whole address.
    pub key: &'static str,
    /// The flag that changes it, or its port.
    pub flag: &'static str,
}

impl Setting {
    pub const APP: Self = Self {
        key: "listen.address",
        flag: "--port",
    };

    pub const REDIRECT: Self = Self {
        key: "listen.redirect_address",
        flag: "--redirect-address",
    };
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} / {}", self.key, self.flag)
    }
}

/// A port that could not be opened, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    #[error(
        "cannot listen on {address}: the address is already in use. \
         Stop the other process or choose another with {setting}"
    )]
    InUse {
        address: SocketAddr,
        setting: Setting,
    },
    #[error(
        "cannot listen on {address}: ports below 1024 need a privilege. Grant it with \
         `setcap cap_net_bind_service=+ep <palisade>` or choose another with {setting}"
    )]
    Privileged {
        address: SocketAddr,
        setting: Setting,
    },
    #[error(
        "cannot listen on {address}: this machine has no such address. Choose one that \
         `ip address` shows, or 0.0.0.0 or [::] for all, with {}", .setting.key
    )]
    Unavailable {
        address: SocketAddr,
        setting: Setting,
    },
    #[error("cannot listen on {address} ({}): {cause}", .setting.key)]
    Other {
        address: SocketAddr,
        setting: Setting,
        cause: io::Error,
    },
}

/// Below it a port takes a privilege (`net.ipv4.ip_unprivileged_port_start`).
const PORT_UNPRIVILEGED_MIN: u16 = 1024;

impl BindError {
    /// Says what `cause` means for the listener that `setting` moves.
    pub fn explain(address: SocketAddr, setting: Setting, cause: io::Error) -> Self {
        match cause.kind() {
            io::ErrorKind::AddrInUse => Self::InUse { address, setting },
            io::ErrorKind::PermissionDenied if address.port() < PORT_UNPRIVILEGED_MIN => {
                Self::Privileged { address, setting }
            }
            io::ErrorKind::AddrNotAvailable => Self::Unavailable { address, setting },
            _ => Self::Other {
                address,
                setting,
                cause,
            },
        }
    }
}

/// Opens `address` once per worker. With port 0 the first socket decides the port and the others
/// join it. `[::]` takes IPv4 connections too.
///
/// The sockets are non-blocking; a worker turns its own into a tokio listener on its runtime.
pub fn bind(
    address: SocketAddr,
    setting: Setting,
    workers: NonZeroUsize,
) -> Result<Vec<StdListener>, BindError> {
    let explain = |address| move |cause| BindError::explain(address, setting, cause);
    let first = bind_first(address).map_err(explain(address))?;
    let address = first.local_addr().map_err(explain(address))?;
    let mut listeners = vec![first];
    for _ in 1..workers.get() {
        listeners.push(bind_next(address).map_err(explain(address))?);
    }
    Ok(listeners)
}

/// The next connection, with `TCP_NODELAY` set. Connections that died before they could be
/// accepted are passed over; an error means that resources have run out, see [`ACCEPT_PAUSE`].
pub async fn accept(listener: &TcpListener) -> io::Result<(TcpStream, SocketAddr)> {
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) if concerns_one_connection(&error) => continue,
            Err(error) => return Err(error),
        };
        // It fails only where the peer has already gone.
        if stream.set_nodelay(true).is_ok() {
            return Ok((stream, peer));
        }
    }
}

/// `accept(2)` hands on network errors already pending on the new socket, to be treated as
/// "try again".
fn concerns_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{
        ConnectionAborted, ConnectionRefused, ConnectionReset, HostUnreachable, Interrupted,
        NetworkDown, NetworkUnreachable,
    };
    matches!(
        error.kind(),
        ConnectionAborted
            | ConnectionRefused
            | ConnectionReset
            | HostUnreachable
            | Interrupted
            | NetworkDown
            | NetworkUnreachable
    )
}

/// Shared ports have a trap: with `SO_REUSEPORT` from the start, a second Palisade of the same
/// user would silently take every other connection of the first. So the first socket claims the
/// port alone, which fails while anyone else has it, and opens it to its siblings afterwards.
fn bind_first(address: SocketAddr) -> io::Result<StdListener> {
    let socket = open(address)?;
    socket.bind(&address.into())?;
    socket.set_reuse_port(true)?;
    listen(socket)
}

fn bind_next(address: SocketAddr) -> io::Result<StdListener> {
    let socket = open(address)?;
    socket.set_reuse_port(true)?;
    socket.bind(&address.into())?;
    listen(socket)
}

fn open(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    // A restart must not wait for the old connections' TIME_WAIT.
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        // Do not depend on the machine's net.ipv6.bindv6only.
        socket.set_only_v6(!address.ip().is_unspecified())?;
    }
    socket.set_nonblocking(true)?;
    Ok(socket)
}

fn listen(socket: Socket) -> io::Result<StdListener> {
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOPBACK: &str = "127.0.0.1:0";

    fn open_workers(address: &str, workers: usize) -> Result<Vec<StdListener>, BindError> {
        bind(
            address.parse().unwrap(),
            Setting::APP,
            NonZeroUsize::new(workers).unwrap(),
        )
    }

    #[test]
    fn every_worker_listens_on_the_port_that_the_first_was_given() {
        let listeners = open_workers(LOOPBACK, 3).unwrap();
        let address = listeners[0].local_addr().unwrap();
        assert_ne!(address.port(), 0);
        for listener in &listeners {
            assert_eq!(listener.local_addr().unwrap(), address);
        }
    }

    #[test]
    fn a_second_palisade_cannot_slip_under_a_port_in_use() {
        let first = open_workers(LOOPBACK, 2).unwrap();
        let address = first[0].local_addr().unwrap();
        let message = open_workers(&address.to_string(), 2)
            .unwrap_err()
            .to_string();
        assert_eq!(
            message,
            format!(
                "cannot listen on {address}: the address is already in use. Stop the other \
                 process or choose another with listen.address / --port"
            )
        );
        drop(first);
        open_workers(&address.to_string(), 2).unwrap();
    }

    #[test]
    fn a_port_of_another_program_is_in_use_too() {
        let other = StdListener::bind(LOOPBACK).unwrap();
        let address = other.local_addr().unwrap();
        let refused = open_workers(&address.to_string(), 1).unwrap_err();
        assert!(matches!(refused, BindError::InUse { address: at, .. } if at == address));
    }

    #[test]
    fn each_refusal_says_what_to_do() {
        let address = "0.0.0.0:443".parse().unwrap();
        for (kind, advice) in [
            (io::ErrorKind::AddrInUse, "Stop the other process"),
            (
                io::ErrorKind::PermissionDenied,
                "setcap cap_net_bind_service",
            ),
            (io::ErrorKind::AddrNotAvailable, "`ip address`"),
        ] {
            for setting in [Setting::APP, Setting::REDIRECT] {
                let message = BindError::explain(address, setting, kind.into()).to_string();
                assert!(
                    ["0.0.0.0:443", advice, setting.key]
                        .iter()
                        .all(|part| message.contains(part)),
                    "{message}"
                );
            }
        }
    }

    #[test]
    fn an_address_of_another_machine_is_unavailable() {
        let refused = open_workers("192.0.2.1:0", 1).unwrap_err();
        assert!(
            matches!(refused, BindError::Unavailable { .. }),
            "{refused}"
        );
    }

    #[tokio::test]
    async fn all_workers_are_given_connections_without_delay_and_over_both_families() {
        let listeners = open_workers("[::]:0", 2).unwrap();
        let port = listeners[0].local_addr().unwrap().port();
        let mut listeners = listeners
            .into_iter()
            .map(|listener| TcpListener::from_std(listener).unwrap());
        let (first, second) = (listeners.next().unwrap(), listeners.next().unwrap());
        let (mut seen, mut clients) = ([0, 0], Vec::new());
        // The kernel spreads by a hash of the ports; missing one of two 64 times is past chance.
        for round in 0..64 {
            let host = if round % 2 == 0 { "127.0.0.1" } else { "::1" };
            let (client, accepted) = tokio::join!(TcpStream::connect((host, port)), async {
                tokio::select! {
                    accepted = accept(&first) => { seen[0] += 1; accepted }
                    accepted = accept(&second) => { seen[1] += 1; accepted }
                }
            });
            clients.push(client.unwrap());
            assert!(accepted.unwrap().0.nodelay().unwrap());
        }
        assert!(seen[0] > 0 && seen[1] > 0, "{seen:?}");
    }
}
