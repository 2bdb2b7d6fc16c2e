//! `edge.cookies` on whole answers: what the app sets, and what a browser would get.

use http::{HeaderMap, Request, Response};
use proptest::prelude::*;

use super::set_cookie::Declared;
use super::*;
use crate::client_address::Scheme;
use crate::exchange::Arrival;
use crate::proof::prove_control;
use crate::stack::{Stack, StackOptions};

fn attribute(mode: Mode, except: &[&str]) -> Attribute {
    Attribute {
        mode,
        except: except.iter().map(|name| name.parse().unwrap()).collect(),
    }
}

fn options() -> Options {
    Options {
        mode: Mode::Enforce,
        secure: attribute(Mode::Enforce, &[]),
        http_only: attribute(Mode::Enforce, &["XSRF-TOKEN", "wp-settings-*"]),
        same_site: attribute(Mode::Enforce, &["saml"]),
        same_site_value: SameSite::Lax,
    }
}

/// The shipped policy: `Secure` enforced, the rest in shadow.
fn first_run() -> Options {
    Options {
        http_only: attribute(Mode::Shadow, &["XSRF-TOKEN"]),
        same_site: attribute(Mode::Shadow, &[]),
        ..options()
    }
}

fn exchange(scheme: Scheme) -> Exchange {
    let (head, ()) = Request::new(()).into_parts();
    let arrival = Arrival {
        scheme,
        ..Arrival::sample()
    };
    Exchange::new(arrival, &head)
}

fn amend_all(options: Options, scheme: Scheme, lines: &[HeaderValue]) -> Vec<HeaderValue> {
    let (mut head, ()) = Response::new(()).into_parts();
    head.headers = lines
        .iter()
        .map(|line| (SET_COOKIE, line.clone()))
        .collect();
    let before = head.headers.clone();
    let changed = Cookies::new(options).amend(&exchange(scheme), &mut head);
    assert_eq!(changed, head.headers != before);
    head.headers.get_all(SET_COOKIE).iter().cloned().collect()
}

#[track_caller]
fn check_with(options: Options, scheme: Scheme, line: &str, expected: &str) {
    let line = HeaderValue::from_bytes(line.as_bytes()).unwrap();
    assert_eq!(amend_all(options, scheme, &[line]), [expected]);
}

#[track_caller]
fn check(line: &str, expected: &str) {
    check_with(options(), Scheme::Https, line, expected);
}

#[test]
fn a_bare_cookie_gets_every_attribute() {
    check("a=b", "a=b; Secure; HttpOnly; SameSite=Lax");
    check(
        "a=b; Path=/; Max-Age=9",
        "a=b; Path=/; Max-Age=9; Secure; HttpOnly; SameSite=Lax",
    );
    check("a=b;", "a=b; Secure; HttpOnly; SameSite=Lax");
    check("a=", "a=; Secure; HttpOnly; SameSite=Lax");
}

#[test]
fn what_the_app_says_stands() {
    for line in [
        "a=b; Secure; HttpOnly; SameSite=Strict",
        "a=b; secure; HTTPONLY; samesite=none",
        "a=b;SameSite=Lax;HttpOnly;Secure;Partitioned",
        "a=b; Secure=; HttpOnly=no; SameSite = Lax ",
    ] {
        check(line, line);
    }
}

#[test]
fn the_last_of_several_attributes_counts() {
    let line = "a=b; Secure; HttpOnly; SameSite=Lax; SameSite=None";
    check(line, line);
    let unknown = "a=b; Secure; HttpOnly; SameSite=Lax; SameSite=Maybe";
    check(unknown, &format!("{unknown}; SameSite=Lax"));
    let cookie = SetCookie::parse(line.as_bytes()).unwrap();
    assert_eq!(cookie.same_site, Some(Declared::None));
}

#[test]
fn a_cookie_for_other_sites_gets_the_secure_it_needs() {
    check(
        "a=b; SameSite=None; HttpOnly; Partitioned",
        "a=b; SameSite=None; HttpOnly; Partitioned; Secure",
    );
}

