//! The kill switch in the store: a row while it is thrown.

use palisade_kernel::MaintenanceWindow;
use palisade_store::{Error, Tx};

pub(crate) const STATEMENTS: &[&str] = &[SELECT, DELETE, INSERT];

const SELECT: &str = "SELECT ends, message FROM operate_maintenance";
const DELETE: &str = "DELETE FROM operate_maintenance";
const INSERT: &str = "INSERT INTO operate_maintenance (id, ends, message) VALUES (1, $1, $2)";

pub(crate) async fn load(tx: &mut Tx) -> Result<Option<MaintenanceWindow>, Error> {
    let Some(row) = tx.row(SELECT, &[]).await? else {
        return Ok(None);
    };
    Ok(Some(MaintenanceWindow {
        until: row.timestamp_or_null("ends")?,
        message: row.text_or_null("message")?.map(str::to_owned),
    }))
}

pub(super) async fn save(tx: &mut Tx, window: Option<&MaintenanceWindow>) -> Result<(), Error> {
    tx.execute(DELETE, &[]).await?;
    if let Some(window) = window {
        let arguments = [window.until.into(), window.message.as_ref().into()];
        tx.execute(INSERT, &arguments).await?;
    }
    Ok(())
}
