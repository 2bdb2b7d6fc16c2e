//! A small capability that the tests keep state with.

use palisade_store::{Migration, Migrations, Sql, Table};

pub(crate) const NOTES: Migrations = Migrations {
    capability: "notes",
    steps: &[Migration {
        version: 1,
        name: "notes and counters",
        sql: Sql::Portable(
            "CREATE TABLE notes (
                tenant TEXT NOT NULL,
                id BIGINT NOT NULL,
                body TEXT,
                PRIMARY KEY (tenant, id)
            );
            CREATE TABLE counters (
                name TEXT PRIMARY KEY,
                value BIGINT NOT NULL CHECK (value >= 0),
                flagged BOOLEAN NOT NULL,
                stamp BYTEA
            );
            CREATE TABLE marks (
                name TEXT NOT NULL REFERENCES counters (name),
                at BIGINT NOT NULL
            );",
        ),
        compatible_back_to: 1,
    }],
    tables: &[
        Table::of_tenants("notes"),
        Table::shared("counters"),
        Table::shared("marks"),
    ],
};

pub(crate) const STATEMENTS: &[&str] = &[
    ADD_NOTE,
    LIST_NOTES,
    SYSTEM_NOTES,
    SYSTEM_ADD,
    ADD_COUNTER,
    BUMP,
    COUNTER,
    MARK,
    COUNT,
];

pub(crate) const ADD_NOTE: &str = "INSERT INTO notes (tenant, id, body) VALUES ($tenant, $1, $2)";
pub(crate) const LIST_NOTES: &str = "SELECT id, body FROM notes WHERE tenant = $tenant ORDER BY id";
pub(crate) const SYSTEM_NOTES: &str = "SELECT tenant, id, body FROM notes ORDER BY tenant, id";
pub(crate) const SYSTEM_ADD: &str = "INSERT INTO notes (tenant, id, body) VALUES ($1, $2, $3)";
pub(crate) const ADD_COUNTER: &str =
    "INSERT INTO counters (name, value, flagged, stamp) VALUES ($1, $2, $3, $4)";
pub(crate) const BUMP: &str = "UPDATE counters SET value = $2 WHERE name = $1";
pub(crate) const COUNTER: &str = "SELECT name, value, flagged, stamp FROM counters WHERE name = $1";
pub(crate) const MARK: &str = "INSERT INTO marks (name, at) VALUES ($1, $2)";
pub(crate) const COUNT: &str = "SELECT COUNT(*) AS number FROM counters";
