//! E-mail addresses as one key: `Ann <Ann+news@Example.com>` is `ann@example.com` to an app that
//! reads the field as a header does (RFC 5322 section 3.4), and to the mailbox.

/// The addresses in a folded text. An app may take any of them.
pub(super) fn addresses(folded: &str) -> Vec<String> {
    folded.split([',', ';']).filter_map(address).collect()
}

/// `local@domain.tld`, without its name, comments, quotes and what is put behind a plus. Dots in
/// `local` go as well: there are many ways to put them in, and large providers do not see them.
fn address(text: &str) -> Option<String> {
    let text = match text.rsplit_once('<') {
        Some((_, rest)) => rest.split('>').next()?,
        None => text,
    };
    let text = text.strip_prefix("mailto:").unwrap_or(text);
    let text = without_comments(text);
    let (local, domain) = text.rsplit_once('@')?;
    let local = local.split('+').next()?.replace('.', "");
    let domain = domain.split('?').next()?.trim_end_matches('.');
    let is_domain = domain.contains('.')
        && !domain.starts_with('.')
        && domain
            .chars()
            .all(|c| c.is_alphanumeric() || c == '.' || c == '-');
    (is_domain && !local.is_empty() && !local.contains('@')).then(|| format!("{local}@{domain}"))
}

/// Comments nest (RFC 5322 section 3.2.2); quotes and backslashes only say that what they hold is
/// meant.
fn without_comments(text: &str) -> String {
    let mut depth = 0_usize;
    let mut kept = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            '"' | '\\' => {}
            c if depth == 0 => kept.push(c),
            _ => {}
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_mailbox_are_one_address() {
        for text in [
            "ann@example.com",
            "ann<ann@example.com>",
            "<ann@example.com>",
            "\"smith,ann\"<ann@example.com>",
            "mailto:ann@example.com?subject=x",
            "ann+news@example.com",
            "a.n.n@example.com",
            "ann(it(is))@example.com",
            "\"ann\"@example.com",
            "ann@example.com.",
            "ann@example.com,",
            ";ann@example.com",
        ] {
            assert_eq!(addresses(text), ["ann@example.com"], "{text}");
        }
        assert_eq!(addresses("a@b.de,c@d.de"), ["a@b.de", "c@d.de"]);
    }

    #[test]
    fn other_texts_are_no_address() {
        for text in [
            "",
            "ann",
            "@",
            "ann@",
            "@example.com",
            "ann@localhost",
            "+491712345678@",
            "+49171@example.com",
            "ann@.com",
            "a@b@example.com",
            "ann@exa mple.com",
            "ann@example.com>x",
        ] {
            let none: [String; 0] = [];
            assert_eq!(addresses(text), none, "{text}");
        }
    }
}
