//! Bans in the store: a row per network.

use ipnet::IpNet;
use palisade_kernel::{Ban, BanSource};
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

pub(super) async fn page(
    tx: &mut Tx,
    after: Option<&str>,
    count: usize,
) -> Result<Vec<Ban>, Error> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let now = tx.now();
    let arguments = [after.unwrap_or_default().into(), now.into(), count.into()];
    let rows = tx.rows(PAGE, &arguments).await?;
    Ok(rows
        .iter()
        .map(read)
        .collect::<Result<Vec<_>, _>>()?
        .into_iter()
        .flatten()
        .collect())
}

/// All in force.
pub(crate) async fn load(tx: &mut Tx) -> Result<Vec<Ban>, Error> {
    let mut bans: Vec<Ban> = Vec::new();
    loop {
        let last = bans.last().map(|ban| ban.network.to_string());
        let page = page(tx, last.as_deref(), BATCH).await?;
        let is_last = page.len() < BATCH;
        bans.extend(page);
        if is_last {
            return Ok(bans);
        }
    }
}

/// `None` for what a later release has written and this one cannot read.
fn read(row: &Row) -> Result<Option<Ban>, Error> {
    let (network, source) = (row.text("network")?, row.text("source")?);
    let known = BanSource::ALL
        .into_iter()
        .find(|known| known.as_str() == source);
    let (Ok(network), Some(source)) = (network.parse(), known) else {
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
