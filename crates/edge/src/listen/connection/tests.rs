//! Handshakes with real clients: curl, rustls, and people who typed `http://`.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use palisade_kernel::{Clock, SystemClock};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tempfile::TempDir;
use tokio::io::{AsyncWriteExt, DuplexStream};
use tokio::net::TcpListener;
use tokio_rustls::TlsConnector;

use super::*;
use crate::tls::{CertificateSource, MinimumVersion};

const DEADLINE: Duration = Duration::from_secs(10);

/// A store of the development CA. Clients judge it by the machine's clock, so it does too.
fn store(directory: &TempDir, minimum: MinimumVersion) -> CertificateStore {
    let source = CertificateSource::Development {
        directory: directory.path().to_owned(),
        extra_names: vec!["acme.test".to_owned()],
    };
    CertificateStore::open(source, minimum, SystemClock::start().now()).unwrap()
}

async fn respond<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S) {
    let mut request = BytesMut::new();
    while !request.ends_with(b"\r\n\r\n") && stream.read_buf(&mut request).await.unwrap() > 0 {}
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
    stream.write_all(answer).await.unwrap();
    stream.shutdown().await.unwrap();
}

/// Runs curl against one accepted connection on a real socket.
async fn curl(
    store: &CertificateStore,
    arguments: impl FnOnce(u16) -> Vec<String>,
) -> (Output, Result<TlsFacts, HandshakeError>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let arguments = arguments(listener.local_addr().unwrap().port());
    let curl = tokio::task::spawn_blocking(move || {
        let run = Command::new("curl")
            .args(["-sS", "--noproxy", "*", "-m", "10"])
            .args(arguments)
            .output();
        run.expect("this test needs the curl command: apt install curl")
    });
    let (stream, _) = listener.accept().await.unwrap();
    let facts = match accept_tls(Prefixed::new(stream), store, DEADLINE, plain_http::bare).await {
        Ok((stream, facts)) => {
            respond(stream).await;
            Ok(facts)
        }
        Err(error) => Err(error),
    };
    (curl.await.unwrap(), facts)
}

fn trusting(authority: &Path, url: String) -> Vec<String> {
    let authority = authority.to_str().unwrap().to_owned();
    [
        "--http1.1".to_owned(),
        "--cacert".to_owned(),
        authority,
        url,
    ]
    .into()
}

#[tokio::test]
async fn curl_trusts_the_development_ca_and_asks_for_localhost() {
    let directory = tempfile::tempdir().unwrap();
    let store = store(&directory, MinimumVersion::Tls12);
    let authority = directory.path().join("ca.pem");
    for (host, sni) in [("localhost", Some("localhost")), ("127.0.0.1", None)] {
        let (output, facts) = curl(&store, |port| {
            trusting(&authority, format!("https://{host}:{port}/"))
        })
        .await;
        assert_eq!(output.stdout, b"ok", "{output:?}");
        let sni = sni.map(Into::into);
        let (version, http) = (TlsVersion::Tls13, HttpVersion::Http1);
        assert_eq!(facts.unwrap(), TlsFacts { version, sni, http });
    }
}

#[tokio::test]
async fn curl_without_the_authority_refuses() {
    let directory = tempfile::tempdir().unwrap();
    let store = store(&directory, MinimumVersion::Tls12);
    let (output, facts) = curl(&store, |port| vec![format!("https://localhost:{port}/")]).await;
    assert!(!output.status.success());
    assert_eq!(facts.unwrap_err().reason(), "failed");
}

#[tokio::test]
async fn plain_http_is_told_that_this_port_speaks_https() {
    let directory = tempfile::tempdir().unwrap();
    let store = store(&directory, MinimumVersion::Tls12);
    let (output, facts) = curl(&store, |port| {
        vec![
            "-i".to_owned(),
            "-d".to_owned(),
            "x".repeat(9000),
            format!("http://localhost:{port}/"),
        ]
    })
    .await;
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        said.starts_with("HTTP/1.1 400 ") && said.contains("speaks HTTPS"),
        "{said}"
    );
    assert_eq!(facts.unwrap_err().reason(), "plain-http");
}

/// A rustls client over memory.
async fn shake(
    store: &CertificateStore,
    config: ClientConfig,
    prefix: bool,
) -> Result<TlsFacts, HandshakeError> {
    let (near, far) = tokio::io::duplex(16 * 1024);
    let name = ServerName::try_from("acme.test").unwrap();
    let client = TlsConnector::from(Arc::new(config));
    let server = async {
        let mut near = Prefixed::new(near);
        if prefix {
            let mut first = BytesMut::new();
            near.read_buf(&mut first).await.unwrap();
            near = Prefixed::with(first.freeze(), near.into_parts().1);
        }
        accept_tls(near, store, DEADLINE, plain_http::bare).await
    };
    let (_client, server) = tokio::join!(client.connect(name, far), server);
    server.map(|(_, facts)| facts)
}

