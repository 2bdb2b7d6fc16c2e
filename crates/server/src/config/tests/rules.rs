//! Values that do not go together, by what a person is told.

use super::super::Overrides;
use super::{APP, check, mistakes_in};

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
fn listeners_need_ports_of_their_own() {
    insta::assert_snapshot!(
        check("[listen]\nredirect_address = \"0.0.0.0:8443\"\n[ops]\naddress = \"127.0.0.1:9443\""), @r#"
    error: listen.redirect_address: 0.0.0.0:8443 is taken by listen.address (0.0.0.0:8443)
      --> palisade.toml:2:20
      |
    2 | redirect_address = "0.0.0.0:8443"
      |                    ^^^^^^^^^^^^^^
      = help: give each listener a port of its own

    error: ops.address: 127.0.0.1:9443 is taken by admin.address (127.0.0.1:9443)
      --> palisade.toml:4:11
      |
    4 | address = "127.0.0.1:9443"
      |           ^^^^^^^^^^^^^^^^
      = help: give each listener a port of its own

    2 mistakes in palisade.toml; nothing was changed.
    "#);
}

#[test]
fn a_free_port_meets_no_other() {
    let zero = |section: &str| format!("[{section}]\naddress = \"127.0.0.1:0\"\n");
    let text = format!("{}{}{}{APP}", zero("listen"), zero("admin"), zero("ops"));
    super::load_file(&text).unwrap_or_else(|mistakes| panic!("{mistakes}"));
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

    1 mistake on the command line; nothing was changed.
    "#);
}

#[test]
fn hosts_and_routes_must_meet() {
    let routes = "[[routes]]\nhost = \"a.test\"\nupstream = \"app\"\n\
                  [[routes]]\nhost = \"*.b.test\"\nupstream = \"app\"\n";
    let document = format!("{routes}[edge.boundary]\nhosts = [\"a.test\", \"c.test\"]");
    insta::assert_snapshot!(check(&document), @r#"
    error: edge.boundary.hosts: no route takes "c.test"
      --> palisade.toml:8:9
      |
    8 | hosts = ["a.test", "c.test"]
      |         ^^^^^^^^^^^^^^^^^^^^
      = help: add a route for it, or leave it out

    error: edge.boundary.hosts: the route for "*.b.test" could never be reached
      --> palisade.toml:8:9
      |
    8 | hosts = ["a.test", "c.test"]
      |         ^^^^^^^^^^^^^^^^^^^^
      = help: name its host here too, or take the route out

    2 mistakes in palisade.toml; nothing was changed.
    "#);
    for hosts in [
        "[]",
        "[\"a.test\", \"x.b.test\"]",
        "[\"a.test\", \"*.test\"]",
    ] {
        let document = format!("{APP}{routes}[edge.boundary]\nhosts = {hosts}");
        super::load_file(&document).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    }
}

#[test]
fn every_host_is_no_host_of_ours() {
    insta::assert_snapshot!(check("[edge.boundary]\nhosts = [\"*\"]"), @r#"
    error: edge.boundary.hosts[0]: expected a host name or "*.example.com", got "*"
      --> palisade.toml:2:10
      |
    2 | hosts = ["*"]
      |          ^^^
      = help: name the hosts, or leave the list empty

    1 mistake in palisade.toml; nothing was changed.
    "#);
}
