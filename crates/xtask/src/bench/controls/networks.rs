//! The banned networks and the routes of a size: made, not random, so that every run has the same.

use std::fmt::Write;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::sides::Sizes;

/// Hosts that routes are spread over.
pub(crate) const HOSTS_MAX: u32 = 100;

/// Below it stands what is answered by the app of this bench.
pub(crate) const APP: &str = "/app";

/// A list for `palisade ban add --file`: each network once, half of them IPv6, one in sixteen
/// wider than a single client, of eight different lengths. No client of the load is in it.
pub(crate) fn banned(sizes: Sizes) -> String {
    let networks = (0..sizes.bans).map(network);
    networks.fold(String::new(), |mut list, network| {
        list.push_str(&network);
        list.push('\n');
        list
    })
}

/// Each has a /24 or a /56 of its own, in 32.0.0.0/4 and 2a00::/12.
fn network(number: u32) -> String {
    let is_wide = number % 16 < 2;
    let narrower = number / 16 % 8;
    if number.is_multiple_of(2) {
        let address = Ipv4Addr::from_bits((32 << 24) + ((number / 2) << 8));
        let prefix = if is_wide { 24 + narrower } else { 32 };
        format!("{address}/{prefix}")
    } else {
        let address = Ipv6Addr::from_bits((0x2a << 120) + (u128::from(number / 2) << 72));
        let prefix = if is_wide { 56 + narrower } else { 64 };
        format!("{address}/{prefix}")
    }
}

/// The host and the path prefix of a route.
pub(crate) fn route(sizes: Sizes, number: u32) -> (String, String) {
    let hosts = hosts(sizes);
    let (host, path) = (number % hosts, number / hosts);
    (format!("tenant{host}.test"), format!("{APP}/part{path}"))
}

/// Hosts of a size, as many as it takes to have several routes on each.
pub(crate) fn hosts(sizes: Sizes) -> u32 {
    (sizes.routes / 5).clamp(1, HOSTS_MAX)
}

/// `[[routes]]` of a size, all to the one upstream.
pub(crate) fn routes(sizes: Sizes) -> String {
    (0..sizes.routes).fold(String::new(), |mut text, number| {
        let (host, path) = route(sizes, number);
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "[[routes]]\nhost = \"{host}\"\npath = \"{path}\"\nupstream = \"app\""
        );
        text
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::sides::{LARGE, SMALL};
    use super::*;

    #[test]
    fn every_banned_network_and_every_route_is_another() {
        let sizes = LARGE.quick();
        let list = banned(sizes);
        let lines: HashSet<_> = list.lines().collect();
        assert_eq!(lines.len(), sizes.bans as usize);
        assert!(lines.contains("32.0.0.0/24") && lines.contains("2a00::/56"));
        let routes: HashSet<_> = (0..LARGE.routes).map(|at| route(LARGE, at)).collect();
        assert_eq!(routes.len(), LARGE.routes as usize);
        assert_eq!(super::routes(SMALL).matches("[[routes]]").count(), 10);
    }

    #[test]
    fn networks_stay_in_their_part_of_the_internet() {
        for number in 0..LARGE.bans {
            let network = network(number);
            let v4 = network.split('.').next().and_then(|one| one.parse().ok());
            let stays = match v4 {
                Some(first) => (32..48_u8).contains(&first),
                None => network.starts_with("2a00:") || network.starts_with("2a01:"),
            };
            assert!(stays, "{network}");
        }
    }
}
