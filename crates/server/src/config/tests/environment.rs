//! `PALISADE_` variables.

use super::super::Overrides;
use super::super::edge::headers::Hsts;
use super::{APP, load_all, mistakes_with};

#[test]
fn a_variable_sets_a_nested_key() {
    let environment = [("PALISADE_EDGE__HEADERS__HSTS", "full"), ("UNRELATED", "x")];
    let loaded = load_all(APP, &environment, Overrides::default());
    assert_eq!(loaded.config.edge.headers.hsts, Hsts::Full);
}

#[test]
fn a_list_is_written_with_commas_or_as_toml() {
    for written in ["10.0.0.0/8, 192.0.2.1", "[\"10.0.0.0/8\", \"192.0.2.1\"]"] {
        let environment = [("PALISADE_LISTEN__TRUSTED_PROXIES", written)];
        let loaded = load_all(APP, &environment, Overrides::default());
        let networks = loaded.config.listen.trusted_proxies;
        assert_eq!(
            networks.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["10.0.0.0/8", "192.0.2.1/32"]
        );
    }
}

#[test]
fn an_empty_list_is_an_empty_variable() {
    let environment = [("PALISADE_EDGE__HEADERS__REMOVE", "")];
    let loaded = load_all(APP, &environment, Overrides::default());
    assert!(loaded.config.edge.headers.remove.is_empty());
}

#[test]
fn numbers_and_switches_are_read_by_their_kind() {
    let environment = [
        ("PALISADE_LISTEN__WORKERS", "3"),
        ("PALISADE_COMPRESSION__ENABLED", "false"),
    ];
    let config = load_all(APP, &environment, Overrides::default()).config;
    assert_eq!(
        (config.listen.workers, config.compression.enabled),
        (3, false)
    );
}

#[test]
fn a_list_of_tables_is_set_whole() {
    let value = "[{ name = \"env\", urls = [\"http://127.0.0.1:4000\"] }]";
    let loaded = load_all("", &[("PALISADE_UPSTREAMS", value)], Overrides::default());
    assert_eq!(loaded.config.upstreams[0].name, "env");
}

#[test]
fn wrong_variables_are_all_named() {
    let mistakes = mistakes_with(&[
        ("PALISADE_LISTEN__ADRESS", "0.0.0.0:1"),
        ("PALISADE_LISTEN__WORKERS", "many"),
        ("PALISADE_UPSTREAMS__0__NAME", "x"),
        ("PALISADE_ROUTES", "[{"),
        ("PALISADE_PORT", "8080"),
    ]);
    insta::assert_snapshot!(mistakes, @r#"
    error: PALISADE_LISTEN__ADRESS is not a variable of Palisade's
      --> environment PALISADE_LISTEN__ADRESS
      = the nearest is PALISADE_LISTEN__ADDRESS
      = help: the name is PALISADE_, then the key's path with __ between its parts: PALISADE_LOG__LEVEL

    error: PALISADE_UPSTREAMS__0__NAME is not a variable of Palisade's
      --> environment PALISADE_UPSTREAMS__0__NAME
      = help: upstreams is a list of tables; set it whole, as TOML: PALISADE_UPSTREAMS='[{ … }]'

    error: routes: this is not a list in TOML: unclosed inline table, expected `}`
      --> environment PALISADE_ROUTES

    error: PALISADE_PORT is not a variable of Palisade's
      --> environment PALISADE_PORT
      = help: the name is PALISADE_, then the key's path with __ between its parts: PALISADE_LOG__LEVEL

    error: listen.workers: expected an integer from 0 to 1024, got "many"
      --> environment PALISADE_LISTEN__WORKERS

    5 mistakes in the environment; nothing was changed.
    "#);
}

#[test]
fn variables_of_a_kubernetes_service_are_not_ours() {
    let environment = [
        ("PALISADE_SERVICE_HOST", "10.96.0.7"),
        ("PALISADE_SERVICE_PORT", "443"),
        ("PALISADE_SERVICE_PORT_HTTPS", "443"),
        ("PALISADE_PORT", "tcp://10.96.0.7:443"),
        ("PALISADE_PORT_443_TCP", "tcp://10.96.0.7:443"),
        ("PALISADE_PORT_443_TCP_ADDR", "10.96.0.7"),
        ("PALISADE_PORT_443_TCP_PORT", "443"),
        ("PALISADE_PORT_443_TCP_PROTO", "tcp"),
        ("PALISADE_ADMIN_SERVICE_HOST", "10.96.0.8"),
        ("PALISADE_ADMIN_PORT_9443_TCP_ADDR", "10.96.0.8"),
    ];
    load_all(APP, &environment, Overrides::default());
}

#[cfg(unix)]
#[test]
fn a_value_that_is_not_utf_8_is_refused() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt as _;

    let value = OsString::from_vec(vec![0xff]);
    let pairs = [("PALISADE_DATA__DIRECTORY", value)];
    let sources = super::super::Sources::new(
        None,
        pairs,
        Overrides {
            upstream: Some("http://127.0.0.1:3000".to_owned()),
            ..Overrides::default()
        },
    );
    let mistakes = super::super::load(&sources).expect_err("taken").to_string();
    insta::assert_snapshot!(mistakes, @r#"
    error: data.directory: the value is not UTF-8
      --> environment PALISADE_DATA__DIRECTORY

    1 mistake in the environment; nothing was changed.
    "#);
}

#[test]
fn names_of_the_test_servers_are_no_configuration() {
    let test_server = ("PALISADE_TEST_REDIS_URL", "redis://127.0.0.1:1");
    load_all(APP, &[test_server], Overrides::default());
    let told = super::mistakes_with(&[("PALISADE_TESTS", "1")]);
    assert!(told.contains("PALISADE_TESTS is not a variable"), "{told}");
}
