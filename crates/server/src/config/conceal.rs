//! Passwords in URLs, kept out of whatever is shown. No key takes such a URL, but a message about
//! one must not repeat it, nor may an excerpt of its line.

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

#[cfg(test)]
mod tests {
    use super::conceal;

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
