//! Files change under a running store.

use std::fs;

use tempfile::TempDir;

use super::*;
use crate::tls::certificates::tests::{NOW, pem};

fn files(directory: &TempDir) -> CertificateFiles {
    CertificateFiles {
        certificate: directory.path().join("site.pem"),
        key: directory.path().join("site.key"),
    }
}

fn write(directory: &TempDir, (certificate, key): &(String, String)) {
    fs::write(files(directory).certificate, certificate).unwrap();
    fs::write(files(directory).key, key).unwrap();
}

fn store_of(directory: &TempDir) -> CertificateStore {
    let source = CertificateSource::Files(vec![files(directory)]);
    CertificateStore::open(source, MinimumVersion::Tls12, NOW).unwrap()
}

#[test]
fn a_new_pair_is_taken_once_and_leaves_the_old_configuration_to_its_holders() {
    let directory = tempfile::tempdir().unwrap();
    write(&directory, &pem(&["a.test"]));
    let store = store_of(&directory);
    let before = store.config();
    assert_eq!(store.poll(NOW).unwrap(), Polled::Unchanged);
    write(&directory, &pem(&["a.test"]));
    assert_eq!(store.poll(NOW).unwrap(), Polled::Reloaded);
    assert_eq!(store.poll(NOW).unwrap(), Polled::Unchanged);
    let after = store.config();
    assert!(!Arc::ptr_eq(&before, &after));
    assert!(Arc::ptr_eq(&before.ticketer, &after.ticketer));
}

#[test]
fn a_pair_caught_between_its_two_writes_is_refused_and_taken_when_whole() {
    let directory = tempfile::tempdir().unwrap();
    write(&directory, &pem(&["a.test"]));
    let store = store_of(&directory);
    let before = store.config();
    let (certificate, key) = pem(&["a.test"]);
    fs::write(files(&directory).certificate, &certificate).unwrap();
    let refused = store.poll(NOW).unwrap_err();
    assert!(
        matches!(
            refused,
            TlsError::Certificate(CertificateError::OtherKey { .. })
        ),
        "{refused}"
    );
    assert_eq!(store.poll(NOW).unwrap(), Polled::Unchanged);
    assert!(Arc::ptr_eq(&before, &store.config()));
    fs::write(files(&directory).key, &key).unwrap();
    assert_eq!(store.poll(NOW).unwrap(), Polled::Reloaded);
}

#[test]
fn one_bad_pair_refuses_the_whole_set() {
    let (good, bad) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for directory in [&good, &bad] {
        write(directory, &pem(&["a.test"]));
    }
    let source = CertificateSource::Files(vec![files(&good), files(&bad)]);
    let store = CertificateStore::open(source, MinimumVersion::Tls12, NOW).unwrap();
    let before = store.config();
    write(&good, &pem(&["b.test"]));
    fs::remove_file(files(&bad).key).unwrap();
    for _ in 0..2 {
        let refused = store.reload(NOW).unwrap_err().to_string();
        assert_eq!(
            refused,
            format!("{} does not exist", files(&bad).key.display())
        );
    }
    assert!(Arc::ptr_eq(&before, &store.config()));
}

#[test]
fn an_expired_certificate_stops_the_start_but_not_what_runs() {
    let directory = tempfile::tempdir().unwrap();
    write(&directory, &pem(&["a.test"]));
    let store = store_of(&directory);
    let past = later(NOW, DAY * 91);
    assert_eq!(
        store.next_expiry(),
        later(NOW, DAY * 90 + Duration::from_secs(1))
    );
    assert_eq!(store.poll(past).unwrap(), Polled::Unchanged);
    let expired = |error: TlsError| {
        matches!(
            error,
            TlsError::Certificate(CertificateError::Expired { .. })
        )
    };
    assert!(expired(store.reload(past).unwrap_err()));
    let source = CertificateSource::Files(vec![files(&directory)]);
    assert!(expired(
        CertificateStore::open(source, MinimumVersion::Tls12, past)
            .err()
            .unwrap()
    ));
    store.config();
}

#[test]
fn the_development_certificate_is_renewed_before_it_ends() {
    let directory = tempfile::tempdir().unwrap();
    let source = CertificateSource::Development {
        directory: directory.path().to_owned(),
        extra_names: vec![],
    };
    let store = CertificateStore::open(source, MinimumVersion::Tls13, NOW).unwrap();
    assert_eq!(store.poll(later(NOW, DAY * 20)).unwrap(), Polled::Unchanged);
    let due = later(NOW, DAY * 21);
    assert_eq!(store.poll(due).unwrap(), Polled::Reloaded);
    assert_eq!(
        store.next_expiry(),
        later(due, DAY * 30 + Duration::from_secs(1))
    );
}

#[test]
fn tls_without_a_certificate_is_an_error() {
    let source = CertificateSource::Files(vec![]);
    let refused = CertificateStore::open(source, MinimumVersion::Tls12, NOW)
        .err()
        .unwrap();
    assert!(matches!(refused, TlsError::NoCertificate));
}
