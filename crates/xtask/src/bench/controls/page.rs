//! A record of controls as Markdown: what the terminal shows, and its part of
//! `docs/performance.md`.

use std::fmt::Write;

use super::super::page::{MIB, line, machine_lines, target_row};
use super::super::statistics::Spread;
use super::record::{ControlsRecord, Measured, MemoryRecord};
use super::sides::{SMALL, Side, TARGETS};

/// All of it, with a heading of the second level.
pub(crate) fn section(record: &ControlsRecord) -> String {
    let large = record.large;
    let mut text = String::from("## Controls\n\n");
    line(
        &mut text,
        format_args!(
            "Measured on {} at commit {} with:\n\n```\n{}\n```\n",
            record.date, record.commit, record.command
        ),
    );
    text.push_str(&machine_lines(&record.machine, &record.versions));
    text.push_str(METHOD);
    line(
        &mut text,
        format_args!(
            "*small*: {} routes, {} bans, {} keys of the limiter; *large*: {} routes, {} bans, one \
             in eight of them a network of one of sixteen lengths, {} keys; *large-publishing*: the \
             same, and an operator bans somebody every 50 ms, durably.\n",
            SMALL.routes, SMALL.bans, SMALL.keys, large.routes, large.bans, large.keys
        ),
    );
    text.push_str(&targets(&record.measured));
    text.push_str(&sides(&record.measured));
    text.push_str(&workers(&record.measured));
    text.push_str(&memory(record));
    text
}

const METHOD: &str = "\
nginx proxies and writes its access log, and does nothing else. Palisade enforces every control,
adds its headers and its `RateLimit` fields, amends a cookie, counts each request under two policies
by the client's address, and logs. One worker each on a processor of its own, the same upstream, the
same requests: every client behind one trusted proxy, half of them IPv6, over every host and path in
turn. No limit is reached and no client is banned, so that every request takes the whole way. CPU
time is of the whole process, control plane and store included.

";

fn targets(measured: &Measured) -> String {
    let mut rows = String::new();
    for target in TARGETS {
        let ratio = measured.ratio(target.side, target.base);
        let met = ratio.map(|ratio| ratio.median <= target.ratio_max);
        let shown = ratio.map_or("not measured".to_owned(), |ratio| {
            format!("{} × {}", spread(ratio), target.base.name())
        });
        target_row(&mut rows, target.about, &shown, met);
    }
    let nodes = measured.sides.iter().filter_map(|side| side.evictions);
    let evictions: u64 = nodes.sum();
    target_row(
        &mut rows,
        "no key of the limiter is forgotten",
        &format!("{evictions} evictions"),
        Some(evictions == 0),
    );
    format!("| target | measured (least–most) | |\n|---|---|---|\n{rows}\n")
}

fn spread(ratio: Spread) -> String {
    format!("{:.2} ({:.2}–{:.2})", ratio.median, ratio.least, ratio.most)
}

fn sides(measured: &Measured) -> String {
    let mut text = format!(
        "Medians; latencies at about {} requests per second.\n\n\
         | side | CPU µs per request (quartiles) | × nginx (least–most) | requests/s \
         | paced p50 µs | paced p99 µs | RSS MiB |\n|---|---|---|---|---|---|---|\n",
        measured.paced_rate
    );
    for side in Side::ALL {
        let Some(proxy) = measured.side(side).map(|record| &record.proxy) else {
            continue;
        };
        let Some(cost) = proxy.spread(|round| round.processor_us_per_request) else {
            continue;
        };
        let median = |figure| proxy.spread(figure).map_or(f64::NAN, |it| it.median);
        line(
            &mut text,
            format_args!(
                "| {} | {:.1} ({:.1}–{:.1}) | {} | {:.0} | {:.0} | {:.0} | {:.1} |",
                side.name(),
                cost.median,
                cost.lower_quartile,
                cost.upper_quartile,
                measured
                    .ratio(side, Side::Nginx)
                    .map_or("–".to_owned(), spread),
                median(|round| round.requests_per_second),
                median(|round| round.paced_p50_us),
                median(|round| round.paced_p99_us),
                proxy.resident_bytes as f64 / MIB,
            ),
        );
    }
    text + "\n"
}

