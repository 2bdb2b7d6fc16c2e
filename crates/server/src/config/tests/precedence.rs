//! Which layer wins.

use palisade_edge::router::{HostPattern, Route};

use super::super::listen::Mode;
use super::super::log::{AccessLog, Level};
use super::super::{Overrides, load};
use super::{APP, Sources, load_all};

fn level(toml: &str, environment: &[(&str, &str)]) -> Level {
    load_all(toml, environment, Overrides::default())
        .config
        .log
        .level
}

#[test]
fn defaults_then_shared_names_then_file_then_variables() {
    let file = format!("[log]\nlevel = \"warn\"\n{APP}");
    let shared = ("LOG_LEVEL", "DEBUG");
    let own = ("PALISADE_LOG__LEVEL", "error");
    assert_eq!(level(APP, &[]), Level::Info);
    assert_eq!(level(APP, &[shared]), Level::Debug);
    assert_eq!(level(&file, &[shared]), Level::Warn);
    assert_eq!(level(&file, &[shared, own]), Level::Error);
}

#[test]
fn flags_win_over_all() {
    let overrides = Overrides {
        log_format: Some("off".to_owned()),
        ..Overrides::default()
    };
    let file = format!("[log]\naccess = \"json\"\n{APP}");
    let loaded = load_all(&file, &[("PALISADE_LOG__ACCESS", "human")], overrides);
    assert_eq!(loaded.config.log.access, AccessLog::Off);
}

#[test]
fn port_means_plain_mode_on_every_address() {
    let listen = load_all(APP, &[("PORT", "3000")], Overrides::default())
        .config
        .listen;
    assert_eq!(listen.mode, Mode::Plain);
    assert_eq!(listen.address.to_string(), "0.0.0.0:3000");
    assert_eq!(listen.redirect_address, None);
}

#[test]
fn plain_mode_without_anyone_to_believe_is_noticed() {
    let file = format!("[listen]\nmode = \"plain\"\n{APP}");
    for loaded in [
        load_all(APP, &[("PORT", "3000")], Overrides::default()),
        load_all(&file, &[], Overrides::default()),
    ] {
        let [notice] = &loaded.notices[..] else {
            panic!("{:?}", loaded.notices);
        };
        assert!(
            notice.contains("PALISADE_LISTEN__TRUSTED_PROXIES="),
            "{notice}"
        );
    }
    let trusting = [
        ("PORT", "3000"),
        ("PALISADE_LISTEN__TRUSTED_PROXIES", "10.0.0.0/8"),
    ];
    for environment in [&trusting[..], &[]] {
        let loaded = load_all(APP, environment, Overrides::default());
        assert_eq!(loaded.notices, Vec::<String>::new());
    }
}

#[test]
fn port_is_ignored_whole_when_the_listener_is_set_anywhere_else() {
    let file = format!("[listen]\naddress = \"127.0.0.1:8443\"\n{APP}");
    let loaded = load_all(&file, &[("PORT", "3000")], Overrides::default());
    assert_eq!(loaded.config.listen.mode, Mode::Tls);
    assert_eq!(loaded.config.listen.address.to_string(), "127.0.0.1:8443");
    insta::assert_snapshot!(loaded.notices.join("\n"), @"PORT in the environment is ignored: listen.address is set (palisade.toml:2:11)");

    let environment = [("PORT", "3000"), ("PALISADE_LISTEN__MODE", "tls")];
    let loaded = load_all(APP, &environment, Overrides::default());
    assert_eq!(loaded.config.listen.address.to_string(), "0.0.0.0:8443");
    insta::assert_snapshot!(loaded.notices.join("\n"), @"PORT in the environment is ignored: listen.mode is set (environment PALISADE_LISTEN__MODE)");
}

