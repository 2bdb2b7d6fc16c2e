//! What `config show` prints is a configuration that means the same; and no file makes it panic.

use proptest::prelude::*;

use super::super::defaults::{DEFAULT_TOML, uncommented};
use super::super::{Overrides, show, show_json};
use super::{APP, load_all, load_file};

#[test]
fn show_names_the_origin_of_every_value() {
    let overrides = Overrides {
        port: Some(9000),
        ..Overrides::default()
    };
    let file = format!("[log]\nlevel = \"warn\"\n{APP}");
    let loaded = load_all(&file, &[("PALISADE_LOG__ACCESS", "json")], overrides);
    let shown = show(&loaded);
    let chosen: Vec<&str> = shown
        .lines()
        .filter(|line| !line.ends_with("# default") && line.contains('='))
        .collect();
    insta::assert_snapshot!(chosen.join("\n"), @r#"
    address = "0.0.0.0:9000"  # flag --port
    name = "app"  # palisade.toml:4:8
    urls = ["http://127.0.0.1:3000"]  # palisade.toml:5:8
    level = "warn"  # palisade.toml:2:9
    access = "json"  # environment PALISADE_LOG__ACCESS
    "#);
    assert_eq!(
        show_json(&loaded)["log"]["access"]["origin"]["name"],
        "PALISADE_LOG__ACCESS"
    );
}

#[test]
fn show_tells_no_password() {
    let url = "postgres://palisade:hunter2@db.example/state";
    let loaded = load_file(&format!("[store]\nurl = \"{url}\"\n{APP}")).unwrap();
    assert_eq!(loaded.config.store.url.as_deref(), Some(url));
    let expected = "postgres://***@db.example/state";
    assert!(show(&loaded).contains(&format!("url = \"{expected}\"")));
    assert_eq!(show_json(&loaded)["store"]["url"]["value"], expected);
}

fn assert_round_trip(toml: &str) {
    let loaded = load_file(toml).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let shown = show(&loaded);
    let again = load_file(&shown).unwrap_or_else(|mistakes| panic!("{mistakes}\n{shown}"));
    assert_eq!(again.config, loaded.config);
}

#[test]
fn the_examples_round_trip() {
    assert_round_trip(&uncommented(DEFAULT_TOML));
}

/// A document with some of its keys set, each to a valid value.
fn valid_document() -> impl Strategy<Value = String> {
    let listen = (
        any::<bool>(),
        1..=300_u32,
        0..=1024_u32,
        any::<[u8; 4]>(),
        any::<u16>(),
    );
    let upstream = (
        "[a-z][a-z0-9_-]{0,8}",
        1..=u16::MAX,
        0..=5_u32,
        any::<bool>(),
    );
    let header = ("[ -!#-\\[\\]-~]{0,20}", "x-[a-z]{1,8}");
    (listen, prop::collection::vec(upstream, 1..4), header).prop_map(
        |((plain, timeout, workers, ip, port), upstreams, (value, header))| {
            let mode = if plain { "plain" } else { "tls" };
            let ip = std::net::Ipv4Addr::from(ip);
            let mut text = format!(
                "[listen]\nmode = \"{mode}\"\naddress = \"{ip}:{port}\"\n\
                 header_timeout = \"{timeout}s\"\nworkers = {workers}\n\
                 trusted_proxies = [\"{ip}\"]\n\n\
                 [[edge.headers.rules]]\nheader = \"{header}\"\nverb = \"set\"\nvalue = \"{}\"\n",
                value.trim()
            );
            for (at, (name, port, retries, tls)) in upstreams.iter().enumerate() {
                let scheme = if *tls { "https" } else { "http" };
                text.push_str(&format!(
                    "[[upstreams]]\nname = \"{name}{at}\"\nurls = [\"{scheme}://127.0.0.1:{port}\"]\n\
                     retries_max = {retries}\nbreaker.failures = {}\n\
                     [[routes]]\npath = \"/{name}{at}\"\nupstream = \"{name}{at}\"\n",
                    retries + 1
                ));
            }
            text
        },
    )
}

proptest! {
    #[test]
    fn any_valid_document_round_trips(toml in valid_document()) {
        assert_round_trip(&toml);
    }

    #[test]
    fn no_text_makes_it_panic(text in "(\\[|\\]|\"|'|=|\\.|,|#|\n|\t|é|[a-z_]|[0-9]){0,80}") {
        if let Err(mistakes) = load_file(&text) {
            prop_assert!(!mistakes.to_string().is_empty());
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(text) = super::super::file::decode(bytes)
            && let Err(mistakes) = load_file(&text)
        {
            prop_assert!(!mistakes.to_json().to_string().is_empty());
        }
    }

    #[test]
    fn no_value_of_a_known_key_makes_it_panic(value in "\\PC{0,40}", key in 0..100_usize) {
        let template = uncommented(DEFAULT_TOML);
        let keys: Vec<usize> = template.match_indices(" = ").map(|(at, _)| at).collect();
        let at = keys[key % keys.len()] + 3;
        let end = template[at..].find('\n').map_or(template.len(), |end| at + end);
        let text = format!("{}{value:?}{}", &template[..at], &template[end..]);
        if let Err(mistakes) = load_file(&text) {
            prop_assert!(mistakes.to_string().contains("nothing was changed"));
        }
    }
}
