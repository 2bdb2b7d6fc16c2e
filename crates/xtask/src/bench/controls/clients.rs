//! Where the load comes from: many clients behind one trusted proxy, over all routes.
//!
//! Clients come in an order that visits each once before any comes again, and jumps about in the
//! memory of whoever remembers them.

use super::networks::{APP, hosts};
use super::sides::Sizes;

/// The step of the order, `next = (ORDER × last + 1) mod clients`: its period is `clients` for
/// every number of clients whose prime factors are 2 and 5 alone (Hull and Dobell, 1962).
const ORDER: u32 = 7621;

/// The requests of wrk, from the `first` client of the order on. Half of the clients are IPv6, each
/// in a /64 of its own; none is banned.
pub(crate) fn script(sizes: Sizes, first: u64) -> String {
    let (clients, hosts) = (sizes.clients(), hosts(sizes));
    let paths = sizes.routes / hosts;
    let skipped = first % u64::from(clients);
    format!(
        "local number = 0
local function advance() number = ({ORDER} * number + 1) % {clients} end
for _ = 1, {skipped} do advance() end
local format, floor = string.format, math.floor
local function address()
  local high, low = floor(number / 256), number % 256
  if number % 2 == 0 then
    return format('11.%d.%d.%d', floor(high / 256), high % 256, low)
  end
  return format('2001:db8:%x:%x::1', floor(number / 65536), number % 65536)
end
request = function()
  advance()
  return format('GET {APP}/part%d/page HTTP/1.1\\r\\nHost: tenant%d.test\\r\\n'
    .. 'X-Forwarded-For: %s\\r\\nX-Forwarded-Proto: https\\r\\nAccept: text/html\\r\\n'
    .. 'User-Agent: bench\\r\\nCookie: session=0123456789abcdef\\r\\n\\r\\n',
    floor(number / {hosts}) % {paths}, number % {hosts}, address())
end
"
    )
}

#[cfg(test)]
mod tests {
    use super::super::sides::{LARGE, SMALL};
    use super::*;

    fn order_is_whole(clients: u32) {
        let next = |last: u64| (u64::from(ORDER) * last + 1) % u64::from(clients);
        let mut at = next(0);
        let mut period = 1;
        while at != 0 {
            at = next(at);
            period += 1;
        }
        assert_eq!(period, clients);
    }

    #[test]
    fn every_client_comes_once_before_any_comes_again() {
        for sizes in [SMALL, LARGE, LARGE.quick()] {
            order_is_whole(sizes.clients());
        }
    }
}
