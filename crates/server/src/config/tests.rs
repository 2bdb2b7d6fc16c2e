//! The configuration as people meet it: files, variables and flags in, mistakes or values out.

mod acting;
mod coverage;
mod environment;
mod files;
mod flags;
mod mistakes;
mod origins;
mod precedence;
mod round_trip;
mod rules;
mod values;

use std::path::PathBuf;

use super::load::{Loaded, Sources, load_text};
use super::{Config, Mistakes, Overrides};

/// One upstream, for files that are about something else.
const APP: &str = "[[upstreams]]\nname = \"app\"\nurls = [\"http://127.0.0.1:3000\"]\n";

fn sources(environment: &[(&str, &str)], overrides: Overrides) -> Sources {
    Sources::new(
        Some(PathBuf::from("palisade.toml")),
        environment.iter().copied(),
        overrides,
    )
}

fn load_file(toml: &str) -> Result<Loaded, Mistakes> {
    load_text(&sources(&[], Overrides::default()), toml.to_owned())
}

fn load_all(toml: &str, environment: &[(&str, &str)], overrides: Overrides) -> Loaded {
    load_text(&sources(environment, overrides), toml.to_owned())
        .unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

/// What a person is told about this file.
fn mistakes_in(toml: &str) -> String {
    load_file(toml).expect_err("the file was taken").to_string()
}

/// What a person is told about this, with a good upstream below it.
fn check(toml: &str) -> String {
    mistakes_in(&format!("{toml}\n{APP}"))
}

/// What a person is told about these variables, beside a good file.
fn mistakes_with(environment: &[(&str, &str)]) -> String {
    load_text(&sources(environment, Overrides::default()), APP.to_owned())
        .expect_err("the variables were taken")
        .to_string()
}
