//! `palisade change list`: who changed what, when and why.

use std::io::Write;
use std::path::Path;

use palisade_operate::changes::ChangesAnswer;

use super::{Failure, node_client, output};

pub(super) fn list(directory: &Path, json: bool, out: &mut dyn Write) -> Result<(), Failure> {
    let answer: ChangesAnswer = node_client::get(directory, "/api/v1/changes")?;
    if json {
        return output::json(&answer, out);
    }
    for change in &answer.changes {
        let at = output::to_the_second(&change.at);
        write!(
            out,
            "{at}  {:18}  {:16}  {}",
            change.actor,
            change.action,
            output::plain(&change.subject)
        )?;
        if let (Some(was), Some(becomes)) = (&change.was, &change.becomes) {
            write!(out, ": {} → {}", output::plain(was), output::plain(becomes))?;
        }
        if let Some(reason) = &change.reason {
            write!(out, "  ({})", output::plain(reason))?;
        }
        writeln!(out)?;
    }
    Ok(())
}
