//! Spells a portable step for SQLite.
//!
//! `BIGINT` and `BOOLEAN` become `INTEGER`, `BYTEA` becomes `BLOB`, and every table STRICT, so that
//! SQLite refuses a text in a number's column as Postgres does (sqlite.org/stricttables.html).

use crate::schema::Sql;
use crate::statement::{Token, tokens};

pub(crate) fn for_sqlite(sql: &Sql) -> Result<String, String> {
    match sql {
        Sql::PerEngine { sqlite, .. } => Ok((*sqlite).to_owned()),
        Sql::Portable(text) => translate(text),
    }
}

pub(crate) fn for_postgres(sql: &Sql) -> Result<String, String> {
    match sql {
        Sql::PerEngine { postgres, .. } => Ok((*postgres).to_owned()),
        // What one engine's translation refuses is not portable on the other either.
        Sql::Portable(text) => translate(text).map(|_| (*text).to_owned()),
    }
}

fn translate(text: &str) -> Result<String, String> {
    let mut sqlite = String::with_capacity(text.len());
    let mut statement: Vec<String> = Vec::new();
    for token in tokens(text)? {
        match token {
            Token::Placeholder(_) | Token::Tenant => {
                return Err("a step takes no arguments".to_owned());
            }
            Token::Word(word) => {
                let lower = word.to_ascii_lowercase();
                sqlite.push_str(spelled(word, &lower)?);
                statement.push(lower);
            }
            Token::Other(";") => {
                end(&mut sqlite, &mut statement);
                sqlite.push(';');
            }
            Token::Other(other) => sqlite.push_str(other),
        }
    }
    end(&mut sqlite, &mut statement);
    Ok(sqlite)
}

fn spelled<'w>(word: &'w str, lower: &str) -> Result<&'w str, String> {
    match lower {
        "bigint" | "boolean" => Ok("INTEGER"),
        "bytea" => Ok("BLOB"),
        "integer" | "int" | "smallint" | "serial" | "bigserial" | "varchar" | "char" | "json"
        | "jsonb" | "uuid" | "timestamp" | "timestamptz" | "date" | "numeric" | "real" | "blob" => {
            Err(format!(
                "{word} is not portable: columns are TEXT, BIGINT, BOOLEAN or BYTEA"
            ))
        }
        // A broken promise would surface at COMMIT, and take a whole group of writes with it.
        "deferrable" | "deferred" => Err(format!("{word} is not supported: check at once")),
        _ => Ok(word),
    }
}

/// Ends a statement: a table that is made becomes STRICT.
fn end(sqlite: &mut String, statement: &mut Vec<String>) {
    if statement.first().is_some_and(|word| word == "create")
        && statement.get(1).is_some_and(|word| word == "table")
    {
        let kept = sqlite.trim_end().len();
        sqlite.truncate(kept);
        sqlite.push_str(" STRICT");
    }
    statement.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(portable: &str, sqlite: Result<&str, &str>) {
        let found = translate(portable);
        assert_eq!(found.as_deref().map_err(String::as_str), sqlite);
    }

    #[test]
    fn types_are_translated_and_tables_made_strict() {
        check(
            "CREATE TABLE a (b BIGINT, c boolean, d BYTEA, e TEXT);\nCREATE INDEX f ON a (b);",
            Ok(
                "CREATE TABLE a (b INTEGER, c INTEGER, d BLOB, e TEXT) STRICT;\nCREATE INDEX f ON a (b);",
            ),
        );
        check(
            "CREATE TABLE a (b TEXT)",
            Ok("CREATE TABLE a (b TEXT) STRICT"),
        );
    }

    #[test]
    fn literals_and_quoted_names_are_left_alone() {
        check(
            "UPDATE a SET \"bytea\" = 'BIGINT; x'",
            Ok("UPDATE a SET \"bytea\" = 'BIGINT; x'"),
        );
    }

    #[test]
    fn what_only_one_engine_has_is_refused() {
        check(
            "CREATE TABLE a (b JSONB)",
            Err("JSONB is not portable: columns are TEXT, BIGINT, BOOLEAN or BYTEA"),
        );
        check("SELECT $1", Err("a step takes no arguments"));
        check(
            "ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES c DEFERRABLE",
            Err("DEFERRABLE is not supported: check at once"),
        );
    }
}
