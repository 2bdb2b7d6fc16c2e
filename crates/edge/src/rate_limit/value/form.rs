//! One field of a form: URL-encoded (WHATWG URL section 5.1) or multipart (RFC 7578).

use super::alike;

/// The field's value, where exactly one has this name.
pub(super) fn url_encoded(field: &str, body: &[u8]) -> Option<String> {
    let mut values = form_urlencoded::parse(body)
        .filter(|(name, _)| alike(name, field))
        .map(|(_, value)| value);
    let first = values.next()?;
    values.next().is_none().then(|| first.into_owned())
}

/// The text of the part with this name, where exactly one has it. Files are no text.
pub(super) fn multipart(field: &str, boundary: &str, body: &[u8]) -> Option<String> {
    let delimiter = [b"--", boundary.as_bytes()].concat();
    let mut found = None;
    // Before the first delimiter stands what RFC 2046 section 5.1.1 calls the preamble.
    let mut rest = after_delimiter(body, &delimiter)?;
    while !rest.starts_with(b"--") {
        let end = delimiter_at(rest, &delimiter)?;
        let (part, following) = rest.split_at_checked(end)?;
        if let Some(text) = part_of(field, part)
            && found.replace(text).is_some()
        {
            return None;
        }
        rest = after_delimiter(following, &delimiter)?;
    }
    String::from_utf8(found?.to_vec()).ok()
}

/// What follows the first delimiter.
fn after_delimiter<'b>(bytes: &'b [u8], delimiter: &[u8]) -> Option<&'b [u8]> {
    let at = position(bytes, delimiter)?;
    bytes.get(at + delimiter.len()..)
}

/// Where the next delimiter line begins, its line break included.
fn delimiter_at(bytes: &[u8], delimiter: &[u8]) -> Option<usize> {
    position(bytes, &[b"\r\n", delimiter].concat())
}

fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}

/// The content of a part, if it is a text field of this name.
fn part_of<'b>(field: &str, part: &'b [u8]) -> Option<&'b [u8]> {
    let head_end = position(part, b"\r\n\r\n")?;
    let (head, content) = part.split_at_checked(head_end)?;
    let head = std::str::from_utf8(head).ok()?;
    let disposition = head.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_disposition = name.trim().eq_ignore_ascii_case("content-disposition");
        is_disposition.then_some(value)
    })?;
    let is_file = ["filename", "filename*"].map(|name| parameter(disposition, name).is_some());
    let is_named = parameter(disposition, "name").is_some_and(|name| alike(&name, field));
    (is_named && is_file == [false, false])
        .then(|| content.get(4..))
        .flatten()
}

/// A parameter of `Content-Disposition`, without its quotes. Browsers write `%22` for a quote.
fn parameter(disposition: &str, wanted: &str) -> Option<String> {
    let mut rest = disposition.split_once(';')?.1;
    loop {
        let (name, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let (value, following) = match after.strip_prefix('"') {
            Some(quoted) => quoted_string(quoted)?,
            None => {
                let end = after.find(';').unwrap_or(after.len());
                let (value, following) = after.split_at_checked(end)?;
                (value.trim().to_owned(), following)
            }
        };
        if name.trim().eq_ignore_ascii_case(wanted) {
            return Some(value.replace("%22", "\""));
        }
        rest = following.trim_start().strip_prefix(';').unwrap_or_default();
    }
}

/// Up to the closing quote, and what follows it (RFC 9110 section 5.6.4).
fn quoted_string(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, text.get(at + 1..)?)),
            '\\' => value.push(chars.next()?.1),
            c => value.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn encoded(body: &str, expected: Option<&str>) {
        assert_eq!(
            url_encoded("phone", body.as_bytes()).as_deref(),
            expected,
            "{body}"
        );
    }

    #[test]
    fn a_field_of_an_encoded_form_is_found() {
        encoded("a=1&phone=%2B49+171&b=2", Some("+49 171"));
        encoded("ph%6fne=1", Some("1"));
        encoded("phone=", Some(""));
        encoded("phone=1&phone=2", None);
        encoded("Phone=1", Some("1"));
        encoded("Phone=1&phone=2", None);
        encoded("", None);
    }

    fn parts(parts: &[&str]) -> String {
        let parts: String = parts
            .iter()
            .map(|part| format!("--B\r\n{part}\r\n"))
            .collect();
        format!("{parts}--B--\r\n")
    }

    fn check(body: &str, expected: Option<&str>) {
        assert_eq!(
            multipart("phone", "B", body.as_bytes()).as_deref(),
            expected,
            "{body}"
        );
    }

    const PHONE: &str = "Content-Disposition: form-data; name=\"phone\"\r\n\r\n+49";

    #[test]
    fn a_field_of_a_multipart_form_is_found() {
        let other = "Content-Disposition: form-data; name=\"x\"; filename=\"p\"\r\n\r\nphone";
        check(&parts(&[other, PHONE]), Some("+49"));
        check(&format!("preamble\r\n{}", parts(&[PHONE])), Some("+49"));
        check(
            &parts(&[
                "content-type: text/plain\r\nCONTENT-DISPOSITION: form-data; x=\"a;b\\\"\"; NAME=phone\r\n\r\n1",
            ]),
            Some("1"),
        );
        check(
            &parts(&["Content-Disposition: form-data; name=\"phone\"\r\n\r\n"]),
            Some(""),
        );
    }

    #[test]
    fn files_doubles_and_broken_forms_are_no_field() {
        check(&parts(&[PHONE, PHONE]), None);
        check(
            &parts(&["Content-Disposition: form-data; name=\"phone\"; filename=\"a\"\r\n\r\n1"]),
            None,
        );
        check(&parts(&["Content-Type: text/plain\r\n\r\n1"]), None);
        check(&parts(&[]), None);
        check(&parts(&[PHONE]).replace("--B--", ""), None);
        check("", None);
    }

    proptest! {
        #[test]
        fn whatever_is_written_into_a_form_is_read_from_it(
            name in "[^\r\n\"%\\\\\\PC]{1,8}", value in "[^\r\\PC]{0,20}",
        ) {
            let part = format!("Content-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}");
            let read = multipart(&name, "B", parts(&[&part]).as_bytes());
            prop_assert_eq!(read.as_ref(), Some(&value));
            let body = form_urlencoded::Serializer::new(String::new()).append_pair(&name, &value).finish();
            prop_assert_eq!(url_encoded(&name, body.as_bytes()), Some(value));
        }

        #[test]
        fn no_bytes_make_it_panic(
            pieces in prop::collection::vec(prop_oneof![
                Just("--B"), Just("\r\n"), Just("Content-Disposition: form-data; "), Just("name="),
                Just("\""), Just(";"), Just("\\"), Just("phone"), Just("--"), Just("é"),
            ], 0..40),
        ) {
            let body = pieces.concat();
            multipart("phone", "B", body.as_bytes());
            multipart("phone", "", body.as_bytes());
            url_encoded("phone", body.as_bytes());
        }
    }
}
