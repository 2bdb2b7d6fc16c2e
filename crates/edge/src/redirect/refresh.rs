//! `Refresh`, which sends browsers on after a while (HTML, "shared declarative refresh steps").

/// Where it leads; `None` where it names no address, or says nothing that a browser understands.
pub(super) fn target(field: &[u8]) -> Option<&[u8]> {
    let rest = field.trim_ascii_start();
    let digits = rest.iter().position(|byte| !byte.is_ascii_digit());
    let (time, mut rest) = rest.split_at_checked(digits?)?;
    if time.is_empty() && rest.first() != Some(&b'.') {
        return None;
    }
    while let [b'0'..=b'9' | b'.', behind @ ..] = rest {
        rest = behind;
    }
    match rest.first() {
        Some(b';' | b',') => {}
        Some(byte) if byte.is_ascii_whitespace() => {}
        _ => return None,
    }
    rest = rest.trim_ascii_start();
    if let [b';' | b',', behind @ ..] = rest {
        rest = behind.trim_ascii_start();
    }
    let url = unquoted(after_name(rest).unwrap_or(rest));
    (!url.is_empty()).then_some(url)
}

/// What stands behind `url=`.
fn after_name(text: &[u8]) -> Option<&[u8]> {
    let (name, rest) = text.split_at_checked(3)?;
    let rest = rest.trim_ascii_start();
    match name.eq_ignore_ascii_case(b"url") {
        true => Some(rest.strip_prefix(b"=")?.trim_ascii_start()),
        false => None,
    }
}

fn unquoted(text: &[u8]) -> &[u8] {
    match text {
        [quote @ (b'\'' | b'"'), quoted @ ..] => {
            let end = quoted.iter().position(|byte| byte == quote);
            quoted.get(..end.unwrap_or(quoted.len())).unwrap_or(quoted)
        }
        text => text,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_address_is_read_however_it_is_written() {
        for (field, expected) in [
            ("0; url=https://a.test", Some("https://a.test")),
            ("0;URL='https://a.test' x", Some("https://a.test")),
            ("5, url = \"https://a.test", Some("https://a.test")),
            (" 3 https://a.test", Some("https://a.test")),
            ("0.5;Url=/x", Some("/x")),
            (".5;/x", Some("/x")),
            ("0;'/x'", Some("/x")),
            ("0;url/x", Some("url/x")),
            ("0;urls=/x", Some("urls=/x")),
            ("0;url=url=/x", Some("url=/x")),
            ("0", None),
            ("0;", None),
            ("0;url=", None),
            ("0x;url=/x", None),
            (";url=/x", None),
            ("-1;url=/x", None),
            ("", None),
        ] {
            let read = target(field.as_bytes()).map(|url| std::str::from_utf8(url).unwrap());
            assert_eq!(read, expected, "{field:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = target(&bytes);
        }

        #[test]
        fn what_is_hidden_behind_blanks_and_quotes_is_found(
            before in "[ \t]{0,2}[0-9]{1,2}[.0-9]{0,2}[ \t]{0,2}[;,][ \t]{0,2}",
            name in "([uU][rR][lL][ \t]{0,2}=[ \t]{0,2})?",
            quote in "['\"]?",
        ) {
            let field = format!("{before}{name}{quote}//evil.test/x{quote}");
            prop_assert_eq!(target(field.as_bytes()), Some(&b"//evil.test/x"[..]));
        }
    }
}
