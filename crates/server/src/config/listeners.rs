//! Whether two listeners would meet on one port, found before the second fails to open it.

use std::net::{IpAddr, SocketAddr};

use super::kinds::Kind;
use super::mistakes::{Mistake, Report};
use super::registry::{Key, Table, join};
use super::tree::Origin;
use super::view::View;
use super::{admin, listen, ops};

struct Listener {
    key: String,
    origin: Origin,
    address: SocketAddr,
}

pub(super) fn rules(root: &View<'_>, report: &mut Report) {
    let listeners: Vec<Listener> = [
        listener(root, &listen::TABLE, &listen::ADDRESS, Some),
        listener(root, &listen::TABLE, &listen::REDIRECT_ADDRESS, |address| {
            address
        }),
        listener(root, &admin::TABLE, &admin::ADDRESS, Some),
        listener(root, &ops::TABLE, &ops::ADDRESS, Some),
    ]
    .into_iter()
    .flatten()
    .collect();
    for (at, second) in listeners.iter().enumerate() {
        for first in &listeners[..at] {
            if meet(first.address, second.address) {
                report.add(collision(first, second));
            }
        }
    }
}

fn listener<K: Kind>(
    root: &View<'_>,
    table: &'static Table,
    key: &Key<K>,
    address: fn(K::Output) -> Option<SocketAddr>,
) -> Option<Listener> {
    let view = root.table(table)?;
    let address = address(view.get(key)?)?;
    Some(Listener {
        key: join(&view.path, key.name),
        origin: view.origin(key),
        address,
    })
}

/// Port 0 is a free port, so it meets none.
fn meet(first: SocketAddr, second: SocketAddr) -> bool {
    let (one, other) = (first.ip(), second.ip());
    first.port() == second.port() && first.port() != 0 && (covers(one, other) || covers(other, one))
}

/// Whether listening on `one` takes the port on `other` too. `::` takes IPv4 with it, as Linux
/// has it unless told otherwise.
fn covers(one: IpAddr, other: IpAddr) -> bool {
    one == other || (one.is_unspecified() && (one.is_ipv6() || other.is_ipv4()))
}

/// Told about the one that somebody set, if only one is.
fn collision(first: &Listener, second: &Listener) -> Mistake {
    let (told, other) = match second.origin {
        Origin::Default => (first, second),
        _ => (second, first),
    };
    let problem = format!(
        "{} is taken by {} ({})",
        told.address, other.key, other.address
    );
    let mistake = Mistake::new(&told.key, problem, told.origin.clone());
    let mistake = mistake.with_help("give each listener a port of its own");
    match &other.origin {
        Origin::Default => mistake,
        origin => mistake.with_related(origin.clone(), "taken here"),
    }
}

#[cfg(test)]
mod tests {
    use super::meet;

    #[test]
    fn an_unspecified_address_takes_the_port_on_all_of_its_family() {
        for (one, other, expected) in [
            ("0.0.0.0:1", "127.0.0.1:1", true),
            ("127.0.0.1:1", "0.0.0.0:1", true),
            ("[::]:1", "127.0.0.1:1", true),
            ("0.0.0.0:1", "[::1]:1", false),
            ("127.0.0.1:1", "127.0.0.2:1", false),
            ("0.0.0.0:1", "127.0.0.1:2", false),
            ("127.0.0.1:0", "127.0.0.1:0", false),
        ] {
            let [one, other] = [one, other].map(|text| text.parse().expect("an address"));
            assert_eq!(meet(one, other), expected, "{one} and {other}");
        }
    }
}