#[test]
fn a_deletion_is_a_cookie_like_any_other() {
    check(
        "a=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        "a=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure; HttpOnly; SameSite=Lax",
    );
}

#[test]
fn a_word_in_the_value_is_no_attribute() {
    check(
        "a=Secure HttpOnly SameSite=Lax",
        "a=Secure HttpOnly SameSite=Lax; Secure; HttpOnly; SameSite=Lax",
    );
    check(
        "a=b; Path=/Secure",
        "a=b; Path=/Secure; Secure; HttpOnly; SameSite=Lax",
    );
}

#[test]
fn exceptions_are_by_name_and_for_their_attribute_alone() {
    check("XSRF-TOKEN=b", "XSRF-TOKEN=b; Secure; SameSite=Lax");
    check(
        "xsrf-token=b",
        "xsrf-token=b; Secure; HttpOnly; SameSite=Lax",
    );
    check("wp-settings-1=b", "wp-settings-1=b; Secure; SameSite=Lax");
    check("saml=b", "saml=b; Secure; HttpOnly");
}

#[test]
fn over_plain_http_a_cookie_is_not_made_secure() {
    check_with(
        options(),
        Scheme::Http,
        "a=b",
        "a=b; HttpOnly; SameSite=Lax",
    );
}

#[test]
fn what_names_no_cookie_is_left_byte_for_byte() {
    for line in ["", ";", "=", "; Secure", " = ; Path=/", " ; a=b"] {
        check(line, line);
    }
}

/// Browsers keep them under an empty name, and send the value back.
#[test]
fn a_cookie_without_a_name_is_a_cookie() {
    for line in ["flag", "=b", "==", " = x=y"] {
        check(line, &format!("{line}; Secure; HttpOnly; SameSite=Lax"));
    }
    check(
        "Secure; Path=/",
        "Secure; Path=/; Secure; HttpOnly; SameSite=Lax",
    );
    check("flag; secure", "flag; secure; HttpOnly; SameSite=Lax");
}

#[test]
fn several_cookies_stay_several_in_their_order() {
    let lines = ["a=1; Secure", "b=2, c=3", "flag", "a=4"].map(HeaderValue::from_static);
    assert_eq!(
        amend_all(options(), Scheme::Https, &lines),
        [
            "a=1; Secure; HttpOnly; SameSite=Lax",
            "b=2, c=3; Secure; HttpOnly; SameSite=Lax",
            "flag; Secure; HttpOnly; SameSite=Lax",
            "a=4; Secure; HttpOnly; SameSite=Lax",
        ]
    );
}

#[test]
fn an_attribute_in_shadow_is_seen_and_not_added() {
    check_with(first_run(), Scheme::Https, "a=b", "a=b; Secure");
    let would = |options: Options, line: &'static str| {
        let (mut head, ()) = Response::new(()).into_parts();
        head.headers = HeaderMap::from_iter([(SET_COOKIE, HeaderValue::from_static(line))]);
        Cookies::new(options).would_amend(&exchange(Scheme::Https), &head)
    };
    assert!(would(first_run(), "a=b"));
    assert!(would(first_run(), "a=b; HttpOnly"));
    assert!(!would(first_run(), "a=b; HttpOnly; SameSite=Lax"));
    assert!(!would(first_run(), "XSRF-TOKEN=b; SameSite=Lax"));
    assert!(!would(options(), "a=b"));
}

#[test]
fn the_mode_is_that_of_the_strongest_attribute_within_the_cap() {
    let mode = |cap, secure, rest| {
        Options {
            mode: cap,
            secure: attribute(secure, &[]),
            http_only: attribute(rest, &[]),
            same_site: attribute(rest, &[]),
            ..options()
        }
        .mode()
    };
    assert_eq!(
        mode(Mode::Enforce, Mode::Enforce, Mode::Shadow),
        Mode::Enforce
    );
    assert_eq!(mode(Mode::Enforce, Mode::Off, Mode::Shadow), Mode::Shadow);
    assert_eq!(mode(Mode::Enforce, Mode::Off, Mode::Off), Mode::Off);
    assert_eq!(mode(Mode::Shadow, Mode::Enforce, Mode::Off), Mode::Shadow);
    assert_eq!(mode(Mode::Off, Mode::Enforce, Mode::Enforce), Mode::Off);
}

