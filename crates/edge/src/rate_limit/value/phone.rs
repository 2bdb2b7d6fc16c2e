//! Phone numbers as keys: every spelling of a number becomes the same E.164-like text. Where apps
//! differ in what they take for its digits, it has a key for each.
//!
//! This is no validator, and two values that are nobody's number may become one. It errs that way
//! alone: a spelling that escaped would be a fresh budget. A full library brings tables of every
//! country's numbering plan, megabytes and seconds of every build, to answer a question not asked here.

mod dialled;

use dialled::Dialled;

/// The country of numbers that name none: `49`, `1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountryCode(u16);

/// Codes of two digits (ITU-T E.164, list of 2016). `1` and `7` have one, all others three.
const TWO_DIGITS: [u16; 43] = [
    20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49, 51, 52, 53, 54, 55, 56,
    57, 58, 60, 61, 62, 63, 64, 65, 66, 81, 82, 84, 86, 90, 91, 92, 93, 94, 95,
];
const IRAN: u16 = 98;

impl CountryCode {
    /// One to three digits, as far as they are a code that is given out.
    pub fn parse(text: &str) -> Option<Self> {
        let is_code =
            text.bytes().all(|byte| byte.is_ascii_digit()) && code_length(text) == text.len();
        let code = text
            .parse()
            .ok()
            .filter(|_| is_code && !text.starts_with('0'))?;
        Some(Self(code))
    }

    /// What is dialled before a number inside the country.
    const fn trunk_prefix(self) -> &'static str {
        match self.0 {
            1 => "1",
            7 => "8",
            36 => "06",
            _ => "0",
        }
    }

    /// What is dialled for abroad, besides `00`.
    const fn exit_prefix(self) -> &'static str {
        match self.0 {
            1 => "011",
            7 => "810",
            61 => "0011",
            81 => "010",
            _ => "00",
        }
    }
}

/// Digits of the country code that an international number begins with.
fn code_length(digits: &str) -> usize {
    let two = digits.get(..2).and_then(|two| two.parse::<u16>().ok());
    match digits.bytes().next() {
        Some(b'1' | b'7') => 1,
        _ if two.is_some_and(|two| TWO_DIGITS.contains(&two) || two == IRAN) => 2,
        _ => 3,
    }
}

/// Every number that an app may take the text for, the likeliest first; none for a text with too few
/// digits.
pub(super) fn numbers(text: &str, country: Option<CountryCode>) -> Vec<String> {
    let mut numbers = Vec::new();
    for dialled in dialled::readings(text).into_iter().flatten() {
        let number = e164(&dialled, country);
        if !numbers.contains(&number) {
            numbers.push(number);
        }
    }
    numbers
}

fn e164(dialled: &Dialled, country: Option<CountryCode>) -> String {
    let digits = dialled.digits.as_str();
    let international = match (dialled.is_international, country) {
        (true, _) => Some(digits),
        (false, Some(country)) => digits
            .strip_prefix(country.exit_prefix())
            .or_else(|| digits.strip_prefix("00")),
        (false, None) => digits.strip_prefix("00"),
    };
    match (international, country) {
        (Some(number), _) => {
            let (code, number) = number
                .split_at_checked(code_length(number))
                .unwrap_or((number, ""));
            plain(code, number)
        }
        (None, Some(country)) => {
            let code = country.0.to_string();
            let national = match digits.strip_prefix(country.trunk_prefix()) {
                Some(national) => national,
                // Written without the plus, or without the trunk prefix.
                None => match digits.strip_prefix(&code) {
                    Some(rest) if rest.len() >= 8 => rest,
                    _ => digits,
                },
            };
            plain(&code, national)
        }
        (None, None) => digits.to_owned(),
    }
}

