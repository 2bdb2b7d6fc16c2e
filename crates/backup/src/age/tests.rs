//! Held against another implementation, the crate `age`, in both directions; and files that could
//! not have been made.

use std::io::Read;
use std::str::FromStr;

use ::age::Decryptor;
use ::age::secrecy::{ExposeSecret, SecretString};

use super::*;

/// As little work as there can be.
const WORK: u8 = 1;

/// Lengths around the borders of chunks.
const LENGTHS: [usize; 8] = [0, 1, 4096, 65_535, 65_536, 65_537, 131_072, 200_000];

fn content(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at % 251) as u8).collect()
}

fn sealed_for(content: &[u8], identities: &[&Identity]) -> Vec<u8> {
    let recipients: Vec<_> = identities
        .iter()
        .map(|key| key.recipient().clone())
        .collect();
    let mut writer = seal_for(Vec::new(), &recipients).unwrap();
    // In pieces that fit no chunk.
    for piece in content.chunks(1000) {
        writer.write_all(piece).unwrap();
    }
    writer.finish().unwrap()
}

fn opened(file: &[u8], identity: &Identity) -> Result<Vec<u8>, OpenError> {
    let mut reader = open_by(file, std::slice::from_ref(identity))?;
    let mut content = Vec::new();
    reader.read_to_end(&mut content)?;
    Ok(content)
}

fn theirs(identity: &Identity) -> ::age::x25519::Identity {
    ::age::x25519::Identity::from_str(&identity.expose()).unwrap()
}

#[test]
fn what_is_sealed_for_several_is_opened_by_each_and_by_nobody_else() {
    let [one, other, stranger] = [(); 3].map(|()| Identity::generate().unwrap());
    for length in LENGTHS {
        let file = sealed_for(&content(length), &[&one, &other]);
        for identity in [&one, &other] {
            assert_eq!(
                opened(&file, identity).unwrap(),
                content(length),
                "{length}"
            );
        }
        assert!(matches!(
            opened(&file, &stranger),
            Err(OpenError::NoKeyFits)
        ));
    }
}

#[test]
fn another_program_opens_what_ours_seals() {
    let identity = Identity::generate().unwrap();
    for length in LENGTHS {
        let file = sealed_for(
            &content(length),
            &[&Identity::generate().unwrap(), &identity],
        );
        let opened = ::age::decrypt(&theirs(&identity), &file).unwrap();
        assert_eq!(opened, content(length), "{length}");
    }
    let mut writer = seal_with(Vec::new(), &"a phrase".into(), WORK).unwrap();
    writer.write_all(b"hello").unwrap();
    let secret = SecretString::from("a phrase".to_owned());
    let key = ::age::scrypt::Identity::new(secret);
    assert_eq!(
        ::age::decrypt(&key, &writer.finish().unwrap()).unwrap(),
        b"hello"
    );
}

#[test]
fn ours_opens_what_another_program_seals() {
    let identity = Identity::generate().unwrap();
    let theirs = theirs(&identity);
    assert_eq!(
        theirs.to_public().to_string(),
        identity.recipient().to_string()
    );
    assert_eq!(
        theirs.to_string().expose_secret(),
        identity.expose().as_str()
    );
    for length in LENGTHS {
        let file = ::age::encrypt(&theirs.to_public(), &content(length)).unwrap();
        assert_eq!(
            opened(&file, &identity).unwrap(),
            content(length),
            "{length}"
        );
    }
    let mut recipient = ::age::scrypt::Recipient::new("a phrase".to_owned().into());
    recipient.set_work_factor(WORK);
    let file = ::age::encrypt(&recipient, b"hello").unwrap();
    assert!(Decryptor::new(&file[..]).unwrap().is_scrypt());
    let mut content = Vec::new();
    let mut reader = open_with(&file[..], &"a phrase".into()).unwrap();
    reader.read_to_end(&mut content).unwrap();
    assert_eq!(content, b"hello");
    let wrong = open_with(&file[..], &"another".into());
    assert!(matches!(wrong, Err(OpenError::WrongPassphrase)));
}

#[test]
fn stanzas_of_other_kinds_are_passed_over() {
    let identity = Identity::generate().unwrap();
    let key = FileKey::generate().unwrap();
    let other = |body: usize| Stanza {
        arguments: vec!["grease-x".to_owned(), "y".to_owned()],
        body: vec![7; body],
    };
    let ours = identity.recipient().wrap(&key).unwrap();
    let stanzas = vec![other(0), other(48), other(96), ours, other(47)];
    let mut writer = begin(Vec::new(), &key, stanzas).unwrap();
    writer.write_all(b"hello").unwrap();
    let file = writer.finish().unwrap();
    assert_eq!(opened(&file, &identity).unwrap(), b"hello");
    assert_eq!(::age::decrypt(&theirs(&identity), &file).unwrap(), b"hello");
}