#[test]
fn names_that_promise_too_much_are_found() {
    let broken = |line: &str, is_secure| {
        prefix::broken_rule(&SetCookie::parse(line.as_bytes()).unwrap(), is_secure)
    };
    for (line, is_kept) in [
        ("a=b", true),
        ("__Host-a=b; Secure; Path=/", true),
        ("__Host-a=b; Secure; Path=/; Domain=", true),
        ("__Host-a=b; Secure; Path=/; Domain=a.test", false),
        ("__Host-a=b; Secure; Path=/x", false),
        ("__Host-a=b; Secure", false),
        ("__host-a=b; Path=/", false),
        ("__Secure-a=b; Secure", true),
        ("__Secure-a=b", false),
        ("__Http-a=b; Secure", false),
        ("__Host-Http-a=b; Secure; HttpOnly; Path=/", true),
        ("=__Host-a=b; Secure; Path=/", false),
        ("__Secure-; Secure", false),
        ("=x__Secure-", true),
    ] {
        assert_eq!(broken(line, true).is_none(), is_kept, "{line}");
    }
    assert!(broken("__Secure-a=b; Secure", false).is_some());
}

proptest! {
    #[test]
    fn amending_only_adds_behind_and_only_once(
        line in prop_oneof![
            "[ -~]{0,60}",
            "[a-zA-Z_-]{1,8}=[ -:<-~]{0,9}(; ?(secure|HttpOnly|samesite|Path|Domain|x)( ?= ?[ -:<-~]{0,6})?;?){0,6}",
            proptest::collection::vec(prop_oneof![0x20u8..0x7f, 0x80u8..=0xff], 0..40)
                .prop_map(|bytes| bytes.iter().map(|byte| char::from(*byte)).collect()),
        ],
    ) {
        let line = HeaderValue::from_bytes(line.as_bytes()).unwrap();
        let amended = amend_all(options(), Scheme::Https, std::slice::from_ref(&line));
        prop_assert_eq!(amended.len(), 1);
        prop_assert!(amended[0].as_bytes().starts_with(line.as_bytes()));
        let before = SetCookie::parse(line.as_bytes());
        let after = SetCookie::parse(amended[0].as_bytes());
        match (before, after) {
            (Some(before), Some(after)) => {
                prop_assert_eq!(before.name, after.name);
                prop_assert_eq!(before.path, after.path);
                prop_assert_eq!(before.has_domain, after.has_domain);
                prop_assert!(after.secure);
                prop_assert!(before.same_site.is_none() || before.same_site == after.same_site);
            }
            (None, None) => prop_assert_eq!(&amended[0], &line),
            _ => prop_assert!(false, "a cookie appeared or disappeared"),
        }
        prop_assert_eq!(amend_all(options(), Scheme::Https, &amended), amended);
    }
}

/// Bite: a stack that leaves out one attribute does not pass the samples of a policy with it.
#[tokio::test]
async fn an_attribute_that_is_not_added_is_unproven() {
    let prove = async |policy: &Options, in_force: Options| {
        let stack = Stack::new(StackOptions {
            cookies: in_force,
            ..crate::stack::tests::options(Mode::Enforce)
        });
        let samples = proof::samples(policy);
        let proved = prove_control(&stack, ControlId::EdgeCookies, samples).await;
        proved.map_err(|unproven| unproven.sample)
    };
    let off = attribute(Mode::Off, &[]);
    for policy in [options(), first_run()] {
        assert_eq!(prove(&policy, policy.clone()).await, Ok((1, 3)));
        let (mut one, mut two, mut three) = (policy.clone(), policy.clone(), policy.clone());
        one.secure = off.clone();
        two.http_only = off.clone();
        three.same_site = off.clone();
        assert_eq!(prove(&policy, one).await, Err("a cookie without Secure"));
        assert_eq!(prove(&policy, two).await, Err("a cookie without HttpOnly"));
        assert_eq!(
            prove(&policy, three).await,
            Err("a cookie without SameSite")
        );
    }
}
