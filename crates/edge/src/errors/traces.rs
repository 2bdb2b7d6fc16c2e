//! Stack traces by the shape of their frames: a source file, a line, and the words around them.
//! Text in JSON strings and in HTML reads the same, because no frame spans an escape.

use memchr::memmem;

/// How far back a frame's own words are looked for, before the place in it.
const FRAME_BYTES_MAX: usize = 300;

/// `at com.acme.Cart.total(Cart.java:42)`
pub(super) fn java(text: &[u8]) -> bool {
    let extensions = [".java:", ".kt:", ".scala:", ".groovy:"];
    places(text, &extensions).any(|place| {
        let (line, after) = number(place.after);
        line && after.starts_with(b")") && says_at(place.before)
    })
}

/// `at total (/srv/app/cart.js:10:5)`
pub(super) fn javascript(text: &[u8]) -> bool {
    let extensions = [
        ".js:", ".mjs:", ".cjs:", ".jsx:", ".ts:", ".mts:", ".tsx:", ".vue:",
    ];
    places(text, &extensions).any(|place| is_line_and_column(place.after) && says_at(place.before))
}

/// `panicked at src/cart.rs:10:5`, and the frames of a backtrace.
pub(super) fn rust(text: &[u8]) -> bool {
    places(text, &[".rs:"]).any(|place| is_line_and_column(place.after) && says_at(place.before))
}

/// `at Acme.Cart.Total() in C:\src\Cart.cs:line 42`
pub(super) fn dotnet(text: &[u8]) -> bool {
    let extensions = [".cs:line ", ".vb:line ", ".fs:line "];
    places(text, &extensions).any(|place| number(place.after).0)
}

/// `app/models/cart.rb:42:in 'total'`
pub(super) fn ruby(text: &[u8]) -> bool {
    places(text, &[".rb:", ".erb:"]).any(|place| {
        let (line, after) = number(place.after);
        line && after.starts_with(b":in ")
    })
}

/// `#0 /srv/www/cart.php(42): total()`, and the notices of `display_errors`.
pub(super) fn php(text: &[u8]) -> bool {
    let in_a_frame = places(text, &[".php("]).any(|place| {
        let (line, after) = number(place.after);
        line && after.starts_with(b"): ") && place.before.contains(&b'#')
    });
    let extensions = [".php on line ", ".php</b> on line <b>"];
    in_a_frame
        || places(text, &extensions).any(|place| number(place.after).0)
        || memmem::find(text, b"Stack trace:\n#0 ").is_some()
}

/// `goroutine 1 [running]:`
pub(super) fn go(text: &[u8]) -> bool {
    places(text, &["goroutine "]).any(|place| {
        let (id, after) = number(place.after);
        id && after.starts_with(b" [")
    })
}

/// `(shop 0.1.0) lib/shop/cart.ex:42: Shop.Cart.total/1`
pub(super) fn elixir(text: &[u8]) -> bool {
    places(text, &[".ex:", ".exs:"]).any(|place| {
        let (line, after) = number(place.after);
        line && after.starts_with(b": ") && memmem::find(place.before, b") ").is_some()
    })
}

/// `Died at /srv/www/cart.pl line 42.`
pub(super) fn perl(text: &[u8]) -> bool {
    places(text, &[".pl line ", ".pm line "])
        .any(|place| number(place.after).0 && says_at(place.before))
}

/// Where one of several marks stands, and what stands around it.
struct Place<'a> {
    before: &'a [u8],
    after: &'a [u8],
}

/// What stands before a place ends where the last place of its mark did, so a text is gone through
/// once for each mark, however many of them it is stuffed with.
fn places<'a>(text: &'a [u8], marks: &'a [&'a str]) -> impl Iterator<Item = Place<'a>> {
    marks.iter().flat_map(move |mark| {
        let mut last_end = 0;
        memmem::find_iter(text, mark.as_bytes()).map(move |at| {
            let begin = last_end.max(at.saturating_sub(FRAME_BYTES_MAX));
            last_end = at + mark.len();
            Place {
                before: text.get(begin..at).unwrap_or_default(),
                after: text.get(last_end..).unwrap_or_default(),
            }
        })
    })
}

/// Whether a number stands here, and what stands behind it.
fn number(text: &[u8]) -> (bool, &[u8]) {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (digits > 0, text.get(digits..).unwrap_or_default())
}

fn is_line_and_column(text: &[u8]) -> bool {
    let (line, after) = number(text);
    line && after
        .strip_prefix(b":")
        .is_some_and(|column| number(column).0)
}

/// Whether a frame's "at" leads to this place: directly, or by a function and its parenthesis. In
/// JSON `\n` and `\t` stand before it as two letters, and in HTML perhaps an element.
fn says_at(before: &[u8]) -> bool {
    let opened = before.iter().rposition(|byte| *byte == b'(');
    let spaced = before.iter().rposition(u8::is_ascii_whitespace);
    memmem::find_iter(before, b"at ").any(|at| {
        let rest = before.get(..at).unwrap_or_default();
        let is_word = rest.last().is_none_or(|byte| !byte.is_ascii_alphanumeric());
        let end = at + "at ".len();
        (is_word || rest.ends_with(br"\n") || rest.ends_with(br"\t"))
            && (opened.is_some_and(|it| it >= end) || spaced.is_none_or(|it| it < end))
    })
}
