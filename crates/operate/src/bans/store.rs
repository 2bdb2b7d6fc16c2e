//! Bans in the store: a row per network.

use ipnet::IpNet;
use palisade_kernel::Ban;
use palisade_store::{Error, Row, Tx};

pub(crate) const STATEMENTS: &[&str] = &[UPSERT, DELETE, PAGE];

const UPSERT: &str = "INSERT INTO operate_bans (network, ends, since, reason, source, strikes)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (network) DO UPDATE SET ends = excluded.ends, since = excluded.since,
        reason = excluded.reason, source = excluded.source, strikes = excluded.strikes";

const DELETE: &str = "DELETE FROM operate_bans WHERE network = $1";

const PAGE: &str = "SELECT network, ends, since, reason, source, strikes FROM operate_bans
    WHERE network > $1 AND (ends IS NULL OR ends > $2) ORDER BY network LIMIT $3";

/// Rows that are read at once at the start.
const BATCH: usize = 10_000;

pub(super) async fn save(tx: &mut Tx, ban: &Ban) -> Result<(), Error> {
    let arguments = [
        ban.network.to_string().into(),
        ban.until.into(),
        ban.since.into(),
        (&ban.reason).into(),
        ban.source.as_str().into(),
        ban.strikes.into(),
    ];
    tx.execute(UPSERT, &arguments).await.map(drop)
}

/// How many there were: one or none.
pub(super) async fn delete(tx: &mut Tx, network: IpNet) -> Result<u64, Error> {
    tx.execute(DELETE, &[network.to_string().into()]).await
}

/// Bans in force, and where the next page begins.
pub(super) struct Page {
    pub(super) bans: Vec<Ban>,
    /// `None` on the last.
    pub(super) after: Option<String>,
}

pub(super) async fn page(tx: &mut Tx, after: Option<&str>, rows_max: usize) -> Result<Page, Error> {
    let limit = i64::try_from(rows_max).unwrap_or(i64::MAX);
    let now = tx.now();
    let arguments = [after.unwrap_or_default().into(), now.into(), limit.into()];
    let rows = tx.rows(PAGE, &arguments).await?;
    let bans = rows.iter().filter_map(|row| read(row).transpose());
    // Of the rows, not of the bans: some may be unreadable.
    let last = rows.last().filter(|_| rows.len() == rows_max);
    Ok(Page {
        bans: bans.collect::<Result<_, _>>()?,
        after: last
            .map(|row| row.text("network").map(str::to_owned))
            .transpose()?,
    })
}

/// All in force.
pub(crate) async fn load(tx: &mut Tx) -> Result<Vec<Ban>, Error> {
    let mut bans = Vec::new();
    let mut after = None;
    loop {
        let page = page(tx, after.as_deref(), BATCH).await?;
        bans.extend(page.bans);
        after = page.after;
        if after.is_none() {
            return Ok(bans);
        }
    }
}

/// `None` for what a later release has written and this one cannot read.
fn read(row: &Row) -> Result<Option<Ban>, Error> {
    let (network, source) = (row.text("network")?, row.text("source")?);
    let (Ok(network), Ok(source)) = (network.parse(), source.parse()) else {
        tracing::warn!(
            network,
            source,
            "The store holds a ban that cannot be read."
        );
        return Ok(None);
    };
    Ok(Some(Ban {
        network,
        until: row.timestamp_or_null("ends")?,
        since: row.timestamp("since")?,
        reason: row.text("reason")?.to_owned(),
        source,
        strikes: u32::try_from(row.integer("strikes")?).unwrap_or(u32::MAX),
    }))
}
