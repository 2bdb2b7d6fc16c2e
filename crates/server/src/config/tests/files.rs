//! Files that cannot be read, or not to their end.

use std::path::Path;

use super::super::{FILE_BYTES_MAX, Overrides, Sources, load};
use super::{APP, load_file, mistakes_in};

/// What a person is told about the file at a path, with the folder cut off.
fn mistakes_at(path: &Path) -> String {
    let sources = Sources::new::<&str, &str>(Some(path.to_owned()), [], Overrides::default());
    let mistakes = load(&sources).expect_err("the file was taken").to_string();
    mistakes.replace(
        &format!("{}/", path.parent().expect("in a folder").display()),
        "",
    )
}

fn with_bytes(bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("palisade.toml");
    std::fs::write(&path, bytes).expect("written");
    mistakes_at(&path)
}

#[test]
fn a_missing_file() {
    let folder = tempfile::tempdir().expect("a folder");
    insta::assert_snapshot!(mistakes_at(&folder.path().join("palisade.toml")), @r#"
        error: there is no such file
          --> palisade.toml
          = help: give its path with -c, or leave -c out and pass --upstream URL

        1 mistake in palisade.toml; nothing was changed.
        "#);
}

#[test]
fn a_folder_instead_of_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("conf");
    std::fs::create_dir(&path).expect("a folder");
    insta::assert_snapshot!(mistakes_at(&path), @r#"
        error: this is a folder, not a file
          --> conf
          = help: name the file in it, such as palisade.toml

        1 mistake in conf; nothing was changed.
        "#);
}

#[test]
fn a_file_that_is_not_utf_8() {
    insta::assert_snapshot!(with_bytes(b"[log]\nlevel = \"\xff\"\n"), @r#"
        error: line 2 is not UTF-8 (byte 15 of the file)
          --> palisade.toml
          = help: save the file as UTF-8 text

        1 mistake in palisade.toml; nothing was changed.
        "#);
}

#[test]
fn an_empty_file_says_what_is_missing() {
    insta::assert_snapshot!(with_bytes(b""), @r#"
        error: nothing says where your application is
          --> palisade.toml
          = help: pass --upstream http://127.0.0.1:3000, or add to the file:

              [[upstreams]]
              name = "app"
              urls = ["http://127.0.0.1:3000"]

        1 mistake in palisade.toml; nothing was changed.
        "#);
}

#[test]
fn a_file_beyond_the_bound_is_not_read() {
    let bytes = vec![b'\n'; usize::try_from(FILE_BYTES_MAX).expect("fits") + 1];
    insta::assert_snapshot!(with_bytes(&bytes), @r#"
        error: the file is larger than 1024 KiB
          --> palisade.toml
          = help: is this the right file?

        1 mistake in palisade.toml; nothing was changed.
        "#);
}

#[test]
fn a_file_cut_in_a_string() {
    insta::assert_snapshot!(mistakes_in("[log]\nlevel = \"in"), @r#"
        error: this is not TOML: invalid basic string, expected `"`
          --> palisade.toml:2:12
          |
        2 | level = "in
          |            ^
          = help: the file ends in the middle; was it written whole? Finish it or copy it again

        1 mistake in palisade.toml; nothing was changed.
        "#);
}

#[test]
fn a_file_cut_in_a_table_header() {
    insta::assert_snapshot!(mistakes_in("[log]\nlevel = \"info\"\n[lis"), @r#"
        error: this is not TOML: unclosed table, expected `]`
          --> palisade.toml:3:5
          |
        3 | [lis
          |     ^
          = help: the file ends in the middle; was it written whole? Finish it or copy it again

        1 mistake in palisade.toml; nothing was changed.
        "#);
}

#[test]
fn a_file_cut_in_a_list() {
    insta::assert_snapshot!(mistakes_in("[listen]\ntrusted_proxies = [\"10.0.0.0/8\",\n"), @r#"
        error: this is not TOML: unclosed array, expected `]`
          --> palisade.toml:2:33
          |
        2 | trusted_proxies = ["10.0.0.0/8",
          |                                 ^
          = help: the file ends in the middle; was it written whole? Finish it or copy it again

        1 mistake in palisade.toml; nothing was changed.
        "#);
}

#[test]
fn syntax_errors_do_not_hide_mistakes_before_them() {
    insta::assert_snapshot!(mistakes_in("[log]\nlevl = \"info\"\n[listen\nworkers = 1\n"), @r#"
        error: log.levl: there is no such key
          --> palisade.toml:2:1
          |
        2 | levl = "info"
          | ^^^^
          = the nearest is `level`

        error: this is not TOML: unclosed table, expected `]`
          --> palisade.toml:3:8
          |
        3 | [listen
          |        ^

        2 mistakes in palisade.toml; nothing was changed.
        "#);
}

#[test]
fn a_syntax_error_in_an_entry_does_not_take_its_other_keys_for_missing() {
    let text =
        format!("{APP}[[upstreams]]\nprotocl = \"http1\"\nname = \"b\nurls = [\"http://b\"]\n");
    insta::assert_snapshot!(mistakes_in(&text), @r#"
    error: upstreams[1].protocl: there is no such key
      --> palisade.toml:5:1
      |
    5 | protocl = "http1"
      | ^^^^^^^
      = the nearest is `protocol`

    error: this is not TOML: invalid basic string, expected `"`
      --> palisade.toml:6:10
      |
    6 | name = "b
      |          ^

    2 mistakes in palisade.toml; nothing was changed.
    "#);
}

#[test]
fn a_file_cut_anywhere_but_between_lines_is_refused_or_noticed() {
    let text = format!("{APP}[listen]\nworkers = 16\nheader_timeout = \"10s\"\n");
    for (end, _) in text.char_indices().filter(|(at, _)| *at > 0) {
        let cut = &text[..end];
        if let Ok(loaded) = load_file(cut) {
            let noticed = loaded
                .notices
                .iter()
                .any(|notice| notice.contains("cut short"));
            assert_eq!(noticed, !cut.ends_with('\n'), "cut at {end}: {cut}");
        }
    }
}

#[test]
fn a_byte_order_mark_and_carriage_returns_are_taken() {
    let text = format!("\u{feff}[log]\nlevel = \"warn\"\n{APP}").replace('\n', "\r\n");
    load_file(&text).unwrap_or_else(|mistakes| panic!("{mistakes}"));
}

#[test]
fn the_largest_file_of_nonsense_is_refused_with_few_words() {
    let size = usize::try_from(FILE_BYTES_MAX).expect("fits");
    for nonsense in ["]\n", "a.b = [\n", "\"", "[[a]]\n", "x1x = 1\n", "[", "a."] {
        let text = nonsense.repeat(size / nonsense.len());
        let told = mistakes_in(&text);
        assert!(
            told.len() < 64 << 10,
            "{} bytes about {nonsense:?}",
            told.len()
        );
    }
}
