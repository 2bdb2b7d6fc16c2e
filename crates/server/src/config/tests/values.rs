//! Values that their keys do not take, by what a person is told.

use super::{check, mistakes_in};

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
        check("[listen]\ntrusted_proxies = [\"10.0.0.1/8\", \"fd00::/8\", \"cloudflare\", \"all\", \"cloudfare\"]"), @r#"
    error: listen.trusted_proxies[0]: expected a network such as "10.0.0.0/8", or a name such as "cloudflare", got "10.0.0.1/8"
      --> palisade.toml:2:20
      |
    2 | trusted_proxies = ["10.0.0.1/8", "fd00::/8", "cloudflare", "all", "cloudfare"]
      |                    ^^^^^^^^^^^^
      = help: bits are set behind the prefix; write "10.0.0.0/8"

    error: listen.trusted_proxies[3]: expected a network such as "10.0.0.0/8", or a name such as "cloudflare", got "all"
      --> palisade.toml:2:60
      |
    2 | trusted_proxies = ["10.0.0.1/8", "fd00::/8", "cloudflare", "all", "cloudfare"]
      |                                                            ^^^^^
      = help: names are akamai, azure-front-door, cloudflare, cloudfront, fastly, google-cloud-lb, imperva

    error: listen.trusted_proxies[4]: expected a network such as "10.0.0.0/8", or a name such as "cloudflare", got "cloudfare"
      --> palisade.toml:2:67
      |
    2 | d_proxies = ["10.0.0.1/8", "fd00::/8", "cloudflare", "all", "cloudfare"]
      |                                                             ^^^^^^^^^^^
      = the nearest is "cloudflare"
      = help: names are akamai, azure-front-door, cloudflare, cloudfront, fastly, google-cloud-lb, imperva

    3 mistakes in palisade.toml; nothing was changed.
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
fn a_rule_may_not_touch_what_the_data_plane_reserves() {
    for name in ["Content-Length", "Transfer-Encoding", "X-Request-Id"] {
        let rule = format!("[[edge.headers.rules]]\nheader = \"{name}\"\nverb = \"remove\"");
        let list = format!("[edge.headers]\nremove = [\"{name}\"]");
        for (text, place) in [
            (rule, "edge.headers.rules[0].header"),
            (list, "edge.headers.remove[0]"),
        ] {
            let told = check(&text);
            assert!(
                told.contains(place) && told.contains("palisade.toml:2:"),
                "{told}"
            );
            assert!(told.contains("no rule may touch it"), "{told}");
        }
    }
}

#[test]
fn a_prefix_that_no_request_could_meet() {
    for prefix in [
        "/api//traces",
        "/a/../b",
        "/api%2Ftraces",
        "/a;b",
        "/a b",
        "traces",
        "/x.",
    ] {
        let file = format!("[edge.errors]\nexcept = [\"{prefix}\"]");
        let told = check(&file);
        assert!(told.contains("edge.errors.except[0]"), "{prefix}: {told}");
    }
}
