//! Arguments that several commands take.

use std::path::PathBuf;

use crate::wiring;
use clap::Args;
use palisade_backup::Place;

use super::{DATA_DIRECTORY, Failure, Process, SourceArgs};
use crate::config;

/// Which node a command talks to.
#[derive(Debug, Args)]
pub(super) struct Target {
    /// The data directory of the running node.
    #[arg(long, default_value = DATA_DIRECTORY)]
    pub(super) data_dir: PathBuf,
}

/// Whose state and keys, whether a node runs or not.
#[derive(Debug, Args)]
pub(super) struct PlaceArgs {
    /// The configuration file of the node, where it has one.
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where the node keeps its keys and its socket.
    #[arg(long, value_name = "DIRECTORY")]
    data_dir: Option<PathBuf>,
}

impl PlaceArgs {
    /// Where the configuration says that they are.
    pub(super) fn place(&self, process: &Process) -> Result<Place, Failure> {
        let sources = process.sources(SourceArgs {
            config: self.config.clone(),
            data_dir: self.data_dir.clone(),
            ..SourceArgs::default()
        });
        let (data, store) = config::load_place(&sources).map_err(Failure::Configuration)?;
        let store = wiring::store_options(&store, &data.directory);
        Ok(Place {
            data: data.directory,
            store,
        })
    }
}

/// `90s`, `30m`, `2h` or `1d`, in seconds.
pub(super) fn duration(text: &str) -> Result<u32, String> {
    let (number, unit) = text.split_at(text.trim_end_matches(char::is_alphabetic).len());
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return Err("write it as 90s, 30m, 2h or 1d".to_owned()),
    };
    let number: Option<u32> = number.parse().ok();
    let whole = number.and_then(|number| number.checked_mul(seconds));
    whole.ok_or_else(|| "write it as 90s, 30m, 2h or 1d".to_owned())
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn times_are_read_with_their_unit() {
        for (text, seconds) in [("90s", 90), ("30m", 1800), ("2h", 7200), ("1d", 86_400)] {
            assert_eq!(duration(text), Ok(seconds), "{text}");
        }
        for text in ["", "30", "m", "-1m", "1w", "4294967295d", "1 m", "ü"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
