//! Every key acts: some other value of it reaches whoever acts on it as another one. A key that the
//! wiring drops is found here too.

use palisade_edge::ListenOptions;

use palisade_operate::{Flags, Modes};

use super::super::defaults::{DEFAULT_TOML, uncommented};
use super::super::kinds::Form;
use super::super::registry::{AnyKey, each_table, join, registered_path};
use super::{Config, load_file};
use crate::wiring;

/// The shipped file with its examples, changed so that no key is idle for want of another.
fn document() -> String {
    let changes = [
        (
            "redirect_address = \"0.0.0.0:8080\"",
            "redirect_address = \"\"",
        ),
        (
            "trusted_proxies = []",
            "trusted_proxies = [\"192.0.2.0/24\"]",
        ),
        ("\"http://127.0.0.1:3000\"", "\"https://127.0.0.1:3000\""),
        ("\nurl = \"\"", "\nurl = \"postgres://localhost/other\""),
        ("path = \"\"", "path = \"/up\""),
        (
            "client_certificate = \"\"",
            "client_certificate = \"a.pem\"",
        ),
        ("client_key = \"\"", "client_key = \"a.key\""),
        ("upstream = \"app\"", "upstream = \"other\""),
    ];
    let document = changes
        .iter()
        .fold(uncommented(DEFAULT_TOML), |text, (from, to)| {
            assert!(text.contains(from), "{from} is not in the shipped file");
            text.replacen(from, to, 1)
        });
    format!("{document}\n[[upstreams]]\nname = \"other\"\nurls = [\"https://127.0.0.1:1\"]\n")
}

/// Values that keys of this form take, as TOML; one of them at least is not the default.
fn values(form: &Form) -> Vec<String> {
    let texts = |texts: &[&str]| texts.iter().map(|text| format!("{text:?}")).collect();
    match form {
        Form::Boolean => vec!["true".to_owned(), "false".to_owned()],
        Form::Integer { minimum, maximum } => vec![minimum.to_string(), maximum.to_string()],
        Form::Quantity { .. } => texts(&["2s", "3s", "2KiB", "3KiB"]),
        Form::Choice(names) => texts(names),
        Form::Text { .. } => texts(&[
            "app",
            "127.0.0.1:1",
            "other",
            "another",
            "/other",
            "x-other",
            "https://other",
            "#123456",
            "postgres://localhost/palisade",
            "7/minute",
            "token",
            "351",
        ]),
        Form::OrEmpty(inner) => values(inner),
        Form::List { .. } => [
            "\"198.51.100.0/24\"",
            "\"https://other\"",
            "\"x-other\"",
            "\"/other\"",
            "\"DELETE\"",
            "\"token-of-others\"",
            "\"/.env\"",
        ]
        .map(|item| format!("[{item}]"))
        .to_vec(),
    }
}

/// The document with the line of one key set to another value.
fn with_value(document: &str, path: &str, value: &str) -> String {
    let mut table = String::new();
    let mut is_set = false;
    let mut text = String::new();
    for line in document.lines() {
        if line.starts_with('[') {
            table = registered_path(line.trim_matches(['[', ']']));
        }
        match line.split_once(" = ") {
            Some((name, _)) if !is_set && join(&table, name) == path => {
                text.push_str(&format!("{name} = {value}\n"));
                is_set = true;
            }
            _ => text.push_str(&format!("{line}\n")),
        }
    }
    assert!(is_set, "{path} is not in the document");
    text
}

/// All that others are handed, as text. What they read off the configuration itself stands here by
/// its field, in the form in which they read it.
fn handed_out(config: &Config) -> String {
    let ListenOptions {
        address,
        redirect_address,
        redirect_port,
        certificates: _,
        proxy_protocol,
        connections_max,
        header_timeout,
        handshake_timeout,
        body_timeout,
        write_timeout,
        workers,
    } = wiring::listen(config, None);
    let listen = (address, redirect_address, redirect_port, proxy_protocol);
    let bounds = (connections_max, workers);
    let patience = (
        header_timeout,
        handshake_timeout,
        body_timeout,
        write_timeout,
    );
    let tls = (
        config.listen.mode,
        wiring::certificate_files(config),
        config.tls.minimum_version,
    );
    let limiter = config.edge.rate_limit.keys_max;
    let bans = (wiring::ban_rules(config), wiring::breach_rules(config));
    let control_plane = (
        &config.admin.address,
        &config.ops.address,
        &config.data.directory,
        (
            &config.store.url,
            &config.store.migration_url,
            &config.store.schema,
        ),
        (config.listen.drain_delay, config.listen.drain),
        (config.log.level, config.log.access),
        config.proof.on_failure,
    );
    let policy = wiring::policy(config, &Modes::new());
    let flags = (
        wiring::flags(config),
        wiring::flag_states(config, &Flags::new()),
    );
    format!(
        "{policy:?} {flags:?} {listen:?} {bounds:?} {patience:?} {tls:?} {limiter:?} {bans:?} {control_plane:?}"
    )
}

#[test]
fn every_key_reaches_who_acts_on_it() {
    let document = document();
    let before = load_file(&document).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let before = handed_out(&before.config);
    let acts = |key: &dyn AnyKey, path: &str| {
        values(&key.form()).iter().any(|value| {
            load_file(&with_value(&document, path, value))
                .is_ok_and(|loaded| handed_out(&loaded.config) != before)
        })
    };
    let mut idle = Vec::new();
    each_table(&mut |table, path| {
        for key in table.keys {
            let path = join(path, key.name());
            if !acts(*key, &path) {
                idle.push(path);
            }
        }
    });
    assert_eq!(idle, Vec::<String>::new(), "keys that change nothing");
}
