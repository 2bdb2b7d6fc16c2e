//! Names that do not exist or are missing, and how mistakes are shown.

use serde_json::json;

use super::super::{MISTAKES_MAX, Overrides};
use super::{APP, check, load_file, mistakes_in};

#[test]
fn an_unknown_key_gets_the_nearest_name() {
    insta::assert_snapshot!(check("[listen]\nadress = \"0.0.0.0:443\""), @r#"
    error: listen.adress: there is no such key
      --> palisade.toml:2:1
      |
    2 | adress = "0.0.0.0:443"
      | ^^^^^^
      = the nearest is `address`

    1 mistake in palisade.toml; nothing was changed.
    "#);
}

#[test]
fn a_key_of_another_section_gets_its_section() {
    insta::assert_snapshot!(check("[listen]\nhsts = \"full\""), @r#"
    error: listen.hsts: there is no such key
      --> palisade.toml:2:1
      |
    2 | hsts = "full"
      | ^^^^
      = help: `hsts` belongs in [edge.headers]

    1 mistake in palisade.toml; nothing was changed.
    "#);
}

#[test]
fn a_key_unlike_any_gets_the_list() {
    insta::assert_snapshot!(check("[log]\ncolour = true"), @r#"
    error: log.colour: there is no such key
      --> palisade.toml:2:1
      |
    2 | colour = true
      | ^^^^^^
      = help: known here: level, access

    1 mistake in palisade.toml; nothing was changed.
    "#);
}

#[test]
fn an_unknown_section() {
    insta::assert_snapshot!(check("[edge.header]\nhsts = \"full\"\n[ratelimit]\nenabled = true"), @r#"
    error: edge.header: there is no such table
      --> palisade.toml:1:7
      |
    1 | [edge.header]
      |       ^^^^^^
      = the nearest is `headers`

    error: ratelimit: there is no such table
      --> palisade.toml:3:2
      |
    3 | [ratelimit]
      |  ^^^^^^^^^
      = help: known here: listen, tls, admin, ops, data, store, upstreams, routes, compression, log, proof, flags, edge

    2 mistakes in palisade.toml; nothing was changed.
    "#);
}

#[test]
fn a_list_of_tables_written_as_one_table() {
    insta::assert_snapshot!(mistakes_in("[upstreams]\nname = \"app\""), @r#"
    error: upstreams: expected a list of tables, got a table
      --> palisade.toml:1:1
      |
    1 | [upstreams]
      | ^^^^^^^^^^^
      = help: start each entry with [[upstreams]]

    1 mistake in palisade.toml; nothing was changed.
    "#);
}

#[test]
fn required_keys_of_an_entry() {
    insta::assert_snapshot!(mistakes_in("[[upstreams]]\nprotocol = \"http2\""), @r#"
    error: upstreams[0].name: is missing; expected a name of at most 64 letters, digits, "-" and "_"
      --> palisade.toml:1:1
      |
    1 | [[upstreams]]
      | ^^^^^^^^^^^^^

    error: upstreams[0].urls: is missing; expected a list of 1 to 64, each a URL such as "http://127.0.0.1:3000"
      --> palisade.toml:1:1
      |
    1 | [[upstreams]]
      | ^^^^^^^^^^^^^

    2 mistakes in palisade.toml; nothing was changed.
    "#);
}

#[test]
fn flags_are_checked_like_the_file() {
    let overrides = Overrides {
        address: Some("localhost".to_owned()),
        log_format: Some("jsno".to_owned()),
        ..Overrides::default()
    };
    let mistakes =
        super::load_text(&super::sources(&[], overrides), APP.to_owned()).expect_err("taken");
    insta::assert_snapshot!(mistakes.to_string(), @r#"
    error: listen.address: expected an IP address and port such as "0.0.0.0:8443", got "localhost"
      --> flag --address

    error: log.access: expected "auto", "json", "human" or "off", got "jsno"
      --> flag --log-format
      = the nearest is "json"

    2 mistakes on the command line; nothing was changed.
    "#);
}

#[test]
fn all_layers_are_reported_together_in_their_order() {
    let overrides = Overrides {
        log_format: Some("xml".to_owned()),
        ..Overrides::default()
    };
    let environment = [("PALISADE_LOG__LEVEL", "loud")];
    let text = format!("[tls]\nminimum_version = \"1.1\"\n[log]\nlevl = 1\n{APP}");
    let mistakes =
        super::load_text(&super::sources(&environment, overrides), text).expect_err("taken");
    insta::assert_snapshot!(mistakes.to_string(), @r#"
    error: tls.minimum_version: expected "1.2" or "1.3", got "1.1"
      --> palisade.toml:2:19
      |
    2 | minimum_version = "1.1"
      |                   ^^^^^
      = the nearest is "1.2"

    error: log.levl: there is no such key
      --> palisade.toml:4:1
      |
    4 | levl = 1
      | ^^^^
      = the nearest is `level`

    error: log.level: expected "trace", "debug", "info", "warn", "error" or "off", got "loud"
      --> environment PALISADE_LOG__LEVEL

    error: log.access: expected "auto", "json", "human" or "off", got "xml"
      --> flag --log-format

    4 mistakes in palisade.toml, in the environment and on the command line; nothing was changed.
    "#);
}

#[test]
fn a_mistake_shows_even_where_a_higher_layer_hides_it() {
    let sources = super::sources(&[("PALISADE_LOG__LEVEL", "warn")], Overrides::default());
    let text = format!("[log]\nlevel = \"loud\"\n{APP}");
    let mistakes = super::load_text(&sources, text).expect_err("taken");
    assert_eq!(mistakes.count(), 1);
}

#[test]
fn control_characters_do_not_reach_the_terminal() {
    let told = check("[log]\n\"\\u001b[31m\" = 1 # \u{7f}");
    assert!(!told.contains(['\u{1b}', '\u{7f}']), "{told:?}");
}

#[test]
fn more_mistakes_than_fit_are_counted() {
    let keys: String = (0..MISTAKES_MAX + 7)
        .map(|n| format!("wrong_{n} = 1\n"))
        .collect();
    let mistakes = load_file(&format!("{keys}{APP}")).expect_err("taken");
    assert_eq!(mistakes.count(), MISTAKES_MAX + 7);
    let told = mistakes.to_string();
    let last = told.lines().last();
    assert_eq!(
        last,
        Some("57 mistakes in palisade.toml, the first 50 shown; nothing was changed.")
    );
}

#[test]
fn machines_get_the_same_as_json() {
    let mistakes = load_file(&format!("[edge.headers]\nhsts = \"ful\"\n{APP}")).expect_err("taken");
    assert_eq!(
        mistakes.to_json(),
        json!({
            "mistakes": [{
                "key": "edge.headers.hsts",
                "problem": "expected \"off\", \"soak\", \"full\" or \"preload\", got \"ful\"",
                "expected": "\"off\", \"soak\", \"full\" or \"preload\"",
                "got": "\"ful\"",
                "nearest": "\"full\"",
                "help": null,
                "place": { "kind": "file", "path": "palisade.toml", "line": 2, "column": 8 },
                "related": null,
            }],
            "omitted": 0,
        })
    );
}
