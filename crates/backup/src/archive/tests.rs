//! What is sealed comes back; what was cut, changed or made by somebody else is refused.

use std::io::Write;
use std::sync::LazyLock;

use data_encoding::HEXLOWER;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::age::{self, Identity};
use crate::key::{Opening, Sealing};
use crate::restore::check;

/// One pair for all tests: a key is a key.
static KEY: LazyLock<Identity> = LazyLock::new(|| Identity::generate().unwrap());
static WHOLE: LazyLock<Vec<u8>> = LazyLock::new(whole);

fn opening() -> Opening {
    Opening::Identities(vec![KEY.clone()])
}

fn example() -> Manifest {
    Manifest {
        palisade_archive: FORMAT,
        palisade: "0.1.0".to_owned(),
        engine: "SQLite".to_owned(),
        at: "2026-11-24T10:40:00Z".to_owned(),
        node: "a-machine".to_owned(),
        steps: Steps::from([("notes".to_owned(), 1)]),
        tables: BTreeMap::from([("notes".to_owned(), 2), ("marks".to_owned(), 0)]),
        files: vec!["ca.key".to_owned()],
    }
}

fn key_file() -> KeptFile {
    KeptFile {
        name: "ca.key".to_owned(),
        mode: 0o600,
        bytes: b"a key".to_vec(),
    }
}

fn whole() -> Vec<u8> {
    let mut writer = Writer::begin(Vec::new(), &opening().sealing(), &example()).unwrap();
    for line in [
        json!({"table": "notes", "columns": ["id"]}),
        json!([1]),
        json!([2]),
    ] {
        writer.line(&line).unwrap();
    }
    writer.file(&key_file()).unwrap();
    writer.finish().unwrap()
}

/// The lines inside, each with its end.
fn lines() -> Vec<String> {
    let mut reader = Reader::open(&WHOLE[..], &opening()).unwrap();
    let mut lines = vec![serde_json::to_string(reader.manifest()).unwrap()];
    while let Some(entry) = reader.next().unwrap() {
        lines.push(match entry {
            Entry::Line(line) => line.to_string(),
            Entry::File(file) => {
                let hex = HEXLOWER.encode(&file.bytes);
                json!({"file": file.name, "mode": format!("{:o}", file.mode), "hex": hex})
                    .to_string()
            }
        });
    }
    lines
}

/// Seals any text, as whoever has the public key can.
fn sealed(text: &[u8]) -> Vec<u8> {
    let mut output = opening().sealing().seal(Vec::new()).unwrap();
    output.write_all(text).unwrap();
    output.finish().unwrap()
}

/// The lines with an end that fits them.
fn with_end(lines: &[String], rows: u64, files: u64) -> Vec<u8> {
    let mut text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    let sha256 = HEXLOWER.encode(digest.as_ref());
    text += &json!({"end": {"rows": rows, "files": files, "sha256": sha256}}).to_string();
    sealed(format!("{text}\n").as_bytes())
}

#[track_caller]
fn refused(archive: &[u8], opening: &Opening, part: &str) {
    let error = check(archive, opening).unwrap_err().to_string();
    assert!(error.contains(part), "{error}");
}

#[test]
fn what_is_sealed_comes_back_and_is_checked_to_the_end() {
    assert_eq!(check(&WHOLE[..], &opening()).unwrap(), example());
    let mut reader = Reader::open(&WHOLE[..], &opening()).unwrap();
    let entries: Vec<Entry> = std::iter::from_fn(|| reader.next().unwrap()).collect();
    assert_eq!(entries.len(), 4);
    assert_eq!(entries[3], Entry::File(key_file()));
}

#[test]
fn the_wrong_key_is_told_from_the_wrong_kind_of_key() {
    let other = Opening::Identities(vec![Identity::generate().unwrap()]);
    refused(&WHOLE, &other, "none of these keys");
    let passphrase = Opening::Passphrase("x".into());
    refused(&WHOLE, &passphrase, "--identity");
}

#[test]
fn a_passphrase_opens_what_it_sealed_and_another_does_not() {
    let passphrase = |text: &str| Opening::Passphrase(text.into());
    let Sealing::Passphrase(secret) = passphrase("right").sealing() else {
        panic!("a passphrase seals with itself");
    };
    // As little work as there can be.
    let mut output = age::seal_with(Vec::new(), &secret, 1).unwrap();
    output.write_all(b"{}\n").unwrap();
    let archive = output.finish().unwrap();
    refused(&archive, &passphrase("right"), "no manifest");
    refused(&archive, &passphrase("wrong"), "does not open");
    refused(&archive, &opening(), "--passphrase-file");
}

