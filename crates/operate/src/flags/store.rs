//! Flags in the store: a row for each that an operator has set.

use palisade_kernel::{FlagName, Timestamp};
use palisade_store::{Error, Row, Tx};

use crate::node::Flags;

pub(crate) const STATEMENTS: &[&str] = &[SELECT, DELETE, INSERT];

const SELECT: &str = "SELECT flag, is_on, since, actor, reason FROM operate_flags";
const DELETE: &str = "DELETE FROM operate_flags WHERE flag = $1";
const INSERT: &str = "INSERT INTO operate_flags (flag, is_on, since, actor, reason)
    VALUES ($1, $2, $3, $4, $5)";

/// What an operator has said of a flag.
#[derive(Clone, Debug)]
pub(super) struct Set {
    pub(super) flag: FlagName,
    pub(super) is_on: bool,
    pub(super) since: Timestamp,
    pub(super) actor: String,
    pub(super) reason: Option<String>,
}

pub(crate) async fn load(tx: &mut Tx) -> Result<Flags, Error> {
    let sets = all(tx).await?;
    Ok(sets.into_iter().map(|set| (set.flag, set.is_on)).collect())
}

pub(super) async fn all(tx: &mut Tx) -> Result<Vec<Set>, Error> {
    let rows = tx.rows(SELECT, &[]).await?;
    rows.iter()
        .filter_map(|row| read(row).transpose())
        .collect()
}

pub(super) async fn save(tx: &mut Tx, set: &Set) -> Result<(), Error> {
    delete(tx, &set.flag).await?;
    let arguments = [
        set.flag.as_str().into(),
        set.is_on.into(),
        set.since.into(),
        (&set.actor).into(),
        set.reason.as_ref().into(),
    ];
    tx.execute(INSERT, &arguments).await.map(drop)
}

pub(super) async fn delete(tx: &mut Tx, flag: &FlagName) -> Result<(), Error> {
    tx.execute(DELETE, &[flag.as_str().into()]).await.map(drop)
}

/// `None` for a name that a later release has taken and this one does not.
fn read(row: &Row) -> Result<Option<Set>, Error> {
    let name = row.text("flag")?;
    let Ok(flag) = name.parse() else {
        tracing::warn!(flag = name, "The store holds a flag that cannot be read.");
        return Ok(None);
    };
    Ok(Some(Set {
        flag,
        is_on: row.bool("is_on")?,
        since: row.timestamp("since")?,
        actor: row.text("actor")?.to_owned(),
        reason: row.text_or_null("reason")?.map(str::to_owned),
    }))
}
