//! What frames of all languages have in common: a place in a source file, and a line of their own.

use memchr::memmem;

use crate::errors::signatures::Blame;

/// How far back a frame's own words are looked for, before the place in it.
const FRAME_BYTES_MAX: usize = 300;

/// Where one of several marks stands, and what stands around it.
pub(super) struct Place<'a> {
    pub(super) before: &'a [u8],
    pub(super) after: &'a [u8],
}

/// What stands before a place ends where the last place of its mark did, so a text is gone through
/// once for each mark, however many of them it is stuffed with.
pub(super) fn places<'a>(text: &'a [u8], marks: &'a [&'a str]) -> impl Iterator<Item = Place<'a>> {
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

/// Something that has the shape of a frame.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    /// What a search field held never has lines, so what is repeated of it has none either.
    pub(super) has_own_line: bool,
}

impl Frame {
    /// One that begins behind `before`.
    pub(super) fn behind(before: &[u8]) -> Self {
        Self {
            has_own_line: begins_line(before),
        }
    }

    /// One whose "at" leads to the place behind `before`: directly, or by a function and its
    /// parenthesis. In JSON `\n` and `\t` stand before it as two letters.
    pub(super) fn behind_at(before: &[u8]) -> Option<Self> {
        let opened = before.iter().rposition(|byte| *byte == b'(');
        let spaced = before.iter().rposition(u8::is_ascii_whitespace);
        let found = memmem::find_iter(before, b"at ").filter_map(|at| {
            let rest = before.get(..at).unwrap_or_default();
            let is_word = rest.last().is_none_or(|byte| !byte.is_ascii_alphanumeric())
                || rest.ends_with(br"\n")
                || rest.ends_with(br"\t");
            let path = at + "at ".len();
            let leads_there =
                opened.is_some_and(|it| it >= path) || spaced.is_none_or(|it| it < path);
            (is_word && leads_there).then(|| Self::behind(rest))
        });
        found.reduce(|one, other| Self {
            has_own_line: one.has_own_line || other.has_own_line,
        })
    }
}

/// How many frames were found.
#[derive(Default)]
pub(super) struct Frames {
    all: usize,
    on_own_lines: usize,
}

impl Frames {
    /// Two on lines of their own decide whatever follows.
    pub(super) fn count(frames: impl Iterator<Item = Frame>) -> Self {
        let mut counted = Self::default();
        for frame in frames {
            counted.all += 1;
            counted.on_own_lines += usize::from(frame.has_own_line);
            if counted.on_own_lines == 2 {
                break;
            }
        }
        counted
    }

    /// Whether they are a trace, for frames of which a single one may be quoted in a sentence.
    pub(super) const fn are_a_trace(&self, blame: Blame) -> bool {
        match blame {
            Blame::App => self.on_own_lines >= 1 || self.all >= 2,
            Blame::Client => self.on_own_lines >= 2,
        }
    }

    /// The same for frames that no sentence of an app's own would hold.
    pub(super) const fn are_a_trace_or_one(&self, blame: Blame) -> bool {
        match blame {
            Blame::App => self.all >= 1,
            Blame::Client => self.on_own_lines >= 2,
        }
    }
}

/// `before` without what it ends in of these bytes. An escape such as `\t` is not torn apart.
pub(super) fn without_last(before: &[u8], is_part: impl Fn(u8) -> bool) -> &[u8] {
    let mut end = before.len();
    while let Some(byte) = end.checked_sub(1).and_then(|at| before.get(at)) {
        if !is_part(*byte) {
            break;
        }
        end -= 1;
    }
    let rest = before.get(..end).unwrap_or_default();
    let is_torn = rest.ends_with(br"\") && matches!(before.get(end), Some(b'n' | b'r' | b't'));
    match is_torn {
        true => before.get(..=end).unwrap_or_default(),
        false => rest,
    }
}

/// Whether a line begins behind this, but for the space it is indented by: one of the text's, of a
/// JSON string, of HTML, or an element of a JSON array.
pub(super) fn begins_line(before: &[u8]) -> bool {
    const SPACES: [&[u8]; 5] = [b" ", b"\t", br"\t", b"&nbsp;", "\u{a0}".as_bytes()];
    const BREAKS: [&[u8]; 8] = [
        b"\n", b"\r", br"\n", br"\r", b"<br>", b"<br/>", b"<br />", b"<li>",
    ];
    let mut rest = before;
    while let Some(shorter) = SPACES.iter().find_map(|space| rest.strip_suffix(*space)) {
        rest = shorter;
    }
    let element = rest.strip_suffix(b"\"").map(<[u8]>::trim_ascii_end);
    rest.is_empty()
        || BREAKS.iter().any(|it| rest.ends_with(it))
        || element.is_some_and(|array| array.ends_with(b"[") || array.ends_with(b","))
}

/// Whether a line ends before this.
pub(super) fn ends_line(after: &[u8]) -> bool {
    const BREAKS: [&[u8]; 5] = [b"\n", b"\r", br"\n", br"\r", b"<br"];
    after.is_empty() || BREAKS.iter().any(|it| after.starts_with(it))
}

/// Behind a number that stands here; `None` without one.
pub(super) fn behind_number(text: &[u8]) -> Option<&[u8]> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    text.get(digits..).filter(|_| digits > 0)
}

/// Behind `10:5`.
pub(super) fn behind_line_and_column(text: &[u8]) -> Option<&[u8]> {
    behind_number(behind_number(text)?.strip_prefix(b":")?)
}
