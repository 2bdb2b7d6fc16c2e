//! Stack traces by the shape of their frames: a source file, a line, and the words around them.
//! Text in JSON strings and in HTML reads the same, because no frame spans an escape.
//!
//! Each of these goes through a text once for each of its marks.

mod frame;

use memchr::memmem;

use super::signatures::Blame;
use frame::{
    Frame, Frames, Place, begins_line, behind_line_and_column, behind_number, ends_line, places,
    without_last,
};

/// How long a path or a name may be that stands behind a mark.
const NAME_BYTES_MAX: usize = 300;

/// `File "/srv/cart.py", line 12` behind `Traceback (most recent call last):`, or two of them in
/// functions, as `traceback.format_tb` writes them. Quotes may be escaped.
pub(super) fn python(text: &[u8], _: Blame) -> bool {
    let frames = || {
        places(text, &[", line "]).filter_map(|place| {
            let after = behind_number(place.after)?;
            let file = memmem::rfind(place.before, b"File ")?;
            let quote = place.before.get(file + "File ".len());
            let is_quoted = matches!(quote, Some(b'"' | b'\\' | b'&'));
            is_quoted.then_some((place.before, after))
        })
    };
    let header = memmem::Finder::new("Traceback (most recent call last)");
    let is_headed = frames().any(|(before, _)| header.find(before).is_some());
    let in_functions = frames().filter(|(_, after)| after.starts_with(b", in "));
    is_headed || in_functions.take(2).count() == 2
}

/// `at com.acme.Cart.total(Cart.java:42)`, and two lines of it without `at`, as Tomcat writes them.
pub(super) fn java(text: &[u8], blame: Blame) -> bool {
    let extensions = [".java:", ".kt:", ".scala:", ".groovy:"];
    let places = || {
        places(text, &extensions)
            .filter(|place| behind_number(place.after).is_some_and(|after| after.starts_with(b")")))
    };
    let is_bare = |place: &Place<'_>| {
        let method = place.before.iter().rposition(|byte| *byte == b'(');
        method.is_some_and(|method| {
            let before = place.before.get(..method).unwrap_or_default();
            let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"._$<>&;/@-".contains(&byte);
            let rest = without_last(before, is_part);
            let name = before.get(rest.len()..).unwrap_or_default();
            name.contains(&b'.') && begins_line(rest)
        })
    };
    let frames = places().filter_map(|place| Frame::behind_at(place.before));
    Frames::count(frames).are_a_trace(blame) || places().filter(is_bare).take(2).count() == 2
}

/// `at total (/srv/app/cart.js:10:5)`
pub(super) fn javascript(text: &[u8], blame: Blame) -> bool {
    let extensions = [
        ".js:", ".mjs:", ".cjs:", ".jsx:", ".ts:", ".mts:", ".tsx:", ".vue:",
    ];
    let frames = places(text, &extensions).filter_map(|place| {
        behind_line_and_column(place.after)?;
        Frame::behind_at(place.before)
    });
    Frames::count(frames).are_a_trace(blame)
}

/// `panicked at src/cart.rs:10:5`, or two frames of a backtrace. Where the client is to blame it may
/// have asked about a panic, so there the message must follow on the next line.
pub(super) fn rust(text: &[u8], blame: Blame) -> bool {
    let places = || {
        places(text, &[".rs:"])
            .filter_map(|place| Some((place.before, behind_line_and_column(place.after)?)))
    };
    let panicked = memmem::FinderRev::new("panicked at ");
    let is_panic = |(before, after): (&[u8], &[u8])| {
        let said = panicked.rfind(before).and_then(|at| before.get(at..));
        said.is_some_and(|said| !said.contains(&b'\n'))
            && (blame == Blame::App || after.strip_prefix(b":").is_some_and(ends_line))
    };
    let backtrace = places()
        .filter_map(|(before, _)| Frame::behind_at(before))
        .filter(|frame| frame.has_own_line);
    places().any(is_panic) || backtrace.take(2).count() == 2
}

/// `at Acme.Cart.Total() in C:\src\Cart.cs:line 42`
pub(super) fn dotnet(text: &[u8], blame: Blame) -> bool {
    let extensions = [".cs:line ", ".vb:line ", ".fs:line "];
    let frames = places(text, &extensions).filter_map(|place| {
        behind_number(place.after)?;
        memmem::rfind(place.before, b") in ")?;
        Frame::behind_at(place.before)
    });
    Frames::count(frames).are_a_trace_or_one(blame)
}

/// `app/models/cart.rb:42:in 'total'`
pub(super) fn ruby(text: &[u8], blame: Blame) -> bool {
    let frames = places(text, &[".rb:", ".erb:"]).filter_map(|place| {
        let method = behind_number(place.after)?.strip_prefix(b":in ")?.first()?;
        let is_part = |byte: u8| !byte.is_ascii_whitespace() && !b"\"\\>;".contains(&byte);
        let rest = without_last(place.before, is_part);
        let rest = rest.strip_suffix(b"from ").unwrap_or(rest);
        b"'`&\\\"".contains(method).then(|| Frame::behind(rest))
    });
    Frames::count(frames).are_a_trace_or_one(blame)
}

/// `#0 /srv/www/cart.php(42): total()`, `#1 {main}`, and what `display_errors` shows.
pub(super) fn php(text: &[u8], blame: Blame) -> bool {
    let numbered = places(text, &[".php(", " {main}"]).filter_map(|place| {
        let mark = place.before.iter().rposition(|byte| *byte == b'#')?;
        let (before, path) = place.before.split_at(mark);
        let path = behind_number(path.get(1..)?)?;
        let is_called = behind_number(place.after).is_some_and(|it| it.starts_with(b"): "));
        (is_called || path.is_empty()).then(|| Frame::behind(before))
    });
    let mut in_html = places(text, &[".php</b> on line <b>"]);
    let mut in_text = places(text, &[".php on line "]);
    Frames::count(numbered).are_a_trace_or_one(blame)
        || in_html.any(|place| behind_number(place.after).is_some())
        || in_text.any(|place| is_php_notice(&place, blame))
}

