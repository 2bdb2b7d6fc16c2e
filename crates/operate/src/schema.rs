//! The tables of this capability, and every statement that runs on them.

use palisade_store::{Migration, Migrations, Sql, Table};

use crate::{bans, changes, flags, maintenance, modes, tokens};

pub const MIGRATIONS: Migrations = Migrations {
    capability: "operate",
    steps: &[FOUNDATION, BANS_BY_ENDS, FLAGS],
    tables: &[
        Table::shared("operate_changes"),
        Table::shared("operate_maintenance"),
        Table::shared("operate_modes"),
        Table::shared("operate_flags"),
        Table::shared("operate_bans"),
        Table::shared("operate_tokens"),
    ],
};

const FOUNDATION: Migration = Migration {
    version: 1,
    name: "changes, maintenance, modes, bans, tokens",
    sql: Sql::Portable(
        "CREATE TABLE operate_changes (
                id TEXT PRIMARY KEY,
                at BIGINT NOT NULL,
                actor TEXT NOT NULL,
                action TEXT NOT NULL,
                subject TEXT NOT NULL,
                was TEXT,
                becomes TEXT,
                reason TEXT
            );
            CREATE TABLE operate_maintenance (
                id BIGINT PRIMARY KEY CHECK (id = 1),
                ends BIGINT,
                message TEXT
            );
            CREATE TABLE operate_modes (
                control TEXT PRIMARY KEY,
                mode TEXT NOT NULL
            );
            CREATE TABLE operate_bans (
                network TEXT PRIMARY KEY,
                ends BIGINT,
                since BIGINT NOT NULL,
                reason TEXT NOT NULL,
                source TEXT NOT NULL,
                strikes BIGINT NOT NULL
            );
            CREATE TABLE operate_tokens (
                id TEXT PRIMARY KEY,
                name TEXT NOT NULL,
                hash BYTEA NOT NULL,
                permission TEXT NOT NULL,
                created BIGINT NOT NULL,
                expires BIGINT NOT NULL,
                revoked BIGINT
            )",
    ),
    compatible_back_to: 1,
};

const BANS_BY_ENDS: Migration = Migration {
    version: 2,
    name: "bans by their ends",
    sql: Sql::Portable("CREATE INDEX operate_bans_ends ON operate_bans (ends)"),
    compatible_back_to: 1,
};

/// A release that does not know the table leaves every flag as configured.
const FLAGS: Migration = Migration {
    version: 3,
    name: "flags",
    sql: Sql::Portable(
        "CREATE TABLE operate_flags (
            flag TEXT PRIMARY KEY,
            is_on BOOLEAN NOT NULL,
            since BIGINT NOT NULL,
            actor TEXT NOT NULL,
            reason TEXT
        )",
    ),
    compatible_back_to: 1,
};

/// Held against both engines by a test.
pub const STATEMENTS: &[&[&str]] = &[
    bans::store::STATEMENTS,
    changes::store::STATEMENTS,
    flags::store::STATEMENTS,
    maintenance::store::STATEMENTS,
    modes::store::STATEMENTS,
    tokens::store::STATEMENTS,
];

#[cfg(test)]
mod tests {
    use palisade_store::testing::{TestStore, check_statements};

    use super::*;

    palisade_store::on_both_engines!(&[MIGRATIONS] => every_statement_can_be_prepared);

    async fn every_statement_can_be_prepared(store: TestStore) {
        check_statements(&store, &STATEMENTS.concat()).await;
    }
}