/// A head with these lines between the first and the MAC's, which is wrong.
fn refusal(lines: &str) -> OpenError {
    let mac = "A".repeat(43);
    let file = format!("age-encryption.org/v1\n{lines}--- {mac}\n0123456789abcdef");
    let identity = Identity::generate().unwrap();
    opened(file.as_bytes(), &identity).unwrap_err()
}

#[test]
fn a_head_that_nobody_could_have_made_is_refused() {
    let share = "A".repeat(43);
    let good = "TEiF0ypqr+bpvcqXNyCVJpL7OuwPdVwPL7KQEbFDOCc";
    let body = "B".repeat(42) + "A";
    for lines in [
        String::new(),
        "hello\n".to_owned(),
        "->  X25519\n\n".to_owned(),
        "-> X25519\n\n".to_owned(),
        format!("-> X25519 {good}\n\n"),
        format!("-> X25519 {good} more\n{body}\n"),
        // Its last letter has bits that say nothing.
        format!("-> X25519 {good}\n{}B\n", "B".repeat(42)),
        format!("-> X25519 {good}\n{body}=\n"),
        // A share of low order.
        format!("-> X25519 {share}\n{body}\n"),
        format!("-> a b\n{}\n", "A".repeat(65)),
        format!("-> a b\n{}\n", "A".repeat(64)),
        "-> a \u{7}\n\n".to_owned(),
        "-> scrypt c2FsdHNhbHRzYWx0c2FsdA 18\n\n-> a b\n\n".to_owned(),
        format!("-> a {}\n\n", "a".repeat(300_000)),
    ] {
        let refusal = refusal(&lines);
        assert!(matches!(refusal, OpenError::Format), "{lines}: {refusal}");
    }
    assert!(matches!(refusal("-> a b\n\n"), OpenError::NoKeyFits));
}

#[test]
fn too_much_work_is_not_begun() {
    let stanza = |work: &str| Stanza {
        arguments: ["scrypt", "c2FsdHNhbHRzYWx0c2FsdA", work]
            .map(str::to_owned)
            .into(),
        body: vec![0; WRAPPED_BYTES],
    };
    let unwrap = |work| Passphrase::from("x").unwrap(&stanza(work)).err().unwrap();
    assert!(matches!(unwrap("21"), OpenError::TooMuchWork(21)));
    assert!(matches!(unwrap("1"), OpenError::WrongPassphrase));
    assert!(matches!(unwrap("01"), OpenError::Format));
}

#[test]
fn a_chunk_left_out_swapped_or_added_is_found() {
    let identity = Identity::generate().unwrap();
    const CHUNK: usize = 65_536 + TAG_BYTES;
    let file = sealed_for(&content(3 * 65_536), &[&identity]);
    let (head, chunks) = file.split_at(file.len() - 3 * CHUNK);
    let chunk = |at: usize| &chunks[at * CHUNK..(at + 1) * CHUNK];
    let whole = [head, chunk(0), chunk(1), chunk(2)].concat();
    assert_eq!(opened(&whole, &identity).unwrap().len(), 3 * 65_536);
    for broken in [
        [head, chunk(0), chunk(1)].concat(),
        [head, chunk(0), chunk(2)].concat(),
        [head, chunk(1), chunk(0), chunk(2)].concat(),
        [head, chunk(0), chunk(1), chunk(2), chunk(2)].concat(),
        [head, chunk(0), chunk(1), chunk(2), &[0; TAG_BYTES]].concat(),
        [head, chunk(0), chunk(1), chunk(2), &[0]].concat(),
        head.to_vec(),
    ] {
        assert!(opened(&broken, &identity).is_err());
    }
}

#[test]
fn keys_are_read_as_age_writes_them_and_no_other_way() {
    let identity = Identity::generate().unwrap();
    let (secret, public) = (identity.expose(), identity.recipient().to_string());
    assert!(Identity::from_str(&secret).is_ok() && Recipient::from_str(&public).is_ok());
    assert!(Identity::from_str(&secret.to_ascii_lowercase()).is_err());
    assert!(Recipient::from_str(&public.to_ascii_uppercase()).is_err());
    for at in 0..public.len() {
        let mut changed = public.clone().into_bytes();
        changed[at] = if changed[at] == b'q' { b'p' } else { b'q' };
        let changed = String::from_utf8(changed).unwrap();
        assert!(Recipient::from_str(&changed).is_err(), "{changed}");
    }
}
