//! The certificates themselves: what stands in the authority and in what it issues.

use data_encoding::HEXLOWER;
use palisade_kernel::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    NameConstraints, PKCS_ECDSA_P256_SHA256, SanType,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use time::OffsetDateTime;

use super::{AUTHORITY_LIFETIME, BACKDATED, SERVER_LIFETIME};
use crate::tls::{earlier, later};

pub(super) struct Authority {
    pub(super) issuer: Issuer<'static, KeyPair>,
    pub(super) certificate_pem: String,
    pub(super) key_pem: String,
    pub(super) not_after: Timestamp,
}

pub(super) fn authority(now: Timestamp) -> Result<Authority, rcgen::Error> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let not_after = later(now, AUTHORITY_LIFETIME);
    let mut params = CertificateParams::default();
    (params.not_before, params.not_after) = (date(earlier(now, BACKDATED)), date(not_after));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    // Name constraints leave other kinds of name alone, such as those of mail; this does not.
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.name_constraints = Some(constraints());
    // Trust stores tell authorities apart by name: each key gets its own.
    let identifier = params.key_identifier(&key);
    let tag = HEXLOWER.encode(identifier.get(..4).unwrap_or(&identifier));
    params.distinguished_name = DistinguishedName::new();
    let name = format!("Palisade development CA ({tag})");
    params.distinguished_name.push(DnType::CommonName, name);
    let certificate_pem = params.self_signed(&key)?.pem();
    let key_pem = key.serialize_pem();
    let issuer = Issuer::new(params, key);
    Ok(Authority {
        issuer,
        certificate_pem,
        key_pem,
        not_after,
    })
}

/// RFC 5280 section 4.2.1.10: a DNS name permits itself and all below it.
fn constraints() -> NameConstraints {
    NameConstraints {
        permitted_subtrees: vec![
            GeneralSubtree::DnsName("localhost".to_owned()),
            GeneralSubtree::DnsName("test".to_owned()),
            GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix([127, 0, 0, 0], 8)),
            GeneralSubtree::IpAddress(CidrSubnet::from_v6_prefix(
                std::net::Ipv6Addr::LOCALHOST.octets(),
                128,
            )),
        ],
        excluded_subtrees: Vec::new(),
    }
}

pub(super) fn server(
    issuer: &Issuer<'static, KeyPair>,
    names: Vec<SanType>,
    now: Timestamp,
    authority_not_after: Timestamp,
) -> Result<(CertificateDer<'static>, PrivateKeyDer<'static>), rcgen::Error> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let mut params = CertificateParams::default();
    let not_after = later(now, SERVER_LIFETIME).min(authority_not_after);
    (params.not_before, params.not_after) = (date(earlier(now, BACKDATED)), date(not_after));
    params.subject_alt_names = names;
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, "localhost");
    let certificate = params.signed_by(&key, issuer)?.der().clone();
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    Ok((certificate, key.into()))
}

/// To the second. Times past the year 9999, which X.509 cannot write, become its beginning.
fn date(at: Timestamp) -> OffsetDateTime {
    i64::try_from(at.unix_seconds())
        .ok()
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}
