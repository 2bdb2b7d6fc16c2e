//! Bad files and unproven controls, by where a person is told of them.

use std::fs;

use palisade_edge::tls::{CertificateSource, CertificateStore, MinimumVersion};
use palisade_kernel::{ControlId, FixedClock, SystemClock};
use tempfile::TempDir;

use super::*;
use crate::config::{Overrides, Sources, load};

fn loaded(directory: &TempDir, toml: &str) -> Loaded {
    let path = directory.path().join("palisade.toml");
    fs::write(&path, toml).unwrap();
    let sources = Sources::new::<&str, &str>(Some(path), [], Overrides::default());
    load(&sources).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

async fn refusal_at(clock: Arc<dyn Clock>, directory: &TempDir, toml: &str) -> String {
    let loaded = loaded(directory, toml);
    let Err(mistakes) = first(&loaded, &Modes::new(), &clock).await else {
        panic!("it was taken");
    };
    mistakes.to_string()
}

async fn refusal(directory: &TempDir, toml: &str) -> String {
    refusal_at(Arc::new(SystemClock::start()), directory, toml).await
}

const APP: &str = "[[upstreams]]\nname = \"app\"\nurls = [\"https://127.0.0.1:3000\"]\n";

fn pair(certificate: &str, key: &str) -> String {
    format!("[[tls.certificates]]\ncertificate = {certificate:?}\nkey = {key:?}\n")
}

#[tokio::test]
async fn every_unusable_file_is_told_at_its_key_at_once() {
    let directory = TempDir::new().unwrap();
    let path = |name: &str| directory.path().join(name).display().to_string();
    fs::write(path("garbage.pem"), "no certificate").unwrap();
    let toml = [
        pair(&path("missing.pem"), &path("missing.key")),
        pair(&path("garbage.pem"), &path("missing.key")),
        APP.to_owned(),
        format!("tls = {{ ca_file = {:?} }}\n", path("missing-ca.pem")),
        APP.replace("app", "other"),
        format!(
            "tls = {{ ca_file = {0:?}, client_certificate = {0:?}, client_key = {0:?} }}\n",
            path("garbage.pem")
        ),
    ]
    .concat();
    let told = refusal(&directory, &toml).await;
    for expected in [
        "tls.certificates[0].certificate: ",
        "palisade.toml:2:15",
        "tls.certificates[1].",
        "upstreams[0].tls.ca_file: ",
        "upstreams[1].tls.ca_file: ",
        "4 mistakes in ",
    ] {
        assert!(told.contains(expected), "{expected} is not in:\n{told}");
    }
}

#[tokio::test]
async fn an_expired_certificate_is_told_at_its_key() {
    let directory = TempDir::new().unwrap();
    let source = CertificateSource::Development {
        directory: directory.path().to_owned(),
        extra_names: Vec::new(),
    };
    let now = SystemClock::start().now();
    CertificateStore::open(source, MinimumVersion::Tls12, now).unwrap();
    let path = |name: &str| directory.path().join(name).display().to_string();
    let toml = format!("{}{}", pair(&path("ca.pem"), &path("ca.key")), plain_app());
    let clock: Arc<dyn Clock> = Arc::new(FixedClock::at(now));
    assert!(
        first(&loaded(&directory, &toml), &Modes::new(), &clock)
            .await
            .is_ok()
    );

    let a_century = 100 * 366 * 24 * 3_600 * 1_000_000;
    let later = Timestamp::from_unix_micros(now.unix_micros() + a_century);
    let told = refusal_at(Arc::new(FixedClock::at(later)), &directory, &toml).await;
    assert!(told.contains("tls.certificates[0].certificate: "), "{told}");
    assert!(told.contains("expired on"), "{told}");
}

#[tokio::test]
async fn a_certificate_that_ends_soon_is_noticed_with_its_date_and_the_days_left() {
    let directory = TempDir::new().unwrap();
    let source = CertificateSource::Development {
        directory: directory.path().to_owned(),
        extra_names: Vec::new(),
    };
    let now = SystemClock::start().now();
    CertificateStore::open(source, MinimumVersion::Tls12, now).unwrap();
    let files = CertificateFiles {
        certificate: directory.path().join("ca.pem"),
        key: directory.path().join("ca.key"),
    };
    let (certificate, key) = (
        files.certificate.display().to_string(),
        files.key.display().to_string(),
    );
    let loaded = loaded(
        &directory,
        &format!("{}{}", pair(&certificate, &key), plain_app()),
    );
    let end = Certificate::load(&files, now).unwrap().not_after();
    let date = end.rfc3339()[..10].to_owned();
    let hour = 3_600 * 1_000_000;
    for (hours_left, told) in [
        (14 * 24, None),
        (14 * 24 - 1, Some("13 days")),
        (47, Some("1 day")),
        (1, Some("less than a day")),
    ] {
        let now = Timestamp::from_unix_micros(end.unix_micros() - hours_left * hour);
        let expected = told.map(|days| {
            format!(
                "{certificate} expires on {date}, {days} left: renew it and put the new file in \
                 its place"
            )
        });
        assert_eq!(expiring(&loaded, now), Vec::from_iter(expected));
    }
}

fn plain_app() -> String {
    APP.replace("https", "http")
}

#[tokio::test]
async fn a_development_certificate_leaves_the_data_directory_alone() {
    let directory = TempDir::new().unwrap();
    let data = directory.path().join("data");
    let toml = format!("[data]\ndirectory = {:?}\n{}", data.display(), plain_app());
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    assert!(
        first(&loaded(&directory, &toml), &Modes::new(), &clock)
            .await
            .is_ok()
    );
    assert!(!data.exists());
}

#[test]
fn an_unproven_control_is_told_at_its_section() {
    let directory = TempDir::new().unwrap();
    let toml = format!("[edge.headers]\nhsts = \"full\"\n{}", plain_app());
    let unproven = Unproven {
        control: ControlId::EdgeHeaders,
        sample: "a bare page gets every header",
        reason: "one is missing".to_owned(),
    };
    let mistakes = loaded(&directory, &toml).refuse(vec![unproven_finding(&unproven)]);
    let told = mistakes.to_string();
    assert!(
        told.contains(
            "edge.headers: the control is on and does not bite: a bare page gets every header: \
             one is missing"
        ),
        "{told}"
    );
    assert!(told.contains("palisade.toml:2:8"), "{told}");
}
