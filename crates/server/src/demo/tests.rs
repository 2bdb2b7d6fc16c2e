//! The demo in this process, on ports of the system's choice.

use std::ffi::OsString;
use std::sync::Arc;

use palisade_kernel::{SystemClock, SystemRandom};
use tempfile::TempDir;

use super::rows::{HOLES, ROWS};
use super::{Demo, LogForm, Options, Report, Style, Verdict, print, start};
use crate::gateway::Outputs;
use crate::logging::LogLevel;

struct Run {
    demo: Demo,
    _directory: TempDir,
}

async fn run(fixed: bool, environment: &[(&str, &str)]) -> Run {
    let directory = tempfile::tempdir().unwrap();
    let options = Options {
        app_port: 0,
        third_party_port: None,
        port: 0,
        redirect_port: 0,
        admin_port: 0,
        ops_port: 0,
        data_directory: directory.path().join("demo"),
        fixed,
        log: LogForm::Off,
    };
    let environment: Vec<(OsString, OsString)> = environment
        .iter()
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    let outputs = Outputs {
        access_log: Box::new(std::io::sink()),
        is_terminal: false,
        log_level: LogLevel::fixed(),
    };
    let clock = Arc::new(SystemClock::start());
    let demo = start(
        options,
        &environment,
        outputs,
        clock,
        Arc::new(SystemRandom),
    );
    Run {
        demo: demo.await.unwrap(),
        _directory: directory,
    }
}

/// Questions whose row did not come out as promised.
fn broken(report: &Report) -> Vec<&'static str> {
    let rows = report.rows.iter().filter(|row| !row.as_promised);
    rows.map(|row| row.question).collect()
}

fn printed(report: &Report) -> String {
    let mut out = Vec::new();
    print(report, Style::new(false, &[]), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_row_comes_out_as_promised() {
    let run = run(false, &[]).await;
    let report = run.demo.report();
    let table = printed(report);
    assert_eq!(broken(report), [""; 0], "{table}");
    assert_eq!(report.verdict(), Verdict::Kept, "{table}");

    let questions: Vec<_> = report.rows.iter().map(|row| row.question).collect();
    let listed: Vec<_> = ROWS.iter().map(|row| row.question).collect();
    assert_eq!(questions, listed, "the order of the list");

    assert_eq!(report.still_open.len(), HOLES.len());
    for hole in &report.still_open {
        // A hole that has closed belongs into the table.
        assert!(!hole.alone.good && !hole.behind.good, "{hole:?}");
    }
    for line in table.lines() {
        assert!(line.chars().count() <= 100, "too wide: {line}");
    }
    let json = serde_json::to_value(report).unwrap();
    assert_eq!(json["rows"][0]["as_promised"], true);
    assert_eq!(json["still_open"][0]["planned"], "edge.authz");
    run.demo.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_turn_red_when_their_control_is_off() {
    let off = [
        ("PALISADE_EDGE__HEADERS__MODE", "off"),
        ("PALISADE_EDGE__HONEYPOT__MODE", "off"),
        ("PALISADE_EDGE__MAINTENANCE__MODE", "off"),
        ("PALISADE_EDGE__RATE_LIMIT__MODE", "off"),
        ("PALISADE_EDGE__COOKIES__MODE", "off"),
        ("PALISADE_EDGE__ERRORS__MODE", "off"),
        ("PALISADE_EDGE__CROSS_SITE__MODE", "off"),
        ("PALISADE_EDGE__CORS__MODE", "off"),
        ("PALISADE_EDGE__REDIRECT__MODE", "off"),
        ("PALISADE_COMPRESSION__ENABLED", "false"),
        ("PALISADE_LISTEN__REDIRECT_ADDRESS", ""),
    ];
    let run = run(false, &off).await;
    let report = run.demo.report();
    assert_eq!(report.verdict(), Verdict::Broken);
    for row in &report.rows {
        let stays =
            ["[tls]", "always on"].contains(&&*row.by) || row.question.contains("Forwarded");
        assert_eq!(row.as_promised, stays, "{row:?}");
    }
    assert!(printed(report).contains("17 of 20 rows did not come out as promised"));
    run.demo.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fixed_repairs_in_the_app_what_only_code_can() {
    let run = run(true, &[]).await;
    let report = run.demo.report();
    let table = printed(report);
    assert_eq!(report.verdict(), Verdict::Kept, "{table}");
    let repaired: Vec<_> = report
        .still_open
        .iter()
        .filter(|hole| hole.alone.good)
        .map(|hole| hole.what)
        .collect();
    assert_eq!(repaired, ["A payment secret in the client bundle"]);
    assert!(table.contains("repaired in the app"), "{table}");
    run.demo.stop().await.unwrap();
}