#[test]
fn what_is_not_ours_is_said_to_be_so() {
    refused(b"", &opening(), "cut short");
    refused(b"SQLite format 3\0", &opening(), "no backup of Palisade");
    refused(&sealed(b"hello\n"), &opening(), "no JSON");
    refused(&sealed(b"{\"a\":1}\n"), &opening(), "no manifest");
}

#[test]
fn a_newer_format_asks_for_a_newer_release() {
    let newer = sealed(b"{\"palisade_archive\":2,\"palisade\":\"9.1.0\"}\n");
    refused(&newer, &opening(), "palisade 9.1.0");
}

#[test]
fn what_does_not_fit_the_manifest_or_the_end_is_refused_though_it_is_sealed() {
    let lines = lines();
    let changed = |at: usize, line: &str| {
        let mut lines = lines.clone();
        line.clone_into(&mut lines[at]);
        lines
    };
    check(&with_end(&lines, 2, 1)[..], &opening()).unwrap();
    for (lines, rows, files, part) in [
        (lines.clone(), 3, 1, "does not fit"),
        (lines.clone(), 2, 0, "does not fit"),
        (lines[..3].to_vec(), 1, 0, "other rows"),
        (lines[..4].to_vec(), 2, 0, "files are missing"),
        (changed(1, "[0]"), 3, 1, "a row without a table"),
        (changed(1, r#"{"table":"else"}"#), 2, 1, "does not name"),
        (changed(2, r#"{"table":"notes"}"#), 1, 1, "came before"),
        (
            changed(4, r#"{"file":"../x","mode":"600","hex":""}"#),
            2,
            1,
            "no file of a node",
        ),
        (
            changed(4, r#"{"file":"lock","mode":"600","hex":""}"#),
            2,
            1,
            "no file of a node",
        ),
        (
            changed(4, r#"{"file":"x.key","mode":"600","hex":""}"#),
            2,
            1,
            "does not name",
        ),
        (changed(4, "7"), 2, 0, "neither"),
    ] {
        refused(&with_end(&lines, rows, files), &opening(), part);
    }
}

#[test]
fn what_comes_after_the_end_is_refused() {
    let mut writer = Writer::begin(
        Vec::new(),
        &opening().sealing(),
        &Manifest {
            tables: BTreeMap::new(),
            files: Vec::new(),
            ..example()
        },
    )
    .unwrap();
    writer
        .line(&json!({"end": {"rows": 0, "files": 0, "sha256": ""}}))
        .unwrap();
    refused(&writer.finish().unwrap(), &opening(), "does not fit");
    let text = "{\"palisade_archive\":1,\"palisade\":\"\",\"engine\":\"\",\"at\":\"\",\"node\":\"\",\
        \"steps\":{},\"tables\":{},\"files\":[]}";
    let digest = |text: &str| {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
        HEXLOWER.encode(digest.as_ref())
    };
    let end = json!({"end": {"rows": 0, "files": 0, "sha256": digest(&format!("{text}\n"))}});
    check(
        &sealed(format!("{text}\n{end}\n").as_bytes())[..],
        &opening(),
    )
    .unwrap();
    let more = sealed(format!("{text}\n{end}\n{end}\n").as_bytes());
    refused(&more, &opening(), "after the end");
}

proptest! {
    #[test]
    fn every_truncation_is_found(at in any::<prop::sample::Index>()) {
        let cut = at.index(WHOLE.len());
        prop_assert!(check(&WHOLE[..cut], &opening()).is_err());
    }

    #[test]
    fn every_changed_byte_is_found(at in any::<prop::sample::Index>(), bit in 0..8u8) {
        let mut archive = WHOLE.clone();
        archive[at.index(WHOLE.len())] ^= 1 << bit;
        prop_assert!(check(&archive[..], &opening()).is_err());
    }

    #[test]
    fn garbage_is_refused(bytes: Vec<u8>, with_magic: bool) {
        let magic: &[u8] = if with_magic { b"age-encryption.org/v1\n" } else { b"" };
        prop_assert!(check(&[magic, &bytes].concat()[..], &opening()).is_err());
    }

    #[test]
    fn sealed_garbage_is_refused(
        chosen in prop::collection::vec((0..6usize, any::<prop::sample::Index>()), 0..8)
    ) {
        let mut lines = lines();
        for (act, at) in chosen {
            let at = at.index(lines.len());
            match act {
                0 => lines.swap(0, at),
                1 => lines.insert(at, lines[at].clone()),
                2 => lines.insert(at, "{\"table\":7,\"file\":[],\"end\":null}".to_owned()),
                3 => lines[at] = lines[at].replace('"', "\\"),
                4 => lines.insert(at, "[null,{\"hex\":\"zz\"}]".to_owned()),
                _ => { lines[at].pop(); }
            }
        }
        // Nothing to say of the outcome but that there is one: lines may be as they were.
        let _ = check(&with_end(&lines, 2, 1)[..], &opening());
    }
}
