//! One test for each kind of mistake, by what a person is told.

use serde_json::json;

use super::super::{MISTAKES_MAX, Overrides};
use super::{APP, load_file, mistakes_in};

/// The mistakes of a file with a good upstream below.
fn check(toml: &str) -> String {
    mistakes_in(&format!("{toml}\n{APP}"))
}

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
  = help: known here: listen, tls, admin, ops, data, upstreams, routes, compression, log, proof, edge

2 mistakes in palisade.toml; nothing was changed.
"#);
}

#[test]
fn an_unknown_choice_gets_the_nearest_one() {
    insta::assert_snapshot!(check("[edge.headers]\nhsts = \"ful\""), @r#"
error: edge.headers.hsts: expected "off", "soak", "full" or "preload", got "ful"
  --> palisade.toml:2:8
  |
2 | hsts = "ful"
  |        ^^^^^
  = the nearest is "full"

1 mistake in palisade.toml; nothing was changed.
"#);
}

#[test]
fn a_value_of_the_wrong_type() {
    insta::assert_snapshot!(check("[compression]\nenabled = \"yes\"\n[listen]\nworkers = \"4\""), @r#"
error: compression.enabled: expected true or false, got "yes"
  --> palisade.toml:2:11
  |
2 | enabled = "yes"
  |           ^^^^^

error: listen.workers: expected an integer from 0 to 1024, got "4"
  --> palisade.toml:4:11
  |
4 | workers = "4"
  |           ^^^
  = help: write 4 without quotes

2 mistakes in palisade.toml; nothing was changed.
"#);
}

#[test]
fn a_number_out_of_range() {
    insta::assert_snapshot!(check("[listen]\nconnections_max = 0\nworkers = 99999999999999999999"), @r#"
error: listen.connections_max: expected an integer from 1 to 1000000, got 0
  --> palisade.toml:2:19
  |
2 | connections_max = 0
  |                   ^

error: listen.workers: expected an integer from 0 to 1024, got 99999999999999999999
  --> palisade.toml:3:11
  |
3 | workers = 99999999999999999999
  |           ^^^^^^^^^^^^^^^^^^^^

2 mistakes in palisade.toml; nothing was changed.
"#);
}

#[test]
fn a_duration_without_unit_or_out_of_range() {
    insta::assert_snapshot!(
        check("[listen]\nheader_timeout = 15\nhandshake_timeout = \"2h\"\ndrain = \"soon\""), @r#"
error: listen.header_timeout: expected a duration from "1s" to "5m", got 15
  --> palisade.toml:2:18
  |
2 | header_timeout = 15
  |                  ^^
  = help: say the unit: "15s"

error: listen.handshake_timeout: expected a duration from "1s" to "1m", got "2h"
  --> palisade.toml:3:21
  |
3 | handshake_timeout = "2h"
  |                     ^^^^

error: listen.drain: expected a duration from "0ms" to "1h", got "soon"
  --> palisade.toml:4:9
  |
4 | drain = "soon"
  |         ^^^^^^
  = help: write a whole number and one of the units ms, s, m, h, d

3 mistakes in palisade.toml; nothing was changed.
"#);
}

#[test]
fn a_size_without_its_unit() {
    insta::assert_snapshot!(check("[compression]\nminimum_bytes = \"1KB\""), @r#"
error: compression.minimum_bytes: expected a size from "1B" to "64MiB", got "1KB"
  --> palisade.toml:2:17
  |
2 | minimum_bytes = "1KB"
  |                 ^^^^^
  = help: write a whole number and one of the units B, KiB, MiB, GiB

1 mistake in palisade.toml; nothing was changed.
"#);
}

#[test]
fn an_address_that_is_none() {
    insta::assert_snapshot!(
        check("[listen]\naddress = \":8443\"\nredirect_address = \"localhost:80\"\n[ops]\naddress = 9090"), @r#"
error: listen.address: expected an IP address and port such as "0.0.0.0:8443", got ":8443"
  --> palisade.toml:2:11
  |
2 | address = ":8443"
  |           ^^^^^^^
  = help: write "0.0.0.0:8443"

error: listen.redirect_address: expected an IP address and port such as "0.0.0.0:8080", or "" for none, got "localhost:80"
  --> palisade.toml:3:20
  |
3 | redirect_address = "localhost:80"
  |                    ^^^^^^^^^^^^^^
  = help: write "127.0.0.1:80"

error: ops.address: expected an IP address and port such as "127.0.0.1:9090", got 9090
  --> palisade.toml:5:11
  |
5 | address = 9090
  |           ^^^^
  = help: write "127.0.0.1:9090"

3 mistakes in palisade.toml; nothing was changed.
"#);
}

#[test]
fn networks_are_complained_of_one_by_one() {
    insta::assert_snapshot!(
        check("[listen]\ntrusted_proxies = [\"10.0.0.1/8\", \"fd00::/8\", \"all\"]"), @r#"
error: listen.trusted_proxies[0]: expected a network such as "10.0.0.0/8", got "10.0.0.1/8"
  --> palisade.toml:2:20
  |
2 | trusted_proxies = ["10.0.0.1/8", "fd00::/8", "all"]
  |                    ^^^^^^^^^^^^
  = help: bits are set behind the prefix; write "10.0.0.0/8"

error: listen.trusted_proxies[2]: expected a network such as "10.0.0.0/8", got "all"
  --> palisade.toml:2:46
  |
2 | trusted_proxies = ["10.0.0.1/8", "fd00::/8", "all"]
  |                                              ^^^^^

2 mistakes in palisade.toml; nothing was changed.
"#);
}

#[test]
fn an_admin_address_for_all_is_refused_with_the_reason() {
    insta::assert_snapshot!(check("[admin]\naddress = \"0.0.0.0:9443\""), @r#"
error: admin.address: expected a loopback address and port such as "127.0.0.1:9443", got "0.0.0.0:9443"
  --> palisade.toml:2:11
  |
2 | address = "0.0.0.0:9443"
  |           ^^^^^^^^^^^^^^
  = help: operators cannot log in yet, so whoever reaches this address rules the gateway; reach it from elsewhere through SSH or a VPN

1 mistake in palisade.toml; nothing was changed.
"#);
}

#[test]
fn proxy_protocol_needs_someone_to_trust() {
    insta::assert_snapshot!(check("[listen]\nproxy_protocol = \"require\""), @r#"
error: listen.proxy_protocol: "require" without trusted_proxies would close every connection
  --> palisade.toml:2:18
  |
2 | proxy_protocol = "require"
  |                  ^^^^^^^^^
  = help: name the balancer's networks in listen.trusted_proxies

1 mistake in palisade.toml; nothing was changed.
"#);
}

#[test]
fn a_redirect_needs_tls() {
    insta::assert_snapshot!(
        check("[listen]\nmode = \"plain\"\nredirect_address = \"0.0.0.0:80\""), @r#"
error: listen.redirect_address: there is nothing to redirect to in mode "plain"
  --> palisade.toml:3:20
  |
3 | redirect_address = "0.0.0.0:80"
  |                    ^^^^^^^^^^^^
  --> palisade.toml:2:8
  |
2 | mode = "plain"
  |        ^^^^^^^ the mode
  = help: leave it out, or set mode = "tls"

1 mistake in palisade.toml; nothing was changed.
"#);
}

#[test]
fn a_redirect_needs_an_address_of_its_own() {
    insta::assert_snapshot!(check("[listen]\nredirect_address = \"0.0.0.0:8443\""), @r#"
error: listen.redirect_address: this is the same as listen.address
  --> palisade.toml:2:20
  |
2 | redirect_address = "0.0.0.0:8443"
  |                    ^^^^^^^^^^^^^^
  --> default: the address
  = help: give the redirect a port of its own, or "" for none

1 mistake in palisade.toml; nothing was changed.
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

error: upstreams[0].urls: is missing; expected a list of 1 to 256, each a URL such as "http://127.0.0.1:3000"
  --> palisade.toml:1:1
  |
1 | [[upstreams]]
  | ^^^^^^^^^^^^^

2 mistakes in palisade.toml; nothing was changed.
"#);
}

#[test]
fn urls_that_are_none() {
    insta::assert_snapshot!(mistakes_in(
        "[[upstreams]]\nname = \"my app\"\nurls = [\"127.0.0.1:3000\", \"http://app/api\", \"unix:app.sock\"]"
    ), @r#"
error: upstreams[0].name: expected a name of at most 64 letters, digits, "-" and "_", got "my app"
  --> palisade.toml:2:8
  |
2 | name = "my app"
  |        ^^^^^^^^

error: upstreams[0].urls[0]: expected a URL such as "http://127.0.0.1:3000", got "127.0.0.1:3000"
  --> palisade.toml:3:9
  |
3 | urls = ["127.0.0.1:3000", "http://app/api", "unix:app.sock"]
  |         ^^^^^^^^^^^^^^^^
  = help: say the scheme: "http://127.0.0.1:3000"

error: upstreams[0].urls[1]: expected a URL such as "http://127.0.0.1:3000", got "http://app/api"
  --> palisade.toml:3:27
  |
3 | urls = ["127.0.0.1:3000", "http://app/api", "unix:app.sock"]
  |                           ^^^^^^^^^^^^^^^^
  = help: paths are passed on as they come; write "http://app"

error: upstreams[0].urls[2]: expected a URL such as "http://127.0.0.1:3000", got "unix:app.sock"
  --> palisade.toml:3:45
  |
3 | urls = ["127.0.0.1:3000", "http://app/api", "unix:app.sock"]
  |                                             ^^^^^^^^^^^^^^^
  = help: write "unix:" and the socket's absolute path

4 mistakes in palisade.toml; nothing was changed.
"#);
}

#[test]
fn a_password_in_a_url_is_refused_and_not_repeated() {
    let told =
        mistakes_in("[[upstreams]]\nname = \"app\"\nurls = [\"http://user:hunter2@app:3000\"]");
    assert!(!told.contains("hunter2"), "{told}");
    insta::assert_snapshot!(told, @r#"
error: upstreams[0].urls[0]: expected a URL such as "http://127.0.0.1:3000", got "http://************@app:3000"
  --> palisade.toml:3:9
  |
3 | urls = ["http://************@app:3000"]
  |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  = help: a URL with a password in it would end up in logs; leave it out

1 mistake in palisade.toml; nothing was changed.
"#);
}

#[test]
fn two_upstreams_of_one_name() {
    insta::assert_snapshot!(mistakes_in(&format!("{APP}{APP}")), @r#"
error: upstreams[1].name: there are two upstreams named "app"
  --> palisade.toml:5:8
  |
5 | name = "app"
  |        ^^^^^
  --> palisade.toml:2:8
  |
2 | name = "app"
  |        ^^^^^ the first
  = help: rename one, or list both urls in one upstream

1 mistake in palisade.toml; nothing was changed.
"#);
}

#[test]
fn a_client_certificate_needs_its_key_and_https() {
    insta::assert_snapshot!(
        mistakes_in(&format!("{APP}tls = {{ client_certificate = \"c.pem\" }}")), @r#"
error: upstreams[0].tls.client_certificate: client_certificate is set without client_key
  --> palisade.toml:4:30
  |
4 | tls = { client_certificate = "c.pem" }
  |                              ^^^^^^^
  = help: name the file of its private key in client_key

error: upstreams[0].tls: TLS is set up, but not every url is https://
  --> palisade.toml:4:30
  |
4 | tls = { client_certificate = "c.pem" }
  |                              ^^^^^^^
  --> palisade.toml:3:8
  |
3 | urls = ["http://127.0.0.1:3000"]
  |        ^^^^^^^^^^^^^^^^^^^^^^^^^ the urls
  = help: write https:// where the application speaks TLS, or leave tls out

2 mistakes in palisade.toml; nothing was changed.
"#);
}

#[test]
fn a_route_to_an_unknown_upstream() {
    insta::assert_snapshot!(
        check("[[routes]]\nupstream = \"ap\"\n[[routes]]\npath = \"/x\"\nupstream = \"backend\""), @r#"
error: routes[0].upstream: there is no upstream named "ap"
  --> palisade.toml:2:12
  |
2 | upstream = "ap"
  |            ^^^^
  = the nearest is "app"

error: routes[1].upstream: there is no upstream named "backend"
  --> palisade.toml:5:12
  |
5 | upstream = "backend"
  |            ^^^^^^^^^
  = help: there are: app

2 mistakes in palisade.toml; nothing was changed.
"#);
}

#[test]
fn two_routes_for_the_same_requests() {
    insta::assert_snapshot!(
        check("[[routes]]\nupstream = \"app\"\n\n[[routes]]\nhost = \"*\"\npath = \"/\"\nupstream = \"app\""), @r#"
error: routes[1]: another route takes the same host and path
  --> palisade.toml:4:1
  |
4 | [[routes]]
  | ^^^^^^^^^^
  --> palisade.toml:1:1
  |
1 | [[routes]]
  | ^^^^^^^^^^ the first
  = help: leave one out

1 mistake in palisade.toml; nothing was changed.
"#);
}

#[test]
fn hosts_and_paths_that_are_none() {
    insta::assert_snapshot!(
        check("[[routes]]\nhost = \"https://a.example\"\npath = \"api/*\"\nupstream = \"app\""), @r#"
error: routes[0].host: expected a host name, "*.example.com" or "*", got "https://a.example"
  --> palisade.toml:2:8
  |
2 | host = "https://a.example"
  |        ^^^^^^^^^^^^^^^^^^^
  = help: write the host alone, without scheme and path

error: routes[0].path: expected a path prefix such as "/" or "/api", got "api/*"
  --> palisade.toml:3:8
  |
3 | path = "api/*"
  |        ^^^^^^^
  = help: start it with "/"

2 mistakes in palisade.toml; nothing was changed.
"#);
}

#[test]
fn a_rule_may_not_touch_framing() {
    insta::assert_snapshot!(
        check("[[edge.headers.rules]]\nheader = \"Content-Length\"\nverb = \"set\"\nvalue = \"1\""), @r#"
error: edge.headers.rules[0].header: expected a header name such as "X-Robots-Tag", got "Content-Length"
  --> palisade.toml:2:10
  |
2 | header = "Content-Length"
  |          ^^^^^^^^^^^^^^^^
  = help: content-length frames the message or belongs to one connection; no rule may touch it

1 mistake in palisade.toml; nothing was changed.
"#);
}

#[test]
fn a_rule_needs_a_value_that_is_one() {
    insta::assert_snapshot!(check(
        "[[edge.headers.rules]]\nheader = \"X-A\"\nverb = \"sett\"\nvalue = \"a\\nb\"\n\
         [[edge.headers.rules]]\nheader = \"X-B\"\nverb = \"append\"\n\
         [[edge.headers.rules]]\nheader = \"X-C\"\nverb = \"remove\"\nvalue = \"c\""
    ), @r#"
error: edge.headers.rules[0].verb: expected "set", "set-if-missing", "append" or "remove", got "sett"
  --> palisade.toml:3:8
  |
3 | verb = "sett"
  |        ^^^^^^
  = the nearest is "set"

error: edge.headers.rules[0].value: expected a header value, got "a\nb"
  --> palisade.toml:4:9
  |
4 | value = "a\nb"
  |         ^^^^^^
  = help: use visible ASCII characters and spaces, on one line

error: edge.headers.rules[1].value: is missing; every verb but "remove" needs a value
  --> palisade.toml:5:1
  |
5 | [[edge.headers.rules]]
  | ^^^^^^^^^^^^^^^^^^^^^^

error: edge.headers.rules[2].value: verb "remove" takes no value
   --> palisade.toml:11:9
   |
11 | value = "c"
   |         ^^^
  = help: leave it out, or use verb "set"

4 mistakes in palisade.toml; nothing was changed.
"#);
}

#[test]
fn an_upstream_given_twice() {
    let overrides = Overrides {
        upstream: Some("http://127.0.0.1:4000".to_owned()),
        ..Overrides::default()
    };
    let sources = super::sources(&[], overrides);
    let mistakes = super::load_text(&sources, APP.to_owned()).expect_err("taken");
    insta::assert_snapshot!(mistakes.to_string(), @r#"
error: upstreams: --upstream is given, but upstreams are configured already
  --> flag --upstream
  --> palisade.toml:1:1
  |
1 | [[upstreams]]
  | ^^^^^^^^^^^^^ configured here
  = help: leave --upstream out, or start without the [[upstreams]]

1 mistake in the command line; nothing was changed.
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

2 mistakes in the command line; nothing was changed.
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
