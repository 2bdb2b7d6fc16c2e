//! Changes in the store.

use palisade_kernel::{Random, RequestId};
use palisade_store::{Error, Row, Tx};

use super::{Change, ChangeAnswer, PAGE_MAX};

pub(crate) const STATEMENTS: &[&str] = &[INSERT, PAGE];

const INSERT: &str = "INSERT INTO operate_changes
    (id, at, actor, action, subject, was, becomes, reason)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

const PAGE: &str = "SELECT id, at, actor, action, subject, was, becomes, reason
    FROM operate_changes WHERE id < $1 ORDER BY id DESC LIMIT $2";

/// Greater than every id, which are hexadecimal digits and hyphens, in every collation: many sort
/// punctuation before digits.
const AFTER_ALL: &str = "g";

/// Records a change, in the transaction that makes it.
pub(crate) async fn record(tx: &mut Tx, change: &Change, random: &dyn Random) -> Result<(), Error> {
    let mut entropy = [0; 10];
    random.fill(&mut entropy);
    // UUIDv7 (RFC 9562): ordered by time, which pages rely on.
    let id = RequestId::new(tx.now(), entropy).to_string();
    let arguments = [
        id.into(),
        tx.now().into(),
        change.actor.to_string().into(),
        change.action.into(),
        (&change.subject).into(),
        change.was.as_ref().into(),
        change.becomes.as_ref().into(),
        change.reason.as_ref().into(),
    ];
    tx.execute(INSERT, &arguments).await.map(drop)
}

pub(super) async fn page(tx: &mut Tx, before: Option<&str>) -> Result<Vec<ChangeAnswer>, Error> {
    let limit = i64::try_from(PAGE_MAX).unwrap_or(i64::MAX);
    let arguments = [before.unwrap_or(AFTER_ALL).into(), limit.into()];
    let rows = tx.rows(PAGE, &arguments).await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<ChangeAnswer, Error> {
    let text = |name| row.text(name).map(str::to_owned);
    let text_or_null = |name| Ok::<_, Error>(row.text_or_null(name)?.map(str::to_owned));
    Ok(ChangeAnswer {
        id: text("id")?,
        at: row.timestamp("at")?.rfc3339(),
        actor: text("actor")?,
        action: text("action")?,
        subject: text("subject")?,
        was: text_or_null("was")?,
        becomes: text_or_null("becomes")?,
        reason: text_or_null("reason")?,
    })
}
