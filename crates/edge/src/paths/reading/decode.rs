//! Escapes of a path (RFC 3986 section 2.1), also those that were escaped again: a proxy behind us may
//! decode a path before the app does.

/// Times that a path is decoded: a proxy, a server and a framework.
const DECODINGS_MAX: usize = 3;

/// The text of a path. What is no UTF-8 becomes U+FFFD.
pub(super) fn decoded(path: &str) -> String {
    let mut bytes = once(path.as_bytes());
    for _ in 1..DECODINGS_MAX {
        if !bytes.contains(&b'%') {
            break;
        }
        bytes = once(&bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What is no escape stays as it is.
fn once(bytes: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match (*byte == b'%').then(|| escape(after)).flatten() {
            Some((c, following)) => {
                match c {
                    Escape::Byte(byte) => decoded.push(byte),
                    Escape::Char(c) => decoded.extend(c.encode_utf8(&mut [0; 4]).bytes()),
                }
                rest = following;
            }
            None => decoded.push(*byte),
        }
    }
    decoded
}

enum Escape {
    Byte(u8),
    Char(char),
}

/// What an escape says, `%` already read, and what follows it: two digits, or `u` and four of them,
/// as IIS takes it.
fn escape(rest: &[u8]) -> Option<(Escape, &[u8])> {
    if let Some((b'u' | b'U', rest)) = rest.split_first() {
        let (code, rest) = hexadecimal(rest, 4)?;
        return Some((Escape::Char(char::from_u32(code)?), rest));
    }
    let (code, rest) = hexadecimal(rest, 2)?;
    Some((Escape::Byte(u8::try_from(code).ok()?), rest))
}

fn hexadecimal(bytes: &[u8], digits: usize) -> Option<(u32, &[u8])> {
    let (digits, rest) = bytes.split_at_checked(digits)?;
    let mut code = 0;
    for digit in digits {
        code = code * 16 + char::from(*digit).to_digit(16)?;
    }
    Some((code, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_decoded_as_often_as_anybody_does() {
        for (path, expected) in [
            ("/login", "/login"),
            ("/%6c%6Fgin", "/login"),
            ("/%256cogin", "/login"),
            ("/%25256cogin", "/login"),
            ("/%2525256cogin", "/%6cogin"),
            ("/%u006cogin", "/login"),
            ("/%U006Cogin", "/login"),
            ("/%c3%a9", "/é"),
            ("/%ff", "/\u{fffd}"),
            ("/%zz%2%", "/%zz%2%"),
            ("/%u12%ud800", "/%u12%ud800"),
            ("/%+1", "/%+1"),
            ("%", "%"),
        ] {
            assert_eq!(decoded(path), expected, "{path}");
        }
    }
}
