//! TLS to the app: who is trusted, and who we say we are.

use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::server::WebPkiClientVerifier;
use rustls_pki_types::PrivateKeyDer;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::*;
use crate::tls::CertificateFiles;
use crate::upstream::{GroupError, Protocol, Target};

struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    directory: tempfile::TempDir,
}

struct Leaf {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let directory = tempfile::tempdir().unwrap();
        Self { issuer, directory }
    }

    fn issue(&self, name: &str) -> Leaf {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Leaf { certificate, key }
    }

    fn write(&self, name: &str, pem: &str) -> PathBuf {
        let path = self.directory.path().join(name);
        std::fs::write(&path, pem).unwrap();
        path
    }

    fn ca_file(&self) -> PathBuf {
        self.write("ca.pem", &self.issuer.pem())
    }

    /// A server that shows a certificate for `localhost`.
    fn acceptor(&self, alpn: &[u8], asks_client: bool) -> TlsAcceptor {
        let provider = Arc::new(default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap();
        let mut roots = rustls::RootCertStore::empty();
        roots.add(self.issuer.der().clone()).unwrap();
        let builder = if asks_client {
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        } else {
            builder.with_no_client_auth()
        };
        let leaf = self.issue("localhost");
        let key = PrivateKeyDer::try_from(leaf.key.serialize_der()).unwrap();
        let chain = vec![leaf.certificate.der().clone()];
        let mut config = builder.with_single_cert(chain, key).unwrap();
        config.alpn_protocols = vec![alpn.to_vec()];
        TlsAcceptor::from(Arc::new(config))
    }
}

fn secured(app: &App, choose: impl FnOnce(&mut Options)) -> Fixture {
    let port = app.0.local_addr().unwrap().port();
    fixture(&[&format!("https://localhost:{port}")], choose)
}

async fn accept(app: &App, acceptor: &TlsAcceptor) -> std::io::Result<Peer<TlsStream<TcpStream>>> {
    Ok(Peer(acceptor.accept(app.accept().await.0).await?))
}

/// The outcome of one request to a server certified for `localhost` by `authority`.
async fn outcome(
    authority: &Authority,
    asks_client: bool,
    choose: impl FnOnce(&mut Options),
) -> Result<Answer, UpstreamErrorKind> {
    let app = App::start().await;
    let acceptor = authority.acceptor(b"http/1.1", asks_client);
    let gateway = secured(&app, choose);
    let serving = async {
        if let Ok(mut peer) = accept(&app, &acceptor).await {
            peer.answer(OK).await;
        }
    };
    let asking = gateway.get("/");
    let serving = async {
        serving.await;
        std::future::pending::<()>().await
    };
    tokio::select! { outcome = asking => outcome, () = serving => panic!("never ends") }
}

#[tokio::test]
async fn an_app_certified_by_the_given_authority_is_trusted() {
    let authority = Authority::new();
    let ca_file = authority.ca_file();
    let answer = outcome(&authority, false, |options| {
        options.tls.ca_file = Some(ca_file)
    })
    .await;
    assert_eq!(answer.unwrap().text, "ok");
}

#[tokio::test]
async fn an_app_certified_by_another_authority_is_refused() {
    let (trusted, other) = (Authority::new(), Authority::new());
    let refused = outcome(&other, false, |options| {
        options.tls.ca_file = Some(trusted.ca_file());
    });
    assert_eq!(refused.await.unwrap_err(), UpstreamErrorKind::Unreachable);
}

#[tokio::test]
async fn an_app_certified_for_another_name_is_refused() {
    let authority = Authority::new();
    let ca_file = authority.ca_file();
    let refused = outcome(&authority, false, |options| {
        options.tls.ca_file = Some(ca_file);
        options.tls.server_name = Some("app.internal".try_into().unwrap());
    });
    assert_eq!(refused.await.unwrap_err(), UpstreamErrorKind::Unreachable);
}

#[tokio::test]
async fn an_app_that_wants_to_know_us_sees_our_certificate() {
    let authority = Authority::new();
    let ca_file = authority.ca_file();
    let ours = authority.issue("gateway");
    let certificate = authority.write("gateway.pem", &ours.certificate.pem());
    let key = authority.write("gateway.key", &ours.key.serialize_pem());
    let known = outcome(&authority, true, |options| {
        options.tls.ca_file = Some(ca_file.clone());
        options.tls.client = Some(CertificateFiles { certificate, key });
    });
    assert_eq!(known.await.unwrap().text, "ok");
    let unknown = outcome(&authority, true, |options| {
        options.retries_max = 0;
        options.tls.ca_file = Some(ca_file);
    });
    assert_eq!(unknown.await.unwrap_err(), UpstreamErrorKind::Unreachable);
}

