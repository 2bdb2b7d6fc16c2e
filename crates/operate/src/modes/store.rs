//! Decreed modes in the store: a row per control that has one.

use palisade_kernel::{ControlId, Mode};
use palisade_store::{Error, Tx};

use crate::node::Modes;

pub(crate) const STATEMENTS: &[&str] = &[SELECT, DELETE, INSERT];

const SELECT: &str = "SELECT control, mode FROM operate_modes";
const DELETE: &str = "DELETE FROM operate_modes WHERE control = $1";
const INSERT: &str = "INSERT INTO operate_modes (control, mode) VALUES ($1, $2)";

/// What a later release has written and this one does not know is left alone and not acted on.
pub(crate) async fn load(tx: &mut Tx) -> Result<Modes, Error> {
    let mut modes = Modes::new();
    for row in tx.rows(SELECT, &[]).await? {
        let (name, mode) = (row.text("control")?, row.text("mode")?);
        match (name.parse(), mode.parse()) {
            (Ok(control), Ok(mode)) => drop(modes.insert(control, mode)),
            _ => tracing::warn!(
                control = name,
                mode,
                "The store holds a mode that this release does not know."
            ),
        }
    }
    Ok(modes)
}

pub(super) async fn save(tx: &mut Tx, control: ControlId, mode: Option<Mode>) -> Result<(), Error> {
    tx.execute(DELETE, &[control.as_str().into()]).await?;
    if let Some(mode) = mode {
        let arguments = [control.as_str().into(), mode.as_str().into()];
        tx.execute(INSERT, &arguments).await?;
    }
    Ok(())
}