fn client(
    directory: &TempDir,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(directory.path().join("ca.pem")).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

#[tokio::test]
async fn versions_and_protocols_are_agreed_on() {
    let directory = tempfile::tempdir().unwrap();
    let (from_12, from_13) = (
        store(&directory, MinimumVersion::Tls12),
        store(&directory, MinimumVersion::Tls13),
    );
    let tls12 = || client(&directory, &[&rustls::version::TLS12]);
    let facts = shake(&from_12, tls12(), false).await.unwrap();
    assert_eq!(
        (facts.version, facts.http),
        (TlsVersion::Tls12, HttpVersion::Http1)
    );
    assert_eq!(
        shake(&from_13, tls12(), false).await.unwrap_err().reason(),
        "failed"
    );
    for prefix in [false, true] {
        let mut tls13 = client(&directory, &[&rustls::version::TLS13]);
        tls13.alpn_protocols = vec![b"http/1.1".to_vec(), b"h2".to_vec()];
        let facts = shake(&from_13, tls13, prefix).await.unwrap();
        assert_eq!(
            (facts.version, facts.http),
            (TlsVersion::Tls13, HttpVersion::Http2)
        );
        assert_eq!(facts.sni.as_deref(), Some("acme.test"));
    }
}

#[tokio::test]
async fn a_session_resumes_after_the_certificates_were_reloaded() {
    let directory = tempfile::tempdir().unwrap();
    let store = store(&directory, MinimumVersion::Tls12);
    let client = Arc::new(client(&directory, &[&rustls::version::TLS13]));
    for expected in [rustls::HandshakeKind::Full, rustls::HandshakeKind::Resumed] {
        let (near, far) = tokio::io::duplex(16 * 1024);
        let connector = TlsConnector::from(Arc::clone(&client));
        let name = ServerName::try_from("acme.test").unwrap();
        let (far, near) = tokio::join!(
            connector.connect(name, far),
            accept_tls(Prefixed::new(near), &store, DEADLINE, plain_http::bare)
        );
        let (mut far, (mut near, _)) = (far.unwrap(), near.unwrap());
        assert_eq!(near.get_ref().1.handshake_kind(), Some(expected));
        // The tickets travel with the first bytes.
        near.write_all(b"x").await.unwrap();
        near.flush().await.unwrap();
        far.read_u8().await.unwrap();
        store.reload(SystemClock::start().now()).unwrap();
    }
}

async fn failed(bytes: &[u8], closes: bool) -> &'static str {
    let directory = tempfile::tempdir().unwrap();
    let store = store(&directory, MinimumVersion::Tls12);
    let (near, mut far): (DuplexStream, DuplexStream) = tokio::io::duplex(1024);
    far.write_all(bytes).await.unwrap();
    if closes {
        far.shutdown().await.unwrap();
    }
    accept_tls(Prefixed::new(near), &store, DEADLINE, plain_http::bare)
        .await
        .unwrap_err()
        .reason()
}

#[tokio::test(start_paused = true)]
async fn what_is_no_handshake_ends_soon() {
    assert_eq!(failed(b"", true).await, "closed");
    assert_eq!(failed(b"\0\0", false).await, "not-tls");
    assert_eq!(failed(b"\x16\x03\x01\xff\xff", false).await, "failed");
    assert_eq!(failed(b"\x16\x03\x01\0\x05\x01", true).await, "failed");
}

#[tokio::test(start_paused = true)]
async fn a_silent_client_is_cut_off() {
    assert_eq!(failed(b"", false).await, "timeout");
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_stalls_midway_is_cut_off() {
    assert_eq!(failed(b"\x16\x03\x01\x02\x00\x01", false).await, "timeout");
}

#[test]
fn the_peer_is_who_the_balancer_names() {
    let (address, local) = (
        "[::ffff:10.0.0.1]:5".parse().unwrap(),
        "10.0.0.2:443".parse().unwrap(),
    );
    let direct = Peer::new(address, local, None);
    assert_eq!(
        (direct.ip(), direct.local),
        ("10.0.0.1".parse().unwrap(), local)
    );
    let (source, destination) = (
        "203.0.113.9:7".parse().unwrap(),
        "192.0.2.1:443".parse().unwrap(),
    );
    let proxied = Peer::new(
        address,
        local,
        Some(Addresses {
            source,
            destination,
        }),
    );
    assert_eq!((proxied.ip(), proxied.local), (source.ip(), destination));
    assert_eq!(proxied.scheme(), Scheme::Http);
}
