//! What a node of this bench is told: everything enforced, and a limit that nobody reaches.

use super::networks::routes;
use super::sides::{Sizes, WINDOW_DAYS};

/// Each control of the edge that has a section, enforced as it ships or stricter. A new control
/// gets its lines here.
const ENFORCED: &str = "
[edge.client_ip]
trusted_proxies_complete = true
[edge.boundary]
mode = \"enforce\"
[edge.ban]
mode = \"enforce\"
[edge.honeypot]
mode = \"enforce\"
[edge.maintenance]
mode = \"enforce\"
[edge.cross_site]
mode = \"enforce\"
[edge.cors]
mode = \"enforce\"
origins = [\"https://app.example.com\"]
[edge.errors]
mode = \"enforce\"
[edge.redirect]
mode = \"enforce\"
[edge.headers]
mode = \"enforce\"
[edge.cookies]
mode = \"enforce\"
secure = \"enforce\"
http_only = \"enforce\"
same_site = \"enforce\"
";

/// Where a node listens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ports {
    pub(crate) public: u16,
    pub(crate) admin: u16,
    pub(crate) ops: u16,
    pub(crate) upstream: u16,
}

/// The whole `palisade.toml`.
pub(crate) fn text(sizes: Sizes, ports: Ports, data: &std::path::Path) -> String {
    let Ports {
        public,
        admin,
        ops,
        upstream,
    } = ports;
    let Sizes {
        keys_max, quota, ..
    } = sizes;
    format!(
        "[listen]
mode = \"plain\"
address = \"127.0.0.1:{public}\"
workers = 1
trusted_proxies = [\"127.0.0.0/8\"]
[admin]
address = \"127.0.0.1:{admin}\"
[ops]
address = \"127.0.0.1:{ops}\"
[data]
directory = {data:?}
[log]
access = \"json\"
level = \"warn\"
{ENFORCED}
[edge.rate_limit]
mode = \"enforce\"
keys_max = {keys_max}
[edge.rate_limit.default]
mode = \"enforce\"
limit = \"{quota} per {WINDOW_DAYS} days\"
[edge.rate_limit.address]
mode = \"enforce\"
limit = \"{quota} per {WINDOW_DAYS} days\"
[[upstreams]]
name = \"app\"
urls = [\"http://127.0.0.1:{upstream}\"]
in_flight_max = 4096
keep_alive_connections_max = 256
{routes}",
        routes = routes(sizes)
    )
}
