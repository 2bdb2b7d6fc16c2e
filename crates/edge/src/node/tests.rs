//! Where the redirect leads, and which setting a taken port is told by.

use super::*;

fn listen(redirect_port: Option<NonZeroU16>) -> ListenOptions {
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    ListenOptions {
        address: any,
        redirect_address: Some(any),
        redirect_port,
        certificates: None,
        proxy_protocol: false,
        connections_max: 1,
        header_timeout: Duration::from_secs(1),
        handshake_timeout: Duration::from_secs(1),
        body_timeout: Duration::from_secs(1),
        write_timeout: Duration::from_secs(1),
        workers: NonZeroUsize::MIN,
    }
}

fn redirects_to(sockets: &Sockets) -> Option<u16> {
    sockets
        .per_worker
        .iter()
        .flatten()
        .find_map(|(_, entrance)| match entrance {
            Entrance::Redirect { https_port } => Some(*https_port),
            Entrance::App => None,
        })
}

#[test]
fn a_redirect_leads_to_the_port_that_was_bound_or_to_the_one_that_is_mapped() {
    let bound = Sockets::open(&listen(None)).unwrap();
    assert_eq!(redirects_to(&bound), Some(bound.address.port()));
    let mapped = Sockets::open(&listen(NonZeroU16::new(443))).unwrap();
    assert_eq!(redirects_to(&mapped), Some(443));
}

#[test]
fn a_taken_redirect_port_is_told_by_its_own_setting() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = ListenOptions {
        redirect_address: Some(other.local_addr().unwrap()),
        ..listen(None)
    };
    let message = Sockets::open(&taken).map(|_| ()).unwrap_err().to_string();
    assert!(
        message.contains("listen.redirect_address / --redirect-address"),
        "{message}"
    );
}