#[test]
fn shared_names_with_a_meaning_of_their_own_are_refused_with_the_way_out() {
    insta::assert_snapshot!(
        super::mistakes_with(&[("PORT", "http"), ("LOG_LEVEL", "verbose")]), @r#"
    error: expected a port from 1 to 65535, got "http"
      --> environment PORT
      = help: set listen.address to make Palisade ignore PORT

    error: "verbose" is not a level of Palisade's log
      --> environment LOG_LEVEL
      = help: set log.level to make Palisade ignore LOG_LEVEL

    2 mistakes in the environment; nothing was changed.
    "#);
}

#[test]
fn a_port_flag_keeps_the_address() {
    let overrides = Overrides {
        port: Some(1),
        admin_port: Some(2),
        ops_port: Some(3),
        ..Overrides::default()
    };
    let file = format!("[listen]\naddress = \"[::1]:8443\"\n{APP}");
    let config = load_all(&file, &[], overrides).config;
    assert_eq!(config.listen.address.to_string(), "[::1]:1");
    assert_eq!(config.admin.address.to_string(), "127.0.0.1:2");
    assert_eq!(config.ops.address.to_string(), "127.0.0.1:3");
}

fn redirect(toml: &str, environment: &[(&str, &str)], flag: Option<&str>) -> Option<String> {
    let overrides = Overrides {
        address: Some("127.0.0.1:9443".to_owned()),
        admin_port: Some(9444),
        redirect_address: flag.map(str::to_owned),
        ..Overrides::default()
    };
    let listen = load_all(toml, environment, overrides).config.listen;
    listen.redirect_address.map(|address| address.to_string())
}

#[test]
fn an_address_flag_takes_the_redirect_along_unless_that_is_set_itself() {
    let variable = ("PALISADE_LISTEN__REDIRECT_ADDRESS", "0.0.0.0:81");
    let file = format!("[listen]\nredirect_address = \"0.0.0.0:80\"\n{APP}");
    let text = |address: &str| Some(address.to_owned());
    assert_eq!(redirect(APP, &[], None), text("127.0.0.1:8080"));
    assert_eq!(redirect(&file, &[], None), text("0.0.0.0:80"));
    assert_eq!(redirect(APP, &[variable], None), text("0.0.0.0:81"));
    assert_eq!(redirect(&file, &[], Some("[::1]:82")), text("[::1]:82"));
    assert_eq!(redirect(&file, &[], Some("")), None);
    let plain = ("PALISADE_LISTEN__MODE", "plain");
    assert_eq!(redirect(APP, &[plain], None), None);
}

#[test]
fn a_redirect_port_without_a_redirect_is_noticed() {
    let file = format!("[listen]\nredirect_address = \"\"\nredirect_port = 443\n{APP}");
    let loaded = load_all(&file, &[], Overrides::default());
    assert_eq!(
        loaded.notices,
        ["listen.redirect_port changes nothing, since no listen.redirect_address is open"]
    );
}

#[test]
fn an_upstream_flag_needs_no_file() {
    let overrides = Overrides {
        upstream: Some("http://127.0.0.1:3000".to_owned()),
        ..Overrides::default()
    };
    let config = load(&Sources::new::<&str, &str>(None, [], overrides))
        .expect("valid")
        .config;
    assert_eq!(config.upstreams.len(), 1);
    assert_eq!(config.upstreams[0].name, "app");
    let everything = Route {
        host: HostPattern::Any,
        path: "/".to_owned(),
        upstream: 0,
    };
    assert_eq!(config.routes, [everything]);
}

#[test]
fn a_table_is_merged_key_by_key_and_a_list_replaced() {
    let file = format!("[edge.headers]\nremove = [\"X-Mine\"]\n{APP}");
    let headers = load_all(&file, &[], Overrides::default())
        .config
        .edge
        .headers;
    assert_eq!(headers.remove, ["x-mine"]);
    assert!(headers.permissions_policy.is_some());
}

#[test]
fn an_entry_takes_the_defaults_of_what_it_leaves_out() {
    let file = format!("{APP}health = {{ path = \"/up\" }}");
    let upstream = load_all(&file, &[], Overrides::default())
        .config
        .upstreams
        .remove(0);
    assert_eq!(upstream.health.map(|health| health.healthy_after), Some(2));
    assert_eq!(upstream.breaker.failures, 5);
}

#[test]
fn an_upstream_without_requests_is_noticed() {
    let other = APP.replace("\"app\"", "\"other\"");
    let loaded = load_all(&format!("{APP}{other}"), &[], Overrides::default());
    insta::assert_snapshot!(loaded.notices.join("\n"), @r#"upstream "other" gets no requests: there are no routes"#);
}