/// What bans cost the threads that carry requests, apart from the store that keeps them.
fn workers(measured: &Measured) -> String {
    let publishing = measured.side(Side::Publishing);
    let ratio = measured.ratio_of_workers(Side::Publishing, Side::Large);
    match (publishing, ratio) {
        (Some(publishing), Some(ratio)) => format!(
            "{} bans were made meanwhile. Of the threads that carry requests alone, without the \
             admin API and the store, the ratio is {}.\n\n",
            publishing.bans_made,
            spread(ratio)
        ),
        _ => String::new(),
    }
}

fn memory(record: &ControlsRecord) -> String {
    let mut text = String::from(
        "Memory, as the difference in RSS between a fresh node with many of one kind and one with \
         ten of each:\n\n| of | number | bytes each | RSS MiB (ten of each: MiB) | start, s |\n\
         |---|---|---|---|---|\n",
    );
    for row in &record.memory {
        line(&mut text, format_args!("{}", memory_row(row)));
    }
    let _ = writeln!(
        text,
        "\nThe limiter has room for {} keys (`edge.rate_limit.keys_max`), taken at the start; the \
         bytes are for each key that it holds. `palisade ban add --file` took {:.0} s for {} bans.",
        record.large.keys_max, record.measured.import_seconds, record.large.bans
    );
    text
}

fn memory_row(row: &MemoryRecord) -> String {
    format!(
        "| {} | {} | {:.0} | {:.1} ({:.1}) | {:.1} |",
        row.of,
        row.count,
        row.bytes_each(),
        row.resident_bytes as f64 / MIB,
        row.base_bytes as f64 / MIB,
        row.start_seconds
    )
}

#[cfg(test)]
mod tests {
    use super::super::super::record::{ProxyRecord, Round};
    use super::super::record::SideRecord;
    use super::*;

    fn measured(costs: [f64; 4], evictions: u64) -> Measured {
        let sides = Side::ALL.into_iter().zip(costs).map(|(side, cost)| {
            let round = Round {
                processor_us_per_request: cost,
                requests_per_second: 20_000.0,
                paced_requests_per_second: 4000.0,
                paced_p50_us: 100.0,
                paced_p99_us: 900.0,
            };
            SideRecord {
                proxy: ProxyRecord {
                    name: side.name().to_owned(),
                    rounds: vec![round],
                    resident_bytes: 12 << 20,
                },
                workers_us_per_request: vec![cost - 1.0],
                bans_made: 7,
                evictions: (side == Side::Large).then_some(evictions),
                start_seconds: None,
            }
        });
        Measured {
            import_seconds: 1.0,
            paced_rate: 4000,
            sides: sides.collect(),
        }
    }

    #[test]
    fn targets_are_held_against_the_sides_that_they_name() {
        let text = targets(&measured([20.0, 20.0, 22.0, 22.0], 0));
        assert_eq!(text.matches("| met |").count(), 4, "{text}");
        let text = targets(&measured([20.0, 20.0, 24.0, 25.0], 1));
        assert_eq!(text.matches("| **missed** |").count(), 4, "{text}");
        assert!(text.contains("1.20 (1.20–1.20) × nginx"), "{text}");
    }

    #[test]
    fn memory_is_told_for_each_one() {
        let row = MemoryRecord {
            of: "ban".to_owned(),
            count: 1_000_000,
            base_bytes: 10 << 20,
            resident_bytes: (10 << 20) + 200_000_000,
            start_seconds: 2.0,
        };
        assert!(memory_row(&row).starts_with("| ban | 1000000 | 200 |"));
    }
}
