//! `palisade control list`: what is on, and whether it has proved itself.

use std::io::Write;
use std::path::Path;

use palisade_operate::modes::ModeInput;

use super::{Failure, node_client, output};
use crate::admin::{ControlRow, ControlsAnswer};

pub(super) fn list(directory: &Path, json: bool, out: &mut dyn Write) -> Result<(), Failure> {
    let answer: ControlsAnswer = node_client::get(directory, "/api/v1/controls")?;
    if json {
        return output::json(&answer, out);
    }
    let width = answer
        .controls
        .iter()
        .map(|row| row.control.len())
        .max()
        .unwrap_or(0)
        .max(7);
    writeln!(
        out,
        "{:width$}  {:8}  {:8}  requirement",
        "control", "mode", "state"
    )?;
    for row in &answer.controls {
        let ControlRow {
            control,
            mode,
            decreed,
            state,
            requirement,
            in_shadow_for,
            ..
        } = row;
        writeln!(out, "{control:width$}  {mode:8}  {state:8}  {requirement}")?;
        if *decreed {
            let told = "set by an operator, not by the configuration";
            writeln!(out, "{:width$}  {told}", "")?;
        }
        for told in row.reason.iter().chain(in_shadow_for) {
            writeln!(out, "{:width$}  {told}", "")?;
        }
    }
    Ok(())
}

/// `palisade control mode`.
pub(super) fn mode(
    directory: &Path,
    control: &str,
    mode: Option<String>,
    why: Option<String>,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let told = mode.clone().unwrap_or("as configured".to_owned());
    let path = format!("/api/v1/controls/{control}/mode");
    let input = ModeInput { mode, reason: why };
    node_client::order(directory, "PUT", &path, Some(&input))?;
    Ok(writeln!(
        out,
        "{control}: {told}, in force and after a restart"
    )?)
}
