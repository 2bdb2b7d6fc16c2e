//! Right and wrong files, and what is said of the wrong ones.

use std::time::Duration;

use rcgen::{CertificateParams, KeyPair};

use super::*;
use crate::tls::{DAY, later};

pub(in crate::tls) const NOW: Timestamp = Timestamp::from_unix_micros(1_795_516_800_000_000);

/// PEM of a self-signed certificate for `names`, valid from `NOW` for 90 days, and of its key.
pub(in crate::tls) fn pem(names: &[&str]) -> (String, String) {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    let at = |at: Timestamp| {
        time::OffsetDateTime::from_unix_timestamp(at.unix_seconds().try_into().unwrap()).unwrap()
    };
    (params.not_before, params.not_after) = (at(NOW), at(later(NOW, DAY * 90)));
    let key = KeyPair::generate().unwrap();
    (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

pub(in crate::tls) fn certificate(names: &[&str]) -> Certificate {
    let (certificate, key) = pem(names);
    parse(&certificate, &key, NOW).unwrap()
}

fn parse(certificate: &str, key: &str, now: Timestamp) -> Result<Certificate, CertificateError> {
    let files = CertificateFiles {
        certificate: "site.pem".into(),
        key: "site.key".into(),
    };
    Certificate::parse(certificate.as_bytes(), key.as_bytes(), &files, now)
}

fn refusal(certificate: &str, key: &str) -> String {
    parse(certificate, key, NOW).unwrap_err().to_string()
}

#[test]
fn a_pair_tells_its_names_and_its_end() {
    let certificate = certificate(&["A.test", "*.a.test"]);
    assert_eq!(certificate.names(), ["a.test", "*.a.test"]);
    let end = later(NOW, DAY * 90 + Duration::from_secs(1));
    assert_eq!(certificate.not_after(), end);
}

#[test]
fn each_wrong_file_is_named_with_what_is_wrong() {
    let (certificate, key) = pem(&["a.test"]);
    let (_, other_key) = pem(&["a.test"]);
    let half = |text: &str| text[..text.len() / 2].to_owned();
    let encrypted =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIH\n-----END ENCRYPTED PRIVATE KEY-----\n";
    let old = "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nMIH\n-----END EC PRIVATE KEY-----\n";
    let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let garbage_key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    for (certificate, key, said) in [
        ("", key.as_str(), "site.pem holds no certificate"),
        ("garbage", &key, "site.pem holds no certificate"),
        (&key, &certificate, "site.pem holds no certificate"),
        (
            &half(&certificate),
            &key,
            "site.pem is incomplete or damaged: a block has no END line",
        ),
        (garbage, &key, "site.pem is incomplete or damaged"),
        (&certificate, "", "site.key holds no private key"),
        (
            &certificate,
            &half(&key),
            "site.key is incomplete or damaged",
        ),
        (
            &certificate,
            garbage_key,
            "site.key is of a kind that TLS servers cannot use",
        ),
        (&certificate, encrypted, "site.key is encrypted"),
        (&certificate, old, "site.key is encrypted"),
        (
            &certificate,
            &other_key,
            "site.key is not the key of the first certificate in site.pem",
        ),
    ] {
        let refusal = refusal(certificate, key);
        assert!(refusal.starts_with(said), "{refusal}");
    }
}

#[test]
fn a_certificate_counts_only_within_its_days() {
    let (certificate, key) = pem(&["a.test"]);
    let end = later(NOW, DAY * 90);
    assert!(parse(&certificate, &key, end).is_ok());
    let expired = parse(&certificate, &key, later(end, Duration::from_secs(1))).unwrap_err();
    assert_eq!(
        expired.to_string(),
        "site.pem expired on 2027-02-22T10:40:01Z. Renew the certificate and put the new file in \
         its place"
    );
    let early = Timestamp::from_unix_micros(NOW.unix_micros() - 1);
    let early = parse(&certificate, &key, early).unwrap_err().to_string();
    assert!(
        early.starts_with("site.pem is not valid before 2026-11-24T10:40:00Z"),
        "{early}"
    );
}

#[test]
fn missing_and_forbidden_files_are_told_apart() {
    let directory = tempfile::tempdir().unwrap();
    let files = CertificateFiles {
        certificate: directory.path().join("site.pem"),
        key: directory.path().join("site.key"),
    };
    let missing = Certificate::load(&files, NOW).unwrap_err().to_string();
    assert_eq!(
        missing,
        format!("{} does not exist", files.certificate.display())
    );
}
