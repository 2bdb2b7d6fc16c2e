//! As much of SQL's lexis as is needed to find placeholders and names, and to leave all else be.

/// A piece of a statement; the pieces together are the statement again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token<'s> {
    /// `$n`.
    Placeholder(usize),
    /// `$tenant`.
    Tenant,
    /// A bare word: keyword, table, column.
    Word(&'s str),
    /// Literals, quoted names, comments, marks, blanks.
    Other(&'s str),
}

impl Token<'_> {
    pub(crate) fn placeholder(&self) -> Option<usize> {
        match self {
            Token::Placeholder(number) => Some(*number),
            _ => None,
        }
    }
}

/// Takes `sql` apart. The error says what in it is not in the portable subset.
pub(crate) fn tokens(sql: &str) -> Result<Vec<Token<'_>>, String> {
    let mut tokens = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '$' => dollar(rest)?,
            '?' => return Err("it says ?: write $1, $2, …".to_owned()),
            '\'' | '"' => other(rest, quoted(rest, first)?),
            '-' if rest.starts_with("--") => other(rest, rest.find('\n').unwrap_or(rest.len())),
            '/' if rest.starts_with("/*") => match rest.find("*/") {
                Some(end) => other(rest, end + 2),
                None => return Err("a comment has no end".to_owned()),
            },
            _ if starts_word(first) => {
                let length = length_while(rest, in_word);
                (Token::Word(&rest[..length]), length)
            }
            _ => other(rest, digits_or_mark(rest, first)),
        };
        tokens.push(token);
        rest = &rest[length..];
    }
    Ok(tokens)
}

fn other(rest: &str, length: usize) -> (Token<'_>, usize) {
    (Token::Other(&rest[..length]), length)
}

/// Numbers are taken whole, so that the `e` of `1e5` is no word.
fn digits_or_mark(rest: &str, first: char) -> usize {
    if first.is_ascii_digit() {
        length_while(rest, in_word)
    } else {
        first.len_utf8()
    }
}

fn dollar(rest: &str) -> Result<(Token<'_>, usize), String> {
    let name = &rest[1..1 + length_while(&rest[1..], in_word)];
    let length = 1 + name.len();
    if name == "tenant" {
        return Ok((Token::Tenant, length));
    }
    match name.parse::<usize>() {
        Ok(number) if number > 0 && !name.starts_with('0') => {
            Ok((Token::Placeholder(number), length))
        }
        _ => Err(format!(
            "${name} is no placeholder: they are $1, $2, … and $tenant"
        )),
    }
}

/// The length of a literal or quoted name; a doubled quote in it is two that touch.
fn quoted(rest: &str, quote: char) -> Result<usize, String> {
    match rest[1..].find(quote) {
        Some(end) => Ok(end + 2),
        None => Err(format!("a {quote} is opened and not closed")),
    }
}

fn starts_word(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

fn in_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn length_while(text: &str, test: impl Fn(char) -> bool) -> usize {
    text.find(|c| !test(c)).unwrap_or(text.len())
}
