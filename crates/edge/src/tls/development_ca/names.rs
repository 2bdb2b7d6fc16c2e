//! The names a development certificate stands for.
//!
//! `*.localhost` cannot be among them: OpenSSL and browsers ignore a wildcard right above a
//! top-level name, and rustls refuses the whole certificate for it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use rcgen::SanType;

use super::DevelopmentCaError;
use crate::listen::authority::{Authority, HostKind};

/// The usual names, then those of `extra` that are not among them.
pub(super) fn permitted(extra: &[String]) -> Result<Vec<SanType>, DevelopmentCaError> {
    let mut names = vec![
        dns("localhost")?,
        SanType::IpAddress(Ipv4Addr::LOCALHOST.into()),
        SanType::IpAddress(Ipv6Addr::LOCALHOST.into()),
    ];
    for name in extra {
        let name =
            parse(name).ok_or_else(|| DevelopmentCaError::NameNotPermitted(name.clone()))??;
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(names)
}

fn dns(name: &str) -> Result<SanType, DevelopmentCaError> {
    Ok(SanType::DnsName(name.try_into()?))
}

/// `None` where the authority may not vouch for it, or clients would not take its word.
fn parse(name: &str) -> Option<Result<SanType, DevelopmentCaError>> {
    if let Ok(ip) = name
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>()
    {
        return ip.is_loopback().then_some(Ok(SanType::IpAddress(ip)));
    }
    let (wildcard, host) = match name.strip_prefix("*.") {
        Some(host) => ("*.", host),
        None => ("", name),
    };
    let host = Authority::parse(host.as_bytes()).ok()?;
    let below = |parent: &str| {
        host.host
            .strip_suffix(parent)
            .is_some_and(|left| left.ends_with('.'))
    };
    let single = host.host == "localhost" && wildcard.is_empty();
    let permitted = single || below("localhost") || below("test");
    (permitted && host.kind == HostKind::Name && host.port.is_none())
        .then(|| dns(&format!("{wildcard}{}", host.host)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_this_machine_are_permitted_and_no_others() {
        for name in [
            "acme.test",
            "*.acme.test",
            "*.app.localhost",
            "Acme.Localhost",
            "a.b.localhost",
            "localhost",
            "127.9.9.9",
            "::1",
            "[::1]",
        ] {
            assert!(permitted(&[name.to_owned()]).is_ok(), "{name}");
        }
        for name in [
            "example.com",
            "*",
            "*.com",
            "*.localhost",
            "*.test",
            "nottest",
            "test",
            "mytest.com",
            "localhost.com",
            "notlocalhost",
            "a.test:80",
            "10.0.0.1",
            "::2",
            "",
            "*.*.test",
            "a b.test",
            "a.*.test",
        ] {
            let refused = permitted(&[name.to_owned()]).unwrap_err();
            assert!(matches!(refused, DevelopmentCaError::NameNotPermitted(at) if at == name));
        }
    }

    #[test]
    fn a_name_given_twice_stands_once() {
        let extra = ["a.test", "A.test.", "localhost", "127.0.0.1"].map(str::to_owned);
        assert_eq!(permitted(&extra).unwrap().len(), 4);
    }
}
