//! Every port the demo needs, checked before anything starts: a port in use is named together with
//! the flag that moves it, all of them at once.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use thiserror::Error;
use tokio::net::TcpSocket;

/// What listens on a port, and the flag that moves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Port {
    pub(super) number: u16,
    pub(super) what: &'static str,
    pub(super) flag: &'static str,
}

/// A port that is ours until this is dropped. It is bound and does not listen, so that whoever
/// connects is refused, as with an app that is down.
pub(super) struct Reservation(TcpSocket);

/// Ports that cannot be had.
#[derive(Debug, Error)]
pub struct PortError(Vec<Conflict>);

#[derive(Debug)]
enum Conflict {
    Taken(Port, io::Error),
    Twice(Port, Port),
}

/// Reserves each of `ports` on 127.0.0.1; 0 lets the system choose.
pub(super) fn reserve<const N: usize>(ports: [Port; N]) -> Result<[Reservation; N], PortError> {
    let mut conflicts = Vec::new();
    for (index, port) in ports.iter().enumerate() {
        let earlier = ports.iter().take(index);
        let same = |other: &&Port| other.number == port.number && port.number != 0;
        if let Some(other) = earlier.copied().find(|other| same(&other)) {
            conflicts.push(Conflict::Twice(other, *port));
        }
    }
    let mut reserved = Vec::new();
    for port in ports {
        match bind(port.number) {
            Ok(socket) => reserved.push(Reservation(socket)),
            Err(cause) => conflicts.push(Conflict::Taken(port, cause)),
        }
    }
    match <[Reservation; N]>::try_from(reserved) {
        Ok(reserved) if conflicts.is_empty() => Ok(reserved),
        _ => Err(PortError(conflicts)),
    }
}

/// With `SO_REUSEADDR`, as the listeners have it that come after: Linux then lets them bind
/// beside a socket that does not listen, but never beside one that does.
fn bind(port: u16) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    Ok(socket)
}

impl Reservation {
    pub(super) fn address(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl fmt::Display for PortError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not every port can be had:")?;
        for conflict in &self.0 {
            match conflict {
                Conflict::Taken(Port { number, what, flag }, cause)
                    if cause.kind() == io::ErrorKind::AddrInUse =>
                {
                    write!(
                        f,
                        "\n  {number} ({what}) is in use: stop what uses it, or choose another with {flag}"
                    )?;
                }
                Conflict::Taken(Port { number, what, flag }, cause) => {
                    write!(
                        f,
                        "\n  {number} ({what}): {cause}; choose another with {flag}"
                    )?;
                }
                Conflict::Twice(first, second) => write!(
                    f,
                    "\n  {} is asked for twice, by {} ({}) and {} ({})",
                    first.number, first.what, first.flag, second.what, second.flag
                )?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    const fn port(number: u16, flag: &'static str) -> Port {
        let what = "something";
        Port { number, what, flag }
    }

    #[tokio::test]
    async fn a_port_in_use_is_named_with_the_flag_that_moves_it() {
        let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let number = taken.local_addr().unwrap().port();
        let error = reserve([port(0, "--port"), port(number, "--ops-port")])
            .err()
            .unwrap()
            .to_string();
        assert!(
            error.contains(&format!("{number} (something) is in use")),
            "{error}"
        );
        assert!(
            error.contains("--ops-port") && !error.contains("--port\n"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn every_port_that_cannot_be_had_is_told_at_once() {
        let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let number = taken.local_addr().unwrap().port();
        let error = reserve([port(number, "--app-port"), port(number, "--port")])
            .err()
            .unwrap()
            .to_string();
        assert_eq!(error.matches("in use").count(), 2, "{error}");
        assert_eq!(error.matches("twice").count(), 1, "{error}");
    }

    #[tokio::test]
    async fn a_reserved_port_refuses_connections_and_can_be_listened_on() {
        let [reserved] = reserve([port(0, "--app-port")]).unwrap();
        let address = reserved.address().unwrap();
        let error = TcpStream::connect(address).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        let listener = TcpListener::bind(address).await.unwrap();
        assert!(TcpStream::connect(address).await.is_ok());
        drop(listener);
    }
}
