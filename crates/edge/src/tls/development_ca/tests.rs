//! What is on disk decides; and other programs' opinion of the certificates.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use rcgen::{CertificateParams, SanType};
use tempfile::TempDir;

use super::*;
use crate::tls::certificates::tests::NOW;

fn authority_in(directory: &TempDir) -> DevelopmentCa {
    DevelopmentCa::open(directory.path(), NOW).unwrap()
}

fn read(directory: &TempDir, name: &str) -> Vec<u8> {
    fs::read(directory.path().join(name)).unwrap()
}

fn mode(directory: &TempDir, name: &str) -> u32 {
    fs::metadata(directory.path().join(name))
        .unwrap()
        .permissions()
        .mode()
        & 0o777
}

#[test]
fn the_first_start_makes_an_authority_and_later_ones_take_it_up() {
    let directory = tempfile::tempdir().unwrap();
    assert!(authority_in(&directory).is_new());
    let (certificate, key) = (read(&directory, "ca.pem"), read(&directory, "ca.key"));
    assert_eq!(
        (mode(&directory, "ca.pem"), mode(&directory, "ca.key")),
        (0o644, 0o600)
    );
    assert!(!authority_in(&directory).is_new());
    assert_eq!(
        (certificate, key),
        (read(&directory, "ca.pem"), read(&directory, "ca.key"))
    );
}

#[test]
fn a_data_directory_is_made_where_there_is_none() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a/b");
    DevelopmentCa::open(&path, NOW).unwrap();
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o700
    );
}

#[test]
fn a_key_whose_certificate_was_never_written_is_replaced() {
    let directory = tempfile::tempdir().unwrap();
    authority_in(&directory);
    fs::remove_file(directory.path().join("ca.pem")).unwrap();
    assert!(authority_in(&directory).is_new());
    authority_in(&directory).issue(&[], NOW).unwrap();
}

#[test]
fn an_authority_at_its_end_is_replaced_even_with_another_key_beside_it() {
    let directory = tempfile::tempdir().unwrap();
    authority_in(&directory);
    let before = read(&directory, "ca.pem");
    let end = later(NOW, AUTHORITY_LIFETIME);
    let almost = super::super::earlier(end, SERVER_LIFETIME + DAY);
    assert!(
        !DevelopmentCa::open(directory.path(), almost)
            .unwrap()
            .is_new()
    );
    fs::write(directory.path().join("ca.key"), "of the next one").unwrap();
    assert!(
        DevelopmentCa::open(directory.path(), later(almost, DAY))
            .unwrap()
            .is_new()
    );
    assert_ne!(before, read(&directory, "ca.pem"));
}

#[test]
fn what_somebody_may_trust_is_never_replaced_silently() {
    let other = tempfile::tempdir().unwrap();
    authority_in(&other);
    let unconstrained = CertificateParams::new(vec![]).unwrap();
    let unconstrained = unconstrained
        .self_signed(&KeyPair::generate().unwrap())
        .unwrap()
        .pem();
    for (name, content, reason) in [
        (
            "ca.pem",
            Some(b"garbage".to_vec()),
            "it holds no whole certificate",
        ),
        (
            "ca.pem",
            Some(read(&other, "ca.pem")[..300].to_vec()),
            "it holds no whole certificate",
        ),
        (
            "ca.pem",
            Some(unconstrained.into()),
            "it is not a CA limited to this machine's names",
        ),
        (
            "ca.key",
            None,
            "it is missing, though its certificate ca.pem is there",
        ),
        (
            "ca.key",
            Some(b"garbage".to_vec()),
            "it holds no whole private key",
        ),
        (
            "ca.key",
            Some(read(&other, "ca.key")[..100].to_vec()),
            "it holds no whole private key",
        ),
        (
            "ca.key",
            Some(read(&other, "ca.key")),
            "it is not the key of the certificate ca.pem",
        ),
    ] {
        let directory = tempfile::tempdir().unwrap();
        authority_in(&directory);
        let path = directory.path().join(name);
        match content {
            Some(content) => fs::write(&path, content).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
        let refused = DevelopmentCa::open(directory.path(), NOW)
            .err()
            .unwrap()
            .to_string();
        let expected = format!(
            "{} cannot be used as the development CA: {reason}.",
            path.display()
        );
        assert!(refused.starts_with(&expected), "{refused}");
        assert!(refused.contains("delete ca.pem and ca.key"), "{refused}");
    }
}

#[test]
fn certificates_live_thirty_days_and_never_past_their_authority() {
    let directory = tempfile::tempdir().unwrap();
    let authority = authority_in(&directory);
    let issued = authority.issue(&["acme.test".to_owned()], NOW).unwrap();
    assert_eq!(issued.names(), ["localhost", "acme.test"]);
    let end = later(NOW, SERVER_LIFETIME + Duration::from_secs(1));
    assert_eq!(issued.not_after(), end);
    let late = super::super::earlier(later(NOW, AUTHORITY_LIFETIME), DAY);
    let issued = authority.issue(&[], late).unwrap();
    assert_eq!(
        issued.not_after(),
        later(late, DAY + Duration::from_secs(1))
    );
}

fn openssl() -> Command {
    let found = Command::new("openssl").arg("version").output();
    found.expect("this test needs the openssl command: apt install openssl");
    Command::new("openssl")
}

/// What `openssl verify` says of `certificate` under the authority in `directory`.
fn openssl_verify(directory: &TempDir, certificate: &[u8], name: &str) -> Result<(), String> {
    let (der, path) = (
        directory.path().join("server.der"),
        directory.path().join("server.pem"),
    );
    fs::write(&der, certificate).unwrap();
    openssl()
        .args(["x509", "-inform", "DER", "-in"])
        .arg(&der)
        .arg("-out")
        .arg(&path)
        .output()
        .unwrap();
    let at = NOW.unix_seconds().to_string();
    let output = openssl()
        .args([
            "verify",
            "-x509_strict",
            "-purpose",
            "sslserver",
            "-attime",
            &at,
        ])
        .args(["-verify_hostname", name, "-CAfile"])
        .args([&directory.path().join("ca.pem"), &path])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    if output.status.success() {
        Ok(())
    } else {
        Err(said)
    }
}

#[test]
fn openssl_accepts_what_is_permitted_and_refuses_the_rest_though_it_is_signed() {
    let directory = tempfile::tempdir().unwrap();
    let authority = authority_in(&directory);
    let issued = authority.issue(&["acme.test".to_owned()], NOW).unwrap();
    let der = issued.key.end_entity_cert().unwrap();
    for name in ["localhost", "acme.test"] {
        assert_eq!(openssl_verify(&directory, der, name), Ok(()), "{name}");
    }
    // A thief of ca.key would not go through `issue`.
    let bank = vec![SanType::DnsName("bank.example".try_into().unwrap())];
    let (forged, _) = made::server(&authority.issuer, bank, NOW, authority.not_after).unwrap();
    let refused = openssl_verify(&directory, &forged, "bank.example").unwrap_err();
    assert!(refused.contains("permitted subtree violation"), "{refused}");
}
