//! The certificate for the name a client asks for (SNI, RFC 6066 section 3).

use std::collections::HashMap;
use std::sync::Arc;

use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::Certificate;

/// An exact name before a wildcard, and the first certificate for everything else: clients
/// without SNI, and names that nobody has, whose requests are then refused by host.
#[derive(Debug)]
pub(in crate::tls) struct ByName {
    exact: HashMap<String, Arc<CertifiedKey>>,
    /// By what follows the `*.`, which stands for one label (RFC 6125 section 6.4.3).
    wildcards: HashMap<String, Arc<CertifiedKey>>,
    first: Arc<CertifiedKey>,
}

impl ByName {
    /// Where two certificates have the same name, the earlier one serves it. `None` without any
    /// certificate.
    pub(in crate::tls) fn new(certificates: &[Certificate]) -> Option<Self> {
        let first = Arc::clone(&certificates.first()?.key);
        let (mut exact, mut wildcards) = (HashMap::new(), HashMap::new());
        for certificate in certificates {
            for name in &certificate.names {
                let (map, name) = match name.strip_prefix("*.") {
                    Some(parent) => (&mut wildcards, parent),
                    None => (&mut exact, name.as_str()),
                };
                map.entry(name.to_owned())
                    .or_insert_with(|| Arc::clone(&certificate.key));
            }
        }
        Some(Self {
            exact,
            wildcards,
            first,
        })
    }

    /// `name` in lower case, as rustls hands it on.
    fn find(&self, name: &str) -> &Arc<CertifiedKey> {
        let name = name.strip_suffix('.').unwrap_or(name);
        let wildcard = || self.wildcards.get(name.split_once('.')?.1);
        self.exact
            .get(name)
            .or_else(wildcard)
            .unwrap_or(&self.first)
    }
}

impl ResolvesServerCert for ByName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let found = hello
            .server_name()
            .map_or(&self.first, |name| self.find(name));
        Some(Arc::clone(found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tls::certificates::tests::certificate;

    #[test]
    fn the_closest_name_wins_and_the_first_certificate_takes_the_rest() {
        let certificates = [
            certificate(&["a.test"]),
            certificate(&["*.b.test", "b.test"]),
            certificate(&["x.b.test", "a.test"]),
        ];
        let by_name = ByName::new(&certificates).unwrap();
        for (name, index) in [
            ("a.test", 0),
            ("b.test", 1),
            ("y.b.test", 1),
            ("x.b.test", 2),
            ("x.b.test.", 2),
            ("z.y.b.test", 0),
            ("unknown.test", 0),
            ("test", 0),
        ] {
            assert!(
                Arc::ptr_eq(by_name.find(name), &certificates[index].key),
                "{name}"
            );
        }
        assert!(ByName::new(&[]).is_none());
    }
}
