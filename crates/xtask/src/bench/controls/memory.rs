//! What each route, ban and key of the limiter costs in memory: a node that has many of one kind
//! beside a node that has ten of each.

use anyhow::Result;

use super::super::load::{self, Pace};
use super::super::rig::Rig;
use super::super::usage;
use super::clients;
use super::node::{Prepared, url};
use super::record::MemoryRecord;
use super::sides::{SMALL, Sizes};

/// How long a node serves before it is weighed: by then it has given back what its start took.
const SERVING_SECONDS: u32 = 2;

pub(crate) fn measure(rig: &Rig, prepared: &Prepared) -> Result<Vec<MemoryRecord>> {
    let large = prepared.large;
    let rows = [
        (
            "route",
            large.routes,
            Sizes {
                routes: large.routes,
                ..SMALL
            },
        ),
        (
            "ban",
            large.bans,
            Sizes {
                bans: large.bans,
                ..SMALL
            },
        ),
        (
            "key",
            large.keys,
            Sizes {
                keys_max: large.keys_max,
                ..SMALL
            },
        ),
    ];
    let base = weigh(rig, prepared, "weigh-none", SMALL)?.0;
    let weighed = rows.into_iter().map(|(of, count, sizes)| {
        let name = match of {
            "route" => "weigh-routes",
            "ban" => "weigh-bans",
            _ => "weigh-keys",
        };
        let (resident_bytes, start_seconds) = weigh(rig, prepared, name, sizes)?;
        Ok(MemoryRecord {
            of: of.to_owned(),
            count,
            base_bytes: base,
            resident_bytes,
            start_seconds,
        })
    });
    weighed.collect()
}

/// Resident bytes of a fresh node, and the seconds until it listened.
fn weigh(rig: &Rig, prepared: &Prepared, name: &'static str, sizes: Sizes) -> Result<(u64, f64)> {
    println!("weighing a node: {name}");
    let node = prepared.start(rig, name, sizes)?;
    let script = clients::script(SMALL, 0);
    let url = url(&node.running);
    load::run_script(rig, &script, &url, SERVING_SECONDS, Pace::Closed)?;
    let resident = usage::resident_bytes(node.running.process.pid())?;
    Ok((resident, node.start_seconds))
}