/// Zeros between code and number are somebody's trunk prefix, as in `+49 (0) 171`. Where they belong
/// to the number, as in Italy, leaving them out keeps the key as distinct.
fn plain(code: &str, national: &str) -> String {
    format!("+{code}{}", national.trim_start_matches('0'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(country: &str, text: &str, expected: &str) {
        let numbers = numbers(text, CountryCode::parse(country));
        assert!(
            numbers.iter().any(|number| number == expected),
            "{text}: {numbers:?}"
        );
    }

    #[test]
    fn every_spelling_of_a_number_is_one_key() {
        for text in [
            "+491712345678",
            "+49 171 2345678",
            "+49 (0) 171 / 234-56-78",
            "0049 171 2345678",
            "0171 2345678",
            "(0171) 2345678",
            "171 2345678",
            "491712345678",
            "tel:+49-171-2345678",
            "TEL:+491712345678;ext=5",
            "+491712345678 x5",
            "+49 171 2345678 ext. 12",
            "+491712345678,,1",
            "＋４９ １７１ ２３４５６７８",
            "+٤٩ ١٧١ ٢٣٤٥٦٧٨",
            "+49\u{a0}171\u{200b}2345678",
            "+49.171.2345678",
            "  +491712345678\n",
            "a+491712345678",
            "x +491712345678",
            "whatsapp:+491712345678",
            "\u{640}+491712345678",
            "+491712345678@",
            "++49 171 2345678",
            "+4a9b1c712345678",
            "+49½171²2345678",
            "+49٣1712345678",
            "+49171ADGJMPT",
            "+49 171 ADG 5678",
            "+49171adgjmpt ext. 12",
            "+49171adgjmptx7",
            "tel:71-234-56-78;phone-context=+491",
        ] {
            check("49", text, "+491712345678");
        }
        for text in [
            "+1 (212) 555-0100",
            "2125550100",
            "1-212-555-0100",
            "0012125550100",
        ] {
            check("1", text, "+12125550100");
        }
        check("1", "011 49 171 2345678", "+491712345678");
        check("7", "8 (912) 345-67-89", "+79123456789");
        check("7", "+7 912 345 67 89", "+79123456789");
        check("36", "06 20 123 4567", "+36201234567");
        check("39", "06 698 12345", "+39669812345");
        check("39", "+39 06 698 12345", "+39669812345");
        check("", "+49 171 2345678", "+491712345678");
        check("", "0171 2345678", "01712345678");
    }

    #[test]
    fn other_texts_are_no_phone_numbers() {
        for text in ["", "12345", "ann", "ann12345", "+", "०१२३४", "abcdef"] {
            let none: [String; 0] = [];
            assert_eq!(numbers(text, CountryCode::parse("49")), none, "{text}");
        }
    }

    #[test]
    fn codes_that_are_not_given_out_are_refused() {
        for code in ["1", "7", "49", "98", "351", "971"] {
            assert!(CountryCode::parse(code).is_some(), "{code}");
        }
        for code in ["", "0", "49x", "4", "351351", "011", "+49", "１"] {
            assert!(CountryCode::parse(code).is_none(), "{code}");
        }
    }

    proptest! {
        #[test]
        fn separators_change_nothing(number in "[1-9][0-9]{9,12}", between in "[ ()./\u{a0}\u{2011}-]{0,3}") {
            let spelled: String = number.chars().flat_map(|c| [c.to_string(), between.clone()]).collect();
            let spelled = format!("+{spelled}");
            prop_assert_eq!(numbers(&spelled, None), numbers(&format!("+{number}"), None));
        }

        #[test]
        fn letters_before_and_between_leave_one_key_that_stays(
            number in "\\+[1-9][0-9]{9,12}", before in "[a-zà-ÿ\u{640}: ]{0,8}",
            between in "[g-z@!\u{200b}½²]{0,2}", at in 1..6usize,
        ) {
            let (head, tail) = number.split_at(at);
            let spelled = format!("{before}{head}{between}{tail}");
            let expected = numbers(&number, None);
            prop_assert!(numbers(&spelled, None).contains(&expected[0]), "{}", spelled);
        }

        #[test]
        fn what_is_normal_stays_as_it_is(number in "[1-9][0-9]{8,13}", country in prop::sample::select(vec!["", "1", "49"])) {
            let country = CountryCode::parse(country);
            let once = numbers(&format!("+{number}"), country);
            prop_assert_eq!(numbers(&once[0], country), once);
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,40}") {
            numbers(&text, CountryCode::parse("49"));
        }
    }
}
