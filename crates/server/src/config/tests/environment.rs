//! `PALISADE_` variables.

use palisade_kernel::Mode;

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
fn limits_that_slowapi_has_in_the_environment_act_as_they_are() {
    let environment = [
        ("RATELIMIT_DEFAULT_PER_IP", "100 per hour"),
        ("RATELIMIT_OTP_REQUEST_PER_IP", "3/minute;10/day"),
        ("RATELIMIT_OTP_VERIFY_PER_IP", "7/minute"),
        ("RATELIMIT_TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.1"),
        ("RATELIMIT_ENABLED", "False"),
    ];
    let config = load_all(APP, &environment, Overrides::default()).config;
    let limits = |name: &str| {
        let mut policies = config.edge.rate_limit.policies.iter();
        policies
            .find(|policy| policy.name == name)
            .unwrap()
            .limits
            .to_string()
    };
    assert_eq!(limits("default"), "100/hour");
    assert_eq!(limits("otp-request"), "3/minute; 10/day");
    assert_eq!(limits("otp-verify"), "7/minute");
    assert_eq!(limits("login"), "5/minute");
    assert_eq!(config.edge.rate_limit.mode, Mode::Off);
    assert_eq!(config.listen.trusted_proxies.len(), 2);
}

#[test]
fn what_is_said_to_palisade_by_name_wins_over_the_names_of_slowapi() {
    let file = format!("[edge.rate_limit.default]\nlimit = \"1/second\"\n{APP}");
    let environment = [
        ("RATELIMIT_DEFAULT_PER_IP", "100/hour"),
        ("RATELIMIT_ENABLED", "true"),
    ];
    let loaded = load_all(&file, &environment, Overrides::default());
    assert_eq!(loaded.config.edge.rate_limit.mode, Mode::Enforce);
    assert_eq!(loaded.notices.len(), 1);
    assert!(
        loaded.notices[0].starts_with("RATELIMIT_DEFAULT_PER_IP in the environment is ignored")
    );
}

#[test]
fn wrong_limits_in_the_environment_are_told() {
    let told = mistakes_with(&[
        ("RATELIMIT_DEFAULT_PER_IP", "many"),
        ("RATELIMIT_ENABLED", "perhaps"),
        ("RATELIMIT_TRUSTED_PROXIES", "10.0.0.1/8"),
    ]);
    insta::assert_snapshot!(told, @r#"
    error: expected true or false, got "perhaps"
      --> environment RATELIMIT_ENABLED
      = help: set edge.rate_limit.mode to make Palisade ignore RATELIMIT_ENABLED

    error: expected limits such as "5/minute", got "many"
      --> environment RATELIMIT_DEFAULT_PER_IP
      = help: set edge.rate_limit.default.limit to make Palisade ignore RATELIMIT_DEFAULT_PER_IP

    error: expected networks such as "10.0.0.0/8", got "10.0.0.1/8"
      --> environment RATELIMIT_TRUSTED_PROXIES
      = help: set listen.trusted_proxies to make Palisade ignore RATELIMIT_TRUSTED_PROXIES

    3 mistakes in the environment; nothing was changed.
    "#);
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
