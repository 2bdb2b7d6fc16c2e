//! Out: one read transaction over all tables, a row in memory at a time.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};
use tokio::io::{AsyncWrite, AsyncWriteExt, BufWriter};

use super::line::to_json;
use super::{ArchiveError, Contents, FORMAT, step};
use crate::engine::{self, Connection};
use crate::error::{EngineError, Error};
use crate::open::StoreOptions;
use crate::statement::Statement;
use crate::tx::Shared;
use crate::{postgres, sqlite};

const BEGIN_POSTGRES: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
    SET LOCAL palisade.scope = 'system'; SET LOCAL statement_timeout = 0";

pub(super) async fn export(
    options: &StoreOptions,
    shared: &Arc<Shared>,
    output: impl AsyncWrite + Unpin,
) -> Result<Contents, ArchiveError> {
    let (mut connection, begin) = match options {
        StoreOptions::Sqlite { path } => {
            (sqlite::connect_to_read(path).await.map_err(error)?, "BEGIN")
        }
        StoreOptions::Postgres(options) => (postgres::connect(options).await?, BEGIN_POSTGRES),
    };
    engine::control(&mut connection, begin)
        .await
        .map_err(error)?;
    let mut output = Output {
        stream: BufWriter::new(output),
        contents: Contents::default(),
    };
    let steps: Map<String, Json> = (shared.schema.capabilities.iter())
        .map(|capability| (capability.capability.to_owned(), json!(step(capability))))
        .collect();
    let at = shared.clock.now().rfc3339();
    output
        .line(&json!({ "palisade_state": FORMAT, "at": at, "steps": steps }))
        .await?;
    for capability in &shared.schema.capabilities {
        for table in capability.tables {
            output.table(&mut connection, table.name).await?;
        }
    }
    // There is nothing to keep, and the connection is not used again.
    let _ = engine::control(&mut connection, "ROLLBACK").await;
    let contents = output.contents;
    output.line(&json!({ "end": contents.rows })).await?;
    output.stream.flush().await?;
    Ok(contents)
}

struct Output<W> {
    stream: BufWriter<W>,
    contents: Contents,
}

impl<W: AsyncWrite + Unpin> Output<W> {
    async fn line(&mut self, json: &Json) -> Result<(), std::io::Error> {
        self.stream.write_all(json.to_string().as_bytes()).await?;
        self.stream.write_all(b"\n").await
    }

    async fn table(
        &mut self,
        connection: &mut Connection,
        table: &'static str,
    ) -> Result<(), ArchiveError> {
        // A declaration's name needs no quoting.
        let all = Statement::made("the export of a table", 0, |_| {
            format!("SELECT * FROM {table}")
        });
        let mut broken = None;
        let mut is_first = true;
        let done = engine::each_row(connection, &all, &[], async |row| {
            let head = json!({ "table": table, "columns": &*row.columns });
            let values: Vec<Json> = row.values.iter().map(to_json).collect();
            let mut written = Ok(());
            if is_first {
                written = self.line(&head).await;
                self.contents.tables += 1;
                is_first = false;
            }
            self.contents.rows += 1;
            if written.is_ok() {
                written = self.line(&Json::Array(values)).await;
            }
            written.map_err(|cause| {
                broken = Some(cause);
                EngineError::of_closure(Error::stopped("the archive cannot be written"))
            })
        });
        let done = done.await;
        match broken {
            Some(cause) => Err(cause.into()),
            None => Ok(done.map_err(error)?),
        }
    }
}

pub(super) fn error(failure: EngineError) -> ArchiveError {
    failure.error.into()
}
