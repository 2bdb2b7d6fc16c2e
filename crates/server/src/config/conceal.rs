//! Passwords in URLs, kept out of whatever is shown: values, messages about them, and excerpts of
//! their lines.

/// The text with every `user:password` before an `@` as asterisks, character for character.
pub(super) fn conceal(text: &str) -> String {
    let mut concealed: Vec<char> = text.chars().collect();
    let mut segment_start = 0;
    let mut has_colon = false;
    for at in 0..concealed.len() {
        let previous = at.checked_sub(1).map(|before| concealed[before]);
        match concealed[at] {
            '@' if has_colon => concealed[segment_start..at].fill('*'),
            '/' if previous == Some('/') => (segment_start, has_colon) = (at + 1, false),
            '"' | '\'' | ' ' | '\t' | '[' | '=' => (segment_start, has_colon) = (at + 1, false),
            ':' => has_colon = true,
            _ => {}
        }
    }
    concealed.into_iter().collect()
}

/// A URL without what stands before its host, and without a query that has a password.
pub(super) fn conceal_url(url: &str) -> String {
    let (address, query) = match url.split_once('?') {
        Some((address, query)) if query.contains("password") => (address, "?***"),
        _ => (url, ""),
    };
    let parts = address.split_once("://").and_then(|(scheme, rest)| {
        let (_, place) = rest.rsplit_once('@')?;
        Some((scheme, place))
    });
    match parts {
        Some((scheme, place)) => format!("{scheme}://***@{place}{query}"),
        None => format!("{address}{query}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{conceal, conceal_url};

    #[test]
    fn a_shown_url_has_no_password_wherever_it_was() {
        for (url, shown) in [
            ("", ""),
            ("postgres://db/palisade", "postgres://db/palisade"),
            ("postgres://a:b@db:5432/x", "postgres://***@db:5432/x"),
            ("postgres://a:\"/?p@db/x", "postgres://***@db/x"),
            (
                "postgres://a:p@ss@db/x?sslmode=require",
                "postgres://***@db/x?sslmode=require",
            ),
            ("postgres://db/x?user=a&password=b", "postgres://db/x?***"),
        ] {
            assert_eq!(conceal_url(url), shown);
        }
    }

    #[test]
    fn the_user_and_password_of_a_url_are_hidden() {
        for (text, shown) in [
            (
                "urls = [\"http://a:b@app:3000\"]",
                "urls = [\"http://***@app:3000\"]",
            ),
            ("a:b@app", "***@app"),
            ("http://a:b@c@app", "http://*****@app"),
            ("http://a:p/w@app", "http://*****@app"),
        ] {
            assert_eq!(conceal(text), shown);
        }
    }

    #[test]
    fn other_text_stays() {
        for text in [
            "http://app:3000",
            "a@b",
            "address = \"[::1]:80\" # me@home",
            "é: ü",
        ] {
            assert_eq!(conceal(text), text);
        }
    }
}
