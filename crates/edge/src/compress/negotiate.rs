//! Which codings a client accepts (RFC 9110 section 12.5.3), and which of them we choose.

use http::header::{ACCEPT_ENCODING, HeaderMap};

use crate::field_list;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Zstd,
    Brotli,
    Gzip,
}

impl Coding {
    /// Best first: about the same size at the levels used here, cheapest to make first.
    const PREFERRED: [Self; 3] = [Self::Zstd, Self::Brotli, Self::Gzip];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Zstd => "zstd",
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }
}

/// The codings named with a weight above zero. A client's weights beyond that are ignored: they
/// are all but unused, and the server knows the cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Acceptable {
    named: [bool; 3],
}

impl Acceptable {
    pub(crate) const NONE: Self = Self { named: [false; 3] };

    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut refused = [false; 3];
        let mut named = [false; 3];
        let mut rest = false;
        for item in field_list::elements(headers, &ACCEPT_ENCODING) {
            let mut parts = item.split(|byte| *byte == b';');
            let name = parts.next().unwrap_or_default().trim_ascii();
            let wanted = !parts.any(is_zero_weight);
            rest |= name == b"*" && wanted;
            let slots = named.iter_mut().zip(&mut refused);
            for (coding, (named, refused)) in Coding::PREFERRED.into_iter().zip(slots) {
                let alias = coding == Coding::Gzip && name.eq_ignore_ascii_case(b"x-gzip");
                if alias || name.eq_ignore_ascii_case(coding.as_str().as_bytes()) {
                    *named |= wanted;
                    *refused |= !wanted;
                }
            }
        }
        for (named, refused) in named.iter_mut().zip(refused) {
            *named |= rest && !refused;
        }
        Self { named }
    }

    pub(crate) fn best(self) -> Option<Coding> {
        Coding::PREFERRED
            .into_iter()
            .zip(self.named)
            .find_map(|(coding, named)| named.then_some(coding))
    }
}

/// `q=0`, `q=0.0` and so on.
fn is_zero_weight(parameter: &[u8]) -> bool {
    let parameter = parameter.trim_ascii();
    let weight = parameter
        .strip_prefix(b"q=")
        .or_else(|| parameter.strip_prefix(b"Q="));
    weight.is_some_and(|weight| {
        !weight.is_empty() && weight.iter().all(|byte| matches!(byte, b'0' | b'.'))
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn check(accept: &'static str, expected: Option<Coding>) {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(accept));
        assert_eq!(Acceptable::of(&headers).best(), expected, "{accept}");
    }

    #[test]
    fn the_cheapest_accepted_coding_is_chosen() {
        check("gzip, deflate, br, zstd", Some(Coding::Zstd));
        check("gzip, deflate, br", Some(Coding::Brotli));
        check("GZIP", Some(Coding::Gzip));
        check("x-gzip", Some(Coding::Gzip));
        check("deflate", None);
        check("identity", None);
        check("", None);
    }

    #[test]
    fn a_weight_of_zero_refuses() {
        check("gzip;q=0", None);
        check("gzip; q=0.000, br;q=0.1", Some(Coding::Brotli));
        check("*", Some(Coding::Zstd));
        check("*;q=0, gzip", Some(Coding::Gzip));
        check("zstd;q=0, *", Some(Coding::Brotli));
    }
}
