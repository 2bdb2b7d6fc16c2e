//! A record of proxies as Markdown: what the terminal shows, and its part of
//! `docs/performance.md`.
//!
//! A target that was missed stands in the table like one that was met.

use std::fmt::Write;

use super::palisade;
use super::record::{Machine, PassageRecord, Record, ScenarioRecord};

/// A megabyte of 2²⁰ bytes.
pub(crate) const MIB: f64 = 1024.0 * 1024.0;

/// The part of the proxies.
pub(crate) fn section(record: &Record) -> String {
    let mut page = String::from("## Proxying\n\n");
    line(
        &mut page,
        format_args!(
            "Measured on {} at commit {} with:\n",
            record.date, record.commit
        ),
    );
    line(&mut page, format_args!("```\n{}\n```\n", record.command));
    page.push_str(&machine_lines(&record.machine, &record.versions));
    page.push_str(METHOD);
    page.push_str(&targets(record));
    page.push_str(&tables(record));
    page
}

/// What it was measured on.
pub(crate) fn machine_lines(machine: &Machine, versions: &[(String, String)]) -> String {
    let versions: Vec<_> = versions
        .iter()
        .map(|(name, version)| format!("{name}: {version}"))
        .collect();
    format!(
        "Machine: {}, {} processors, {} MiB, Linux {}; load before: {:.2}.  \nVersions: {}.\n\n",
        machine.processor,
        machine.processors,
        machine.memory_mib,
        machine.kernel,
        machine.load_before,
        versions.join("; ")
    )
}

const METHOD: &str = "\
Each proxy has one worker on one processor of its own, in front of the same nginx upstream with
keep-alive, sets `X-Forwarded-For`, `X-Forwarded-Proto` and `X-Request-Id`, and writes an access
log line per request. The upstream and the load share the other processors, so throughput is
bounded by them too; **CPU time per request**, user and system time of the proxy's processes from
`/proc` over the requests that were answered, is what is compared. Proxies take turns within each
round, and each round begins with another one; ratios are of the same round. Latency is measured
at a nearly fixed rate far below saturation (wrk with a pause between requests; h2load `--rps`).
Of Palisade's controls all are off but `edge.headers`, and that is on only where the others add headers
too: this is the cost of proxying.

";

/// Every target with what was measured.
pub(crate) fn targets(record: &Record) -> String {
    let mut rows = String::new();
    for scenario in &record.scenarios {
        let Some(most) = scenario.ratio_max else {
            continue;
        };
        let measured = ratio_to_base(scenario, palisade::NAME);
        let (text, met) = measured.map_or(("not measured".to_owned(), None), |ratio| {
            (format!("{:.2} ×", ratio.median), Some(ratio.median <= most))
        });
        let about = format!("{}: CPU per request at most {most} × nginx", scenario.about);
        target_row(&mut rows, &about, &text, met);
    }
    for passage in &record.passages {
        let own = passage
            .proxies
            .iter()
            .find(|proxy| proxy.name == palisade::NAME);
        let (text, met) = own.map_or(("not measured".to_owned(), None), |own| {
            let growth = own.growth_bytes();
            (
                format!("{:.1} MiB", growth as f64 / MIB),
                Some(growth < passage.growth_bytes_max),
            )
        });
        let most = passage.growth_bytes_max as f64 / MIB;
        let about = format!("{}: memory grows by less than {most:.0} MiB", size(passage));
        target_row(&mut rows, &about, &text, met);
    }
    format!("### Targets\n\n| target | measured | |\n|---|---|---|\n{rows}\n")
}

/// A line of a table of targets. `met` is `None` where it was not measured.
pub(crate) fn target_row(rows: &mut String, about: &str, measured: &str, met: Option<bool>) {
    let verdict = match met {
        Some(true) => "met",
        Some(false) => "**missed**",
        None => "not measured",
    };
    line(rows, format_args!("| {about} | {measured} | {verdict} |"));
}

/// A table for each scenario and each passage.
fn tables(record: &Record) -> String {
    let mut text = String::new();
    for scenario in &record.scenarios {
        text.push_str(&scenario_table(scenario));
    }
    for passage in &record.passages {
        text.push_str(&passage_table(passage));
    }
    text
}

pub(crate) fn scenario_table(scenario: &ScenarioRecord) -> String {
    let mut text = format!(
        "### {}\n\n{}; medians of {} rounds, paced at about {} requests per second.\n\n",
        scenario.name,
        scenario.about,
        scenario
            .proxies
            .first()
            .map_or(0, |proxy| proxy.rounds.len()),
        scenario.paced_rate
    );
    text.push_str(
        "| proxy | CPU µs per request (quartiles) | × nginx (least–most) | requests/s \
         | paced p50 µs | paced p99 µs | RSS MiB |\n|---|---|---|---|---|---|---|\n",
    );
    for proxy in &scenario.proxies {
        let median = |figure| {
            proxy
                .spread(figure)
                .map_or(f64::NAN, |spread| spread.median)
        };
        let Some(cost) = proxy.spread(|round| round.processor_us_per_request) else {
            continue;
        };
        let ratio = ratio_to_base(scenario, &proxy.name).map_or("–".to_owned(), |ratio| {
            format!("{:.2} ({:.2}–{:.2})", ratio.median, ratio.least, ratio.most)
        });
        line(
            &mut text,
            format_args!(
                "| {} | {:.1} ({:.1}–{:.1}) | {ratio} | {:.0} | {:.0} | {:.0} | {:.1} |",
                proxy.name,
                cost.median,
                cost.lower_quartile,
                cost.upper_quartile,
                median(|round| round.requests_per_second),
                median(|round| round.paced_p50_us),
                median(|round| round.paced_p99_us),
                proxy.resident_bytes as f64 / MIB,
            ),
        );
    }
    text + "\n"
}

