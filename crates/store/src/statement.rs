//! Reads a statement once and spells it for each engine.
//!
//! SQLite numbers `$2 .. $1` by order of appearance, as `$2` is a *name* to it, and leaves an
//! argument that is missing NULL (sqlite.org/lang_expr.html#varparam). Hence every placeholder is
//! respelled `?n`, gaps are refused, and `Tx` counts the arguments.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

use crate::error::Error;
use crate::lock;

mod tokens;

pub(crate) use tokens::{Token, tokens};

/// More placeholders than any statement of ours needs; SQLite's own bound is 32,766.
const ARGUMENTS_MAX: usize = 999;

/// One statement, spelled for both engines.
#[derive(Debug)]
pub(crate) struct Statement {
    /// As it stands in the code.
    pub(crate) source: &'static str,
    pub(crate) sqlite: SqlStr,
    pub(crate) postgres: SqlStr,
    /// How many arguments the caller hands in; the tenant, which `Tx` adds, is not among them.
    pub(crate) arguments: usize,
    /// Whether it says `$tenant`.
    pub(crate) takes_tenant: bool,
    /// The bare words in it, lower case: where the names of tables are looked for.
    words: Vec<String>,
}

impl Statement {
    pub(crate) fn parse(source: &'static str) -> Result<Self, Error> {
        let misuse = |what: String| Error::misuse(source, what);
        let tokens = tokens(source).map_err(misuse)?;
        let mut numbers: Vec<usize> = tokens.iter().filter_map(Token::placeholder).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let arguments = numbers.last().copied().unwrap_or(0);
        if arguments > ARGUMENTS_MAX {
            return Err(misuse(format!("${arguments} is past ${ARGUMENTS_MAX}")));
        }
        if let Some(missing) = (1..=arguments).find(|number| !numbers.contains(number)) {
            return Err(misuse(format!(
                "${arguments} is there and ${missing} is not: number the arguments without a gap"
            )));
        }
        let spell = |mark: char| {
            let mut sql = String::with_capacity(source.len());
            for token in &tokens {
                match token {
                    Token::Placeholder(number) => sql.push_str(&format!("{mark}{number}")),
                    Token::Tenant => sql.push_str(&format!("{mark}{}", arguments + 1)),
                    Token::Word(text) | Token::Other(text) => sql.push_str(text),
                }
            }
            AssertSqlSafe(sql).into_sql_str()
        };
        Ok(Self {
            source,
            sqlite: spell('?'),
            postgres: spell('$'),
            arguments,
            takes_tenant: tokens.iter().any(|token| matches!(token, Token::Tenant)),
            words: tokens
                .iter()
                .filter_map(|token| match token {
                    Token::Word(word) => Some(word.to_ascii_lowercase()),
                    _ => None,
                })
                .collect(),
        })
    }

    /// A statement that the store makes itself, of names from declarations; `spell` has the mark
    /// of the engine put before each argument's number.
    pub(crate) fn made(
        source: &'static str,
        arguments: usize,
        spell: impl Fn(char) -> String,
    ) -> Self {
        Self {
            source,
            sqlite: AssertSqlSafe(spell('?')).into_sql_str(),
            postgres: AssertSqlSafe(spell('$')).into_sql_str(),
            arguments,
            takes_tenant: false,
            words: Vec::new(),
        }
    }

    /// The first of `tables` that this statement names.
    pub(crate) fn names<'t>(&self, tables: &'t [&'static str]) -> Option<&'t str> {
        let named = |table: &&&str| self.words.iter().any(|word| word == **table);
        tables.iter().find(named).copied()
    }
}

/// Statements that were read already. Its keys are literals of the program, which bounds it.
#[derive(Default)]
pub(crate) struct Statements(Mutex<HashMap<&'static str, Arc<Statement>>>);

impl Statements {
    pub(crate) fn get(&self, source: &'static str) -> Result<Arc<Statement>, Error> {
        if let Some(known) = lock(&self.0).get(source) {
            return Ok(Arc::clone(known));
        }
        let statement = Arc::new(Statement::parse(source)?);
        lock(&self.0).insert(source, Arc::clone(&statement));
        Ok(statement)
    }
}

#[cfg(test)]
mod tests;
