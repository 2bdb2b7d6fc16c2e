//! What is measured, in the order of the report, each with the target it must meet.

/// A load of many small requests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scenario {
    /// Its name in results, stable over time.
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) protocol: Protocol,
    pub(crate) file: &'static ServedFile,
    /// Whether each proxy adds the security headers.
    pub(crate) headers: bool,
    /// Palisade's CPU time per request as a multiple of nginx's, at most.
    pub(crate) ratio_max: Option<f64>,
    /// Requests per second of the paced run, well below what any of the proxies can do.
    pub(crate) paced_rate: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// HTTP/1.1 without TLS.
    Plain,
    /// HTTP/1.1 over TLS 1.3.
    Tls,
    /// HTTP/2 over TLS 1.3.
    TlsHttp2,
}

/// A file of the upstream.
#[derive(Debug)]
pub(crate) struct ServedFile {
    pub(crate) name: &'static str,
    pub(crate) bytes: u64,
}

pub(crate) const ONE_KIB: ServedFile = ServedFile {
    name: "1k.bin",
    bytes: 1024,
};
pub(crate) const HUNDRED_KIB: ServedFile = ServedFile {
    name: "100k.bin",
    bytes: 100 * 1024,
};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "plain-1k",
        about: "HTTP/1.1, 1 KiB answers",
        protocol: Protocol::Plain,
        file: &ONE_KIB,
        headers: false,
        ratio_max: Some(1.1),
        paced_rate: 4000,
    },
    Scenario {
        name: "plain-1k-headers",
        about: "the same, each proxy adding six security headers",
        protocol: Protocol::Plain,
        file: &ONE_KIB,
        headers: true,
        ratio_max: None,
        paced_rate: 4000,
    },
    Scenario {
        name: "tls-1k",
        about: "HTTP/1.1 over TLS 1.3, 1 KiB answers",
        protocol: Protocol::Tls,
        file: &ONE_KIB,
        headers: false,
        ratio_max: Some(1.05),
        paced_rate: 4000,
    },
    Scenario {
        name: "tls-h2-1k",
        about: "HTTP/2 over TLS 1.3, 1 KiB answers",
        protocol: Protocol::TlsHttp2,
        file: &ONE_KIB,
        headers: false,
        ratio_max: None,
        paced_rate: 4000,
    },
    Scenario {
        name: "plain-100k",
        about: "HTTP/1.1, 100 KiB answers",
        protocol: Protocol::Plain,
        file: &HUNDRED_KIB,
        headers: false,
        ratio_max: Some(1.1),
        paced_rate: 1000,
    },
];

/// One very large body, which must pass through without being held.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Passage {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) direction: Direction,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Upload,
    Download,
}

pub(crate) const PASSAGES: &[Passage] = &[
    Passage {
        name: "upload",
        about: "one large request body",
        direction: Direction::Upload,
    },
    Passage {
        name: "download",
        about: "one large answer",
        direction: Direction::Download,
    },
];

/// The size of a passage's body.
pub(crate) const PASSAGE_BYTES: u64 = 10 << 30;
/// The same for a quick look.
pub(crate) const QUICK_PASSAGE_BYTES: u64 = 256 << 20;
/// By how much Palisade's resident memory may grow while a body passes.
pub(crate) const GROWTH_BYTES_MAX: u64 = 32 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_targets_are_the_promised_ones() {
        let targets: Vec<_> = SCENARIOS
            .iter()
            .filter_map(|scenario| Some((scenario.name, scenario.ratio_max?)))
            .collect();
        let promised = [("plain-1k", 1.1), ("tls-1k", 1.05), ("plain-100k", 1.1)];
        assert_eq!(targets, promised);
        assert_eq!(GROWTH_BYTES_MAX, 32 * 1024 * 1024);
    }
}