pub(crate) fn passage_table(passage: &PassageRecord) -> String {
    let mut text = format!(
        "### {}\n\n{}.\n\n| proxy | MiB/s | CPU s | RSS before, MiB | RSS peak, MiB | growth, MiB |\n\
         |---|---|---|---|---|---|\n",
        passage.name,
        size(passage)
    );
    for proxy in &passage.proxies {
        line(
            &mut text,
            format_args!(
                "| {} | {:.0} | {:.1} | {:.1} | {:.1} | {:.1} |",
                proxy.name,
                passage.bytes as f64 / MIB / proxy.seconds,
                proxy.processor_seconds,
                proxy.resident_before_bytes as f64 / MIB,
                proxy.resident_peak_bytes as f64 / MIB,
                proxy.growth_bytes() as f64 / MIB,
            ),
        );
    }
    text + "\n"
}

fn size(passage: &PassageRecord) -> String {
    format!(
        "{} of {:.2} GiB",
        passage.about,
        passage.bytes as f64 / MIB / 1024.0
    )
}

/// The ratio to the scenario's first proxy, which is nginx wherever all take part.
fn ratio_to_base(scenario: &ScenarioRecord, name: &str) -> Option<super::statistics::Spread> {
    let find = |name: &str| scenario.proxies.iter().find(|proxy| proxy.name == name);
    find(name)?.ratio_to(find("nginx")?)
}

pub(crate) fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{arguments}");
}

#[cfg(test)]
mod tests {
    use super::super::record::{PassageOfProxy, ProxyRecord, Round};
    use super::*;

    fn proxy(name: &str, costs: &[f64]) -> ProxyRecord {
        let round = |&cost: &f64| Round {
            processor_us_per_request: cost,
            requests_per_second: 20_000.0,
            paced_requests_per_second: 4000.0,
            paced_p50_us: 100.0,
            paced_p99_us: 900.0,
        };
        ProxyRecord {
            name: name.to_owned(),
            rounds: costs.iter().map(round).collect(),
            resident_bytes: 12 << 20,
        }
    }

    fn record(proxies: Vec<ProxyRecord>, peak_mib: u64) -> Record {
        Record {
            date: "2026-05-01".to_owned(),
            command: "cargo xtask bench proxy".to_owned(),
            commit: "0123456789ab".to_owned(),
            machine: Machine {
                processor: "a processor".to_owned(),
                processors: 2,
                memory_mib: 4096,
                kernel: "6.1".to_owned(),
                load_before: 0.1,
            },
            versions: vec![("nginx".to_owned(), "nginx/1.22.1".to_owned())],
            rounds: 3,
            seconds_per_round: 3,
            scenarios: vec![ScenarioRecord {
                name: "plain-1k".to_owned(),
                about: "plain".to_owned(),
                ratio_max: Some(1.1),
                paced_rate: 4000,
                proxies,
            }],
            passages: vec![PassageRecord {
                name: "upload".to_owned(),
                about: "an upload".to_owned(),
                bytes: 10 << 30,
                growth_bytes_max: 32 << 20,
                proxies: vec![PassageOfProxy {
                    name: "palisade".to_owned(),
                    seconds: 10.0,
                    processor_seconds: 5.0,
                    resident_before_bytes: 10 << 20,
                    resident_peak_bytes: peak_mib << 20,
                }],
            }],
        }
    }

    #[test]
    fn targets_that_hold_are_met() {
        let both = vec![
            proxy("nginx", &[40.0, 42.0]),
            proxy("palisade", &[42.0, 42.0]),
        ];
        let text = section(&record(both, 20));
        assert!(
            text.contains("at most 1.1 × nginx | 1.02 × | met |"),
            "{text}"
        );
        assert!(
            text.contains("less than 32 MiB | 10.0 MiB | met |"),
            "{text}"
        );
    }

    #[test]
    fn a_missed_target_is_shown_as_missed() {
        let both = vec![proxy("nginx", &[40.0]), proxy("palisade", &[60.0])];
        let text = section(&record(both, 42));
        assert!(text.contains("| 1.50 × | **missed** |"), "{text}");
        assert!(text.contains("| 32.0 MiB | **missed** |"), "{text}");
    }

    #[test]
    fn what_was_not_measured_is_not_met() {
        let text = section(&record(vec![proxy("nginx", &[40.0])], 20));
        assert!(text.contains("| not measured | not measured |"), "{text}");
    }

    #[test]
    fn ratios_are_of_the_same_round_and_show_their_spread() {
        let both = vec![
            proxy("nginx", &[40.0, 80.0]),
            proxy("palisade", &[44.0, 80.0]),
        ];
        let text = tables(&record(both, 20));
        assert!(
            text.contains("| palisade | 62.0 (53.0–71.0) | 1.05 (1.00–1.10) |"),
            "{text}"
        );
    }
}
