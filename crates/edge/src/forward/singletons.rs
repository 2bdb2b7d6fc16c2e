//! Fields that stand once in an answer (RFC 9110 section 5.3). Of an app's doubled `Content-Type` some
//! browsers take the first and some the last, and what every control judged by must be what they take.

use http::header::{CONTENT_TYPE, DATE, HeaderMap};

/// Lets the first line of each stand.
pub(super) fn keep_first(headers: &mut HeaderMap) {
    for name in [CONTENT_TYPE, DATE] {
        let mut lines = headers.get_all(&name).iter();
        let (first, second) = (lines.next().cloned(), lines.next());
        if let (Some(first), Some(_)) = (first, second) {
            headers.insert(name, first);
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use http::header::SET_COOKIE;

    use super::*;

    #[test]
    fn the_first_stands_alone_and_others_are_left_alone() {
        let lines = [
            (CONTENT_TYPE, "text/html"),
            (DATE, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (SET_COOKIE, "a=1"),
        ];
        let line = |(name, value)| (name, HeaderValue::from_static(value));
        let once: HeaderMap = lines.into_iter().map(line).collect();
        let mut headers = once.clone();
        keep_first(&mut headers);
        assert_eq!(headers, once);

        headers.append(SET_COOKIE, HeaderValue::from_static("b=2"));
        let expected = headers.clone();
        for name in [CONTENT_TYPE, DATE] {
            headers.append(name.clone(), HeaderValue::from_static("image/png"));
            keep_first(&mut headers);
            assert_eq!(headers, expected, "{name}");
        }
    }
}
