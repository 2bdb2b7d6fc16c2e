//! What is respelled, what is refused, and that nothing else changes.

use proptest::prelude::*;

use super::*;

#[track_caller]
fn check(source: &'static str, sqlite: &str, postgres: &str, arguments: usize) {
    let statement = Statement::parse(source).unwrap();
    assert_eq!(statement.sqlite.as_str(), sqlite);
    assert_eq!(statement.postgres.as_str(), postgres);
    assert_eq!(statement.arguments, arguments);
}

#[track_caller]
fn refused(source: &'static str, reason: &str) {
    let error = Statement::parse(source).unwrap_err().to_string();
    assert!(error.contains(reason), "{error}");
}

#[test]
fn placeholders_keep_their_numbers_in_any_order() {
    check(
        "a = $2 AND b = $1",
        "a = ?2 AND b = ?1",
        "a = $2 AND b = $1",
        2,
    );
    check(
        "a = $1 OR b = $1",
        "a = ?1 OR b = ?1",
        "a = $1 OR b = $1",
        1,
    );
}

#[test]
fn the_tenant_comes_after_the_last_argument() {
    check(
        "tenant = $tenant AND id = $1",
        "tenant = ?2 AND id = ?1",
        "tenant = $2 AND id = $1",
        1,
    );
    check("tenant = $tenant", "tenant = ?1", "tenant = $1", 0);
}

#[test]
fn literals_names_and_comments_are_left_alone() {
    let text = "SELECT '$9 it''s ?', \"$8\" -- $7 ?\n/* $6 ? */ FROM t";
    check(text, text, text, 0);
}

#[test]
fn gaps_and_foreign_placeholders_are_refused() {
    refused("a = $1 AND b = $3", "$3 is there and $2 is not");
    refused("a = ?", "write $1, $2");
    refused("a = $0", "$0 is no placeholder");
    refused("a = $01", "$01 is no placeholder");
    refused("a = $name", "$name is no placeholder");
    refused("a = $1000", "$1000 is past $999");
    refused("a = 'b", "opened and not closed");
    refused("/* a", "a comment has no end");
}

#[test]
fn tables_are_found_as_whole_bare_words() {
    let statement =
        Statement::parse("SELECT sessions_old.id FROM Sessions WHERE a = 'bans'").unwrap();
    assert_eq!(statement.names(&["bans", "sessions"]), Some("sessions"));
    assert_eq!(statement.names(&["bans", "session", "old"]), None);
}

proptest! {
    #[test]
    fn the_pieces_are_the_statement_again(sql in "[a-z$?'\"/*\\- \n0-9é(),.]{0,60}") {
        if let Ok(tokens) = tokens(&sql) {
            let again: String = tokens
                .iter()
                .map(|token| match token {
                    Token::Placeholder(number) => format!("${number}"),
                    Token::Tenant => "$tenant".to_owned(),
                    Token::Word(text) | Token::Other(text) => (*text).to_owned(),
                })
                .collect();
            prop_assert_eq!(again, sql);
        }
    }
}
