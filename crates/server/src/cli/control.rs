//! `palisade control list`: what is on, and whether it has proved itself.

use std::io::Write;
use std::path::Path;

use super::{Failure, node_client};
use crate::admin::{ControlRow, ControlsAnswer};

pub(super) fn list(directory: &Path, json: bool, out: &mut dyn Write) -> Result<(), Failure> {
    let answer: ControlsAnswer = node_client::get(directory, "/api/v1/controls")?;
    if json {
        writeln!(out, "{}", serde_json::to_string_pretty(&answer)?)?;
        return Ok(());
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
            state,
            requirement,
            ..
        } = row;
        writeln!(out, "{control:width$}  {mode:8}  {state:8}  {requirement}")?;
        if let Some(reason) = &row.reason {
            writeln!(out, "{:width$}  {reason}", "")?;
        }
    }
    Ok(())
}
