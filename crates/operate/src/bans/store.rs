//! Bans in the store: a row per network.

use ipnet::IpNet;
use palisade_kernel::{Ban, Timestamp};
use palisade_store::{Error, Row, Tx, Value};

pub(crate) const STATEMENTS: &[&str] = &[UPSERT, KEEP, DELETE, PAGE, END_BY_RANK, DELETE_ENDED];

const UPSERT: &str = "INSERT INTO operate_bans (network, ends, since, reason, source, strikes)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (network) DO UPDATE SET ends = excluded.ends, since = excluded.since,
        reason = excluded.reason, source = excluded.source, strikes = excluded.strikes";

/// As `UPSERT`, but never in place of a ban that lasts longer: it may be an operator's.
const KEEP: &str = "INSERT INTO operate_bans (network, ends, since, reason, source, strikes)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (network) DO UPDATE SET ends = excluded.ends, since = excluded.since,
        reason = excluded.reason, source = excluded.source, strikes = excluded.strikes
    WHERE operate_bans.ends < excluded.ends";

const DELETE: &str = "DELETE FROM operate_bans WHERE network = $1";

const PAGE: &str = "SELECT network, ends, since, reason, source, strikes FROM operate_bans
    WHERE network > $1 AND (ends IS NULL OR ends > $2) ORDER BY network LIMIT $3";

const END_BY_RANK: &str = "SELECT ends FROM operate_bans WHERE ends <= $1
    ORDER BY ends DESC LIMIT 1 OFFSET $2";

const DELETE_ENDED: &str = "DELETE FROM operate_bans WHERE network IN
    (SELECT network FROM operate_bans WHERE ends <= $1 ORDER BY ends LIMIT $2)";

pub(super) async fn save(tx: &mut Tx, ban: &Ban) -> Result<(), Error> {
    tx.execute(UPSERT, &values(ban)).await.map(drop)
}

/// Writes a ban unless one of the same network lasts longer.
pub(super) async fn keep(tx: &mut Tx, ban: &Ban) -> Result<(), Error> {
    tx.execute(KEEP, &values(ban)).await.map(drop)
}

fn values(ban: &Ban) -> [Value; 6] {
    [
        ban.network.to_string().into(),
        ban.until.into(),
        ban.since.into(),
        (&ban.reason).into(),
        ban.source.as_str().into(),
        ban.strikes.into(),
    ]
}

/// How many there were: one or none.
pub(super) async fn delete(tx: &mut Tx, network: IpNet) -> Result<u64, Error> {
    tx.execute(DELETE, &[network.to_string().into()]).await
}

/// Bans by network, and where the next page begins.
pub(super) struct Page {
    pub(super) bans: Vec<Ban>,
    /// `None` on the last.
    pub(super) after: Option<String>,
}

/// Those without an end, and those that end after `ended_after`.
pub(super) async fn page(
    tx: &mut Tx,
    after: Option<&str>,
    ended_after: Timestamp,
    rows_max: usize,
) -> Result<Page, Error> {
    let arguments = [
        after.unwrap_or_default().into(),
        ended_after.into(),
        count(rows_max),
    ];
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

/// The end of the ban that has ended as the one after `rank` others; `None` when fewer have.
pub(super) async fn end_by_rank(
    tx: &mut Tx,
    now: Timestamp,
    rank: usize,
) -> Result<Option<Timestamp>, Error> {
    let row = tx.row(END_BY_RANK, &[now.into(), count(rank)]).await?;
    row.map(|row| row.timestamp("ends")).transpose()
}

/// Deletes `rows_max` bans that had ended by `ended_before` at most, the earliest first. Returns how
/// many.
pub(super) async fn delete_ended(
    tx: &mut Tx,
    ended_before: Timestamp,
    rows_max: usize,
) -> Result<u64, Error> {
    let arguments = [ended_before.into(), count(rows_max)];
    tx.execute(DELETE_ENDED, &arguments).await
}

fn count(rows: usize) -> Value {
    i64::try_from(rows).unwrap_or(i64::MAX).into()
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