/// `Warning: Undefined variable $x in /srv/www/cart.php on line 12`. People search for notices, so
/// where the client is to blame it must have a line of its own, as PHP gives it one.
fn is_php_notice(place: &Place<'_>, blame: Blame) -> bool {
    const LABELS: [&[u8]; 6] = [
        b"PHP ",
        b"Fatal error: ",
        b"Parse error: ",
        b"Warning: ",
        b"Notice: ",
        b"Deprecated: ",
    ];
    let Some(after) = behind_number(place.after) else {
        return false;
    };
    let path = memmem::rfind(place.before, b" in ").and_then(|at| place.before.get(at + 4..));
    let is_absolute = match path {
        Some([b'/' | b'\\', ..]) => true,
        Some([drive, b':', ..]) => drive.is_ascii_alphabetic(),
        _ => false,
    };
    let line = place.before.iter().rposition(|byte| *byte == b'\n');
    let line = line
        .and_then(|at| place.before.get(at + 1..))
        .unwrap_or_default();
    let has_own_line = ends_line(after) && LABELS.iter().any(|label| line.starts_with(label));
    is_absolute && (blame == Blame::App || has_own_line)
}

/// A source file of the framework with its line, as its pages and its JSON tell it.
pub(super) fn laravel(text: &[u8], blame: Blame) -> bool {
    let folders = [
        "/laravel/framework/src/Illuminate/",
        r"\/laravel\/framework\/src\/Illuminate\/",
    ];
    let found = places(text, &folders).filter(|place| {
        let after = place.after.get(..NAME_BYTES_MAX).unwrap_or(place.after);
        memmem::find(after, b".php")
            .and_then(|at| after.get(at + ".php".len()..))
            .is_some_and(is_line_of_php)
    });
    let wanted = match blame {
        Blame::App => 1,
        Blame::Client => 2,
    };
    found.take(wanted).count() == wanted
}

/// `:12` and `(12)`, also in an element of its own, and `","line":12`.
fn is_line_of_php(after: &[u8]) -> bool {
    const LEADS: [&[u8]; 5] = [
        b":",
        b"(",
        b"\",\"line\":",
        b"\", \"line\": ",
        b"&quot;,&quot;line&quot;:",
    ];
    /// A closing element, space and an opening one.
    const STEPS_MAX: usize = 4;
    let mut rest = after;
    for _ in 0..STEPS_MAX {
        rest = rest.trim_ascii_start();
        if rest.first() == Some(&b'<') {
            let end = rest.iter().position(|byte| *byte == b'>');
            rest = end.and_then(|end| rest.get(end + 1..)).unwrap_or_default();
        }
    }
    let mut behind = LEADS.iter().filter_map(|lead| rest.strip_prefix(*lead));
    behind.any(|line| behind_number(line).is_some())
}

/// `goroutine 1 [running]:`, and behind it `/srv/cart.go:12 +0x1d`
pub(super) fn go(text: &[u8], _: Blame) -> bool {
    let headers = places(text, &["goroutine "]).filter_map(|place| {
        let state = behind_number(place.after)?.strip_prefix(b" [")?;
        let state = state.get(..NAME_BYTES_MAX).unwrap_or(state);
        let end = memmem::find(state, b"]:")?;
        let is_one_line = !state.get(..end)?.contains(&b'\n');
        is_one_line.then_some(place.after)
    });
    let is_frame = |place: Place<'_>| {
        behind_number(place.after)
            .is_some_and(|after| ends_line(after) || after.starts_with(b" +0x"))
    };
    // A frame behind a later header stands behind the first one too.
    let mut first = headers.take(1);
    first.any(|trace| places(trace, &[".go:"]).any(is_frame))
}

/// `(shop 0.1.0) lib/shop/cart.ex:42: Shop.Cart.total/1`
pub(super) fn elixir(text: &[u8], blame: Blame) -> bool {
    let frames = places(text, &[".ex:", ".exs:"]).filter_map(|place| {
        let function = behind_number(place.after)?.strip_prefix(b": ")?;
        let function = function.get(..NAME_BYTES_MAX).unwrap_or(function);
        let slash = function.iter().position(|byte| *byte == b'/')?;
        behind_number(function.get(slash + 1..)?)?;
        let is_part = |byte: u8| !byte.is_ascii_whitespace();
        let app = without_last(place.before, is_part).strip_suffix(b") ")?;
        let opened = app.iter().rposition(|byte| *byte == b'(')?;
        Some(Frame::behind(app.get(..opened)?))
    });
    Frames::count(frames).are_a_trace_or_one(blame)
}

/// `Died at /srv/www/cart.pl line 42.` Where the client is to blame it must be a frame of Carp's,
/// with a line of its own: `main::total() called at /srv/www/cart.pl line 42`.
pub(super) fn perl(text: &[u8], blame: Blame) -> bool {
    places(text, &[".pl line ", ".pm line "]).any(|place| {
        let Some(after) = behind_number(place.after) else {
            return false;
        };
        let path = memmem::rfind(place.before, b"at ");
        let said = path
            .and_then(|at| place.before.get(..at))
            .unwrap_or_default();
        Frame::behind_at(place.before).is_some()
            && (blame == Blame::App || (said.ends_with(b" called ") && ends_line(after)))
    })
}
