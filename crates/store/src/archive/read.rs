//! In: one write transaction, committed only when the end of the archive was seen.

use serde_json::Value as Json;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};

use super::line::from_json;
use super::write::error;
use super::{ArchiveError, Contents, FORMAT, step};
use crate::engine::{self, Connection};
use crate::open::StoreOptions;
use crate::schema::Migrations;
use crate::statement::Statement;
use crate::value::Value;
use crate::{postgres, sqlite};

/// The longest line that is read. A row of ours is kilobytes; its bytes take two digits each.
const LINE_BYTES_MAX: u64 = 64 * 1024 * 1024;

const BEGIN_POSTGRES: &str = "BEGIN; SET LOCAL palisade.scope = 'system'";

pub(super) async fn restore(
    options: &StoreOptions,
    capabilities: &[Migrations],
    input: impl AsyncRead + Unpin,
) -> Result<Contents, ArchiveError> {
    let (mut connection, begin, _lock) = match options {
        StoreOptions::Sqlite { path } => {
            let (connection, lock) = sqlite::connect_to_write(path).await?;
            (connection, "BEGIN IMMEDIATE", Some(lock))
        }
        StoreOptions::Postgres(options) => {
            (postgres::connect(options).await?, BEGIN_POSTGRES, None)
        }
    };
    engine::control(&mut connection, begin)
        .await
        .map_err(error)?;
    let lines = Lines {
        input: BufReader::new(input),
        number: 0,
    };
    let read = rows(&mut connection, capabilities, lines).await;
    let end = if read.is_ok() { "COMMIT" } else { "ROLLBACK" };
    let ended = engine::control(&mut connection, end).await;
    let contents = read?;
    ended.map_err(error)?;
    Ok(contents)
}

async fn rows(
    connection: &mut Connection,
    capabilities: &[Migrations],
    mut lines: Lines<impl AsyncRead + Unpin>,
) -> Result<Contents, ArchiveError> {
    let head = lines.next().await?;
    lines.check_head(&head, capabilities)?;
    for table in capabilities.iter().flat_map(|capability| capability.tables) {
        check_empty(connection, table.name).await?;
    }
    let mut contents = Contents::default();
    let mut table: Option<Target> = None;
    loop {
        let line = lines.next().await?;
        match (&line, &table) {
            (Json::Array(row), Some(table)) => {
                let values = table
                    .values(row)
                    .ok_or_else(|| lines.wrong("no row of its table"))?;
                let done = engine::execute(connection, &table.insert, &values).await;
                done.map_err(error)?;
                contents.rows += 1;
            }
            (Json::Object(fields), _) if fields.contains_key("table") => {
                let target = Target::read(connection, &line, capabilities).await?;
                table = Some(target.ok_or_else(|| lines.wrong("no table of this release"))?);
                contents.tables += 1;
            }
            (Json::Object(fields), _) if fields.get("end").is_some() => {
                let said = fields.get("end").and_then(Json::as_u64);
                if said != Some(contents.rows) {
                    return Err(lines.wrong("rows are missing"));
                }
                return Ok(contents);
            }
            _ => return Err(lines.wrong("neither a table, nor a row, nor the end")),
        }
    }
}

async fn check_empty(connection: &mut Connection, table: &'static str) -> Result<(), ArchiveError> {
    let any = format!("SELECT 1 AS one FROM {table} LIMIT 1");
    let any = Statement::made("a look whether a table is empty", 0, |_| any.clone());
    match engine::rows(connection, &any, &[], 1)
        .await
        .map_err(error)?
        .is_empty()
    {
        true => Ok(()),
        false => Err(ArchiveError::NotEmpty { table }),
    }
}

/// Where rows go.
struct Target {
    insert: Statement,
    booleans: Vec<bool>,
}

impl Target {
    /// Reads a table's line; `None` where it names what this release does not have.
    async fn read(
        connection: &mut Connection,
        line: &Json,
        capabilities: &[Migrations],
    ) -> Result<Option<Self>, ArchiveError> {
        let known = |name: &str| {
            let mut tables = capabilities.iter().flat_map(|capability| capability.tables);
            tables.any(|table| table.name == name)
        };
        let Some(table) = line["table"].as_str().filter(|name| known(name)) else {
            return Ok(None);
        };
        let columns: Option<Vec<&str>> = line["columns"]
            .as_array()
            .and_then(|columns| columns.iter().map(|column| column.as_str()).collect());
        let Some(columns) = columns.filter(|names| names.iter().all(|name| is_name(name))) else {
            return Ok(None);
        };
        let insert = Statement::made("the restore of a table", columns.len(), |mark| {
            let marks: Vec<String> = (1..=columns.len()).map(|n| format!("{mark}{n}")).collect();
            format!(
                "INSERT INTO {table} (\"{}\") VALUES ({})",
                columns.join("\", \""),
                marks.join(", ")
            )
        });
        let booleans = engine::booleans(connection, &insert).await.map_err(error)?;
        Ok(Some(Self { insert, booleans }))
    }

    fn values(&self, row: &[Json]) -> Option<Vec<Value>> {
        if row.len() != self.booleans.len() {
            return None;
        }
        let pairs = row.iter().zip(&self.booleans);
        pairs
            .map(|(json, wants_bool)| from_json(json, *wants_bool))
            .collect()
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

struct Lines<R> {
    input: BufReader<R>,
    number: u64,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    async fn next(&mut self) -> Result<Json, ArchiveError> {
        self.number += 1;
        let mut line = Vec::new();
        let mut input = (&mut self.input).take(LINE_BYTES_MAX);
        input.read_until(b'\n', &mut line).await?;
        if line.last() != Some(&b'\n') {
            return Err(self.wrong("it ends before the archive does, or is too long"));
        }
        serde_json::from_slice(&line).map_err(|_| self.wrong("it is no JSON"))
    }

    fn wrong(&self, what: &str) -> ArchiveError {
        ArchiveError::Line {
            line: self.number,
            what: what.to_owned(),
        }
    }

    fn check_head(&self, head: &Json, capabilities: &[Migrations]) -> Result<(), ArchiveError> {
        if head["palisade_state"].as_i64() != Some(FORMAT) {
            return Err(self.wrong("it is no head of an archive that this release reads"));
        }
        let Some(steps) = head["steps"].as_object() else {
            return Err(self.wrong("it does not say the steps of the capabilities"));
        };
        for (name, found) in steps {
            let ours = capabilities
                .iter()
                .find(|capability| capability.capability == name);
            let ours = ours.map_or(0, step);
            let found = found
                .as_u64()
                .and_then(|found| u32::try_from(found).ok())
                .unwrap_or(0);
            if found != ours {
                return Err(ArchiveError::OtherRelease {
                    capability: name.clone(),
                    found,
                    ours,
                });
            }
        }
        Ok(())
    }
}