#[tokio::test(start_paused = true)]
async fn an_app_that_accepts_and_then_says_nothing_times_out() {
    let authority = Authority::new();
    let app = App::start().await;
    let gateway = secured(&app, |options| {
        options.tls.ca_file = Some(authority.ca_file());
    });
    let before = tokio::time::Instant::now();
    let hanging = async { app.accept().await.closed().await };
    let ((), outcome) = tokio::join!(hanging, gateway.get("/"));
    assert_eq!(outcome.unwrap_err(), UpstreamErrorKind::Timeout);
    assert!((5..7).contains(&before.elapsed().as_secs()));
    let snapshot = gateway.group.snapshot();
    let instance = &snapshot.instances[0];
    assert_eq!((instance.timeouts, instance.connect_failures), (1, 1));
}

#[tokio::test]
async fn http2_must_be_agreed_on() {
    let authority = Authority::new();
    for (offered, agreed) in [(&b"h2"[..], true), (b"", false)] {
        let app = App::start().await;
        let mut options_ca = Some(authority.ca_file());
        let acceptor = authority.acceptor(offered, false);
        let gateway = secured(&app, |options| {
            options.protocol = Protocol::Http2;
            options.tls.ca_file = options_ca.take();
        });
        let serving = async {
            let Ok(peer) = accept(&app, &acceptor).await else {
                return;
            };
            let Ok(mut connection) = h2::server::handshake(peer.0).await else {
                return;
            };
            while let Some(Ok((request, mut respond))) = connection.accept().await {
                assert_eq!(request.uri(), "https://shop.example/");
                respond.send_response(Response::new(()), true).unwrap();
            }
        };
        let serving = async {
            serving.await;
            std::future::pending::<()>().await
        };
        let outcome = tokio::select! {
            outcome = gateway.get("/") => outcome,
            () = serving => panic!("never ends"),
        };
        match outcome {
            Ok(answer) => assert!(agreed && answer.status == 200),
            Err(kind) => assert!(!agreed && kind == UpstreamErrorKind::Unreachable),
        }
    }
}

#[track_caller]
fn refused(choose: impl FnOnce(&mut Options)) -> GroupError {
    let mut options = Options::sample(&["https://app.internal"]);
    choose(&mut options);
    let clock = Arc::new(FixedClock::at(Timestamp::from_unix_micros(0)));
    Group::new(options, clock).err().unwrap()
}

#[test]
fn files_that_cannot_be_used_are_named() {
    let authority = Authority::new();
    // Larger than any file of certificates, and read no further than its bound.
    let endless = Path::new("/dev/zero");
    for path in [
        Path::new("/nowhere/ca.pem"),
        &authority.write("empty.pem", ""),
        endless,
    ] {
        let error = refused(|options| options.tls.ca_file = Some(path.to_owned()));
        assert_eq!(error.path(), Some(path), "{error}");
        assert!(
            error.to_string().contains(path.to_str().unwrap()),
            "{error}"
        );
    }
}

#[test]
fn a_key_that_does_not_go_with_its_certificate_is_refused() {
    let authority = Authority::new();
    let (ours, other) = (authority.issue("gateway"), authority.issue("gateway"));
    let error = refused(|options| {
        options.tls.ca_file = Some(authority.ca_file());
        options.tls.client = Some(CertificateFiles {
            certificate: authority.write("c.pem", &ours.certificate.pem()),
            key: authority.write("k.pem", &other.key.serialize_pem()),
        });
    });
    assert!(
        matches!(error, GroupError::ClientCertificate { .. }),
        "{error}"
    );
}

fn targets(urls: &[&str]) -> Vec<Target> {
    urls.iter().map(|url| url.parse().unwrap()).collect()
}

#[test]
fn options_that_cannot_work_are_refused_with_what_to_do() {
    let plain = |choose: fn(&mut Options)| {
        refused(|options| {
            options.instances = targets(&["http://app"]);
            choose(options);
        })
        .to_string()
    };
    assert!(plain(|options| options.instances.clear()).contains("name at least one"));
    let many = |options: &mut Options| options.instances = targets(&["http://a"; 65]);
    assert!(plain(many).contains("at most 64"));
    assert!(plain(|options| options.in_flight_max = 0).contains("in_flight_max"));
    assert!(plain(|options| options.breaker.failures = 0).contains("breaker.failures"));
    assert!(plain(|options| options.dns_refresh = Duration::ZERO).contains("dns_refresh"));
}
