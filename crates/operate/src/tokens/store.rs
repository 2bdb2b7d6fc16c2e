//! Admin tokens in the store: their hashes, never themselves.

use palisade_store::{Error, Row, Tx};
use palisade_web::Permission;

use super::Token;

pub(crate) const STATEMENTS: &[&str] = &[INSERT, LIST, COUNT_LIVE, FIND, REVOKE];

const INSERT: &str = "INSERT INTO operate_tokens
    (id, name, hash, permission, created, expires) VALUES ($1, $2, $3, $4, $5, $6)";

const LIST: &str = "SELECT id, name, hash, permission, created, expires, revoked
    FROM operate_tokens ORDER BY created DESC, id LIMIT 1000";

const COUNT_LIVE: &str =
    "SELECT COUNT(*) AS live FROM operate_tokens WHERE revoked IS NULL AND expires > $1";

const FIND: &str = "SELECT id, name, hash, permission, created, expires, revoked
    FROM operate_tokens WHERE id = $1";

const REVOKE: &str =
    "UPDATE operate_tokens SET revoked = $2 WHERE id = $1 AND revoked IS NULL AND expires > $2";

pub(super) async fn insert(tx: &mut Tx, token: &Token) -> Result<(), Error> {
    let arguments = [
        (&token.id).into(),
        (&token.name).into(),
        token.hash.clone().into(),
        token.permission.as_str().into(),
        token.created.into(),
        token.expires.into(),
    ];
    tx.execute(INSERT, &arguments).await.map(drop)
}

/// The latest thousand.
pub(super) async fn list(tx: &mut Tx) -> Result<Vec<Token>, Error> {
    let rows = tx.rows(LIST, &[]).await?;
    rows.iter().map(read).collect()
}

pub(super) async fn count_live(tx: &mut Tx) -> Result<i64, Error> {
    let now = tx.now();
    tx.one(COUNT_LIVE, &[now.into()]).await?.integer("live")
}

pub(super) async fn find(tx: &mut Tx, id: &str) -> Result<Option<Token>, Error> {
    let row = tx.row(FIND, &[id.into()]).await?;
    row.as_ref().map(read).transpose()
}

/// How many there were to revoke: one or none.
pub(super) async fn revoke(tx: &mut Tx, id: &str) -> Result<u64, Error> {
    let now = tx.now();
    tx.execute(REVOKE, &[id.into(), now.into()]).await
}

fn read(row: &Row) -> Result<Token, Error> {
    // A later release's word permits nothing to this one.
    let permission = row.text("permission")?.parse();
    let permission = permission.unwrap_or(Permission::Open);
    Ok(Token {
        id: row.text("id")?.to_owned(),
        name: row.text("name")?.to_owned(),
        hash: row.bytes("hash")?.to_vec(),
        permission,
        created: row.timestamp("created")?,
        expires: row.timestamp("expires")?,
        revoked: row.timestamp_or_null("revoked")?,
    })
}
