//! What is asked for, and how large a run that makes.

use super::contenders::{CONTENDERS, Contender};
use super::scenarios::{
    PASSAGE_BYTES, PASSAGES, Passage, QUICK_PASSAGE_BYTES, SCENARIOS, Scenario,
};

/// Fewer rounds say too little to be kept.
pub(super) const ROUNDS_KEPT_MIN: u32 = 10;
/// More take an afternoon.
const ROUNDS_MAX: i64 = 100;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Interleaved rounds; results are kept from 10 on
    #[arg(long, default_value_t = ROUNDS_KEPT_MIN, value_parser = clap::value_parser!(u32).range(1..=ROUNDS_MAX))]
    rounds: u32,
    /// A quick look: 2 rounds of a second, small bodies, nothing kept
    #[arg(long)]
    quick: bool,
    /// Only these proxies, and nothing kept: nginx,haproxy,palisade
    #[arg(long, value_delimiter = ',', value_parser = name_of_contender)]
    only: Vec<String>,
    /// Only these scenarios, and nothing kept, such as plain-1k or upload
    #[arg(long, value_delimiter = ',', value_parser = name_of_scenario)]
    scenario: Vec<String>,
}

/// The sizes of a run.
pub(crate) struct Plan {
    pub(crate) rounds: u32,
    pub(crate) seconds: u32,
    pub(crate) passage_bytes: u64,
    pub(crate) contenders: Vec<&'static Contender>,
    pub(crate) scenarios: Vec<&'static Scenario>,
    pub(crate) passages: Vec<&'static Passage>,
    /// Whether it is complete enough to be kept.
    pub(crate) kept: bool,
}

impl Plan {
    pub(crate) fn of(options: &Options) -> Self {
        let wanted =
            |names: &[String], name: &str| names.is_empty() || names.iter().any(|n| n == name);
        let all = options.only.is_empty() && options.scenario.is_empty();
        Self {
            rounds: if options.quick { 2 } else { options.rounds },
            seconds: if options.quick { 1 } else { 3 },
            passage_bytes: if options.quick {
                QUICK_PASSAGE_BYTES
            } else {
                PASSAGE_BYTES
            },
            contenders: CONTENDERS
                .iter()
                .filter(|row| wanted(&options.only, row.name))
                .collect(),
            scenarios: SCENARIOS
                .iter()
                .filter(|row| wanted(&options.scenario, row.name))
                .collect(),
            passages: PASSAGES
                .iter()
                .filter(|row| wanted(&options.scenario, row.name))
                .collect(),
            kept: all && !options.quick && options.rounds >= ROUNDS_KEPT_MIN,
        }
    }
}

/// What a person types to measure the same again.
pub(crate) fn command_line(options: &Options) -> String {
    let mut line = format!("cargo xtask bench proxy --rounds {}", options.rounds);
    if options.quick {
        line += " --quick";
    }
    for (flag, names) in [("--only", &options.only), ("--scenario", &options.scenario)] {
        if !names.is_empty() {
            line += &format!(" {flag} {}", names.join(","));
        }
    }
    line
}

fn name_of_contender(name: &str) -> Result<String, String> {
    one_of(name, CONTENDERS.iter().map(|row| row.name))
}

fn name_of_scenario(name: &str) -> Result<String, String> {
    let passages = PASSAGES.iter().map(|row| row.name);
    one_of(name, SCENARIOS.iter().map(|row| row.name).chain(passages))
}

fn one_of(
    name: &str,
    mut names: impl Iterator<Item = &'static str> + Clone,
) -> Result<String, String> {
    let all = names.clone().collect::<Vec<_>>().join(", ");
    let found = names.find(|known| *known == name);
    found
        .map(str::to_owned)
        .ok_or_else(|| format!("there is {all}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(rounds: u32, quick: bool, only: &[&str], scenario: &[&str]) -> Options {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        Options {
            rounds,
            quick,
            only: owned(only),
            scenario: owned(scenario),
        }
    }

    #[test]
    fn only_a_complete_run_is_kept() {
        assert!(Plan::of(&options(10, false, &[], &[])).kept);
        assert!(!Plan::of(&options(9, false, &[], &[])).kept);
        assert!(!Plan::of(&options(10, true, &[], &[])).kept);
        assert!(!Plan::of(&options(10, false, &["nginx"], &[])).kept);
        assert!(!Plan::of(&options(10, false, &[], &["plain-1k"])).kept);
    }

    #[test]
    fn names_choose_and_unknown_names_are_told_what_there_is() {
        let plan = Plan::of(&options(10, false, &["nginx"], &["plain-1k", "upload"]));
        assert_eq!(
            (
                plan.contenders.len(),
                plan.scenarios.len(),
                plan.passages.len()
            ),
            (1, 1, 1)
        );
        assert!(name_of_scenario("download").is_ok());
        assert!(
            name_of_contender("caddy")
                .unwrap_err()
                .contains("nginx, haproxy, palisade")
        );
    }

    #[test]
    fn the_command_is_printed_as_it_was_given() {
        let line = command_line(&options(12, false, &["nginx", "haproxy"], &[]));
        assert_eq!(
            line,
            "cargo xtask bench proxy --rounds 12 --only nginx,haproxy"
        );
    }
}
