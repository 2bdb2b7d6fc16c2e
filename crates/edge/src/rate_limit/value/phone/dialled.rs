//! The digits that apps find in a text: those of every script, ASCII's alone, or letters on a keypad.
//! Apps strip what is no digit; libphonenumber skips what stands before the first digit or plus.

use super::super::digits::digit;

/// Fewer digits are a code or an id, not a number somebody can be called at.
const DIGITS_MIN: usize = 6;

/// Digits that are kept; E.164 has at most fifteen.
const DIGITS_MAX: usize = 20;

/// Letters that make a number one to be spelled on a keypad, as libphonenumber has it.
const LETTERS_MIN: usize = 3;

/// What precedes the number of an extension, the longer first.
const EXTENSIONS: [&str; 11] = [
    "extension",
    "extn",
    "xtn",
    "ext",
    "xt",
    "anexo",
    "int",
    "x",
    ",",
    ";",
    "~",
];

/// A number as it is dialled.
pub(super) struct Dialled {
    /// Whether a plus comes before the first digit.
    pub(super) is_international: bool,
    /// ASCII, at least [`DIGITS_MIN`] and at most [`DIGITS_MAX`] of them.
    pub(super) digits: String,
}

pub(super) fn readings(text: &str) -> [Option<Dialled>; 3] {
    let text = in_context(&text.to_ascii_lowercase());
    let ascii = |c: char| c.to_digit(10).and_then(|value| u8::try_from(value).ok());
    [
        stripped(&text, digit),
        stripped(&text, ascii),
        spelled(&text),
    ]
}

/// `tel:171-2345678;phone-context=+49` is meant to begin with its context (RFC 3966 section 5.1.5).
fn in_context(text: &str) -> String {
    match text.split_once(";phone-context=") {
        Some((number, context)) if context.starts_with(is_plus) => {
            let context = context.split(';').next().unwrap_or_default();
            let number = number.strip_prefix("tel:").unwrap_or(number);
            format!("{context}{number}")
        }
        _ => text.to_owned(),
    }
}

/// Without all that is no digit, up to an extension: `;ext=5`, `x5`, `#5`, `,5`.
fn stripped(text: &str, digit: impl Fn(char) -> Option<u8>) -> Option<Dialled> {
    let first = text.chars().find(|c| digit(*c).is_some() || is_plus(*c))?;
    let mut digits = String::new();
    for c in text.chars() {
        match digit(c) {
            Some(value) if digits.len() < DIGITS_MAX => digits.push(char::from(b'0' + value)),
            Some(_) => break,
            None if digits.len() >= DIGITS_MIN && (c.is_alphabetic() || "#;,".contains(c)) => break,
            None => {}
        }
    }
    dialled(is_plus(first), digits)
}

/// `+49171ADGJMPT` as a keypad has it: each digit from 2 to 9 is three or four letters, too.
fn spelled(text: &str) -> Option<Dialled> {
    let start = text.find(|c| digit(c).is_some() || is_plus(c))?;
    let number = without_extension(text.get(start..)?);
    let letters = number.chars().filter(char::is_ascii_alphabetic).count();
    if letters < LETTERS_MIN {
        return None;
    }
    let digits = number.chars().filter_map(|c| digit(c).or(on_keypad(c)));
    let digits = digits.take(DIGITS_MAX);
    dialled(
        number.starts_with(is_plus),
        digits.map(|value| char::from(b'0' + value)).collect(),
    )
}

fn without_extension(number: &str) -> &str {
    let before = number.trim_end_matches(|c: char| !c.is_ascii_alphabetic() && !",;~".contains(c));
    let sign = EXTENSIONS
        .iter()
        .find_map(|sign| before.strip_suffix(sign))
        .filter(|_| before.len() < number.len());
    sign.unwrap_or(number)
}

const fn on_keypad(letter: char) -> Option<u8> {
    Some(match letter {
        'a'..='c' => 2,
        'd'..='f' => 3,
        'g'..='i' => 4,
        'j'..='l' => 5,
        'm'..='o' => 6,
        'p'..='s' => 7,
        't'..='v' => 8,
        'w'..='z' => 9,
        _ => return None,
    })
}

fn dialled(is_international: bool, digits: String) -> Option<Dialled> {
    (digits.len() >= DIGITS_MIN).then_some(Dialled {
        is_international,
        digits,
    })
}

/// The sign, and its full-width form.
const fn is_plus(c: char) -> bool {
    matches!(c, '+' | '＋')
}
