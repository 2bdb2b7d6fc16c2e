//! How debug pages and stack traces are known: a row per framework or language.
//!
//! A signature must be what no error page of an app's own would say, nor one that repeats what the
//! client sent: a framework's template with its markup, which text that is repeated has escaped, or
//! the shape of frames, places and lines included.

use http::StatusCode;
use memchr::memmem;

use super::traces;

pub(super) struct Signature {
    pub(super) name: &'static str,
    evidence: Evidence,
}

enum Evidence {
    /// One of these groups, with every text in it.
    Any(&'static [&'static [&'static str]]),
    Trace(fn(&[u8], Blame) -> bool),
}

/// Whom a status blames for an error. Where it is the client, the answer often repeats what it sent,
/// and it takes more for a trace to be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blame {
    App,
    Client,
}

use Evidence::{Any, Trace};

/// Pages before traces: a page names the framework, and often holds a trace as well.
static SIGNATURES: &[Signature] = &[
    page(
        "aspnet-core-developer-page",
        &[
            &[
                "An unhandled exception occurred while processing the request",
                "id=\"stackpage\"",
            ],
            &[" at Microsoft.AspNetCore.", "\nHEADERS\r\n======="],
            &[" at Microsoft.AspNetCore.", "\nHEADERS\n======="],
        ],
    ),
    page(
        "aspnet-error-page",
        &[
            &["<H1>Server Error in '", "<b>Version Information:</b>"],
            &["<H1>Server Error in '", "<b>Stack Trace:</b>"],
        ],
    ),
    // Also its 404 with all URL patterns, and the plain text that programs get.
    page(
        "django-debug-page",
        &[
            &["because you have <code>DEBUG = True</code>"],
            &[">Django Version:</th>", ">Exception Type:</th>"],
            &[
                "\nRequest Method: ",
                "\nDjango Version: ",
                "\nException Type: ",
            ],
        ],
    ),
    page(
        "laravel-debug-page",
        &[&["window.data = ", "window.ignite(window.data)"]],
    ),
    trace("laravel-debug-page", traces::laravel),
    page(
        "php-exception-json",
        &[
            &["\"exception\":", "\"file\":", "\"line\":", "\"trace\":["],
            &["\"exception\":", "\"file\":", "\"line\":", "\"trace\": ["],
        ],
    ),
    page(
        "rack-debug-page",
        &[
            &["because you use <code>Rack::ShowExceptions</code>"],
            &["enabled the <code>show_exceptions</code> setting"],
        ],
    ),
    page(
        "rails-debug-page",
        &[
            &["<title>Action Controller: Exception caught</title>"],
            &[
                "\"traces\":{\"Application Trace\":[",
                "\"Framework Trace\":[",
            ],
        ],
    ),
    page(
        "starlette-debug-page",
        &[&["<title>Starlette Debugger</title>"]],
    ),
    // In production older versions show a page of the same classes, but for the trace.
    page(
        "symfony-exception-page",
        &[
            &[
                "class=\"exception-message-wrapper\"",
                "class=\"trace trace-as-html\"",
            ],
            &["\"class\":", "\"trace\":[{\"namespace\":"],
        ],
    ),
    // A console in the browser: whoever sees it may run code.
    page(
        "werkzeug-debugger",
        &[
            &["// Werkzeug Debugger</title>"],
            &["EVALEX = ", "?__debugger__=yes"],
        ],
    ),
    page(
        "vite-error-overlay",
        &[&[
            "<script type=\"module\">",
            "/@vite/client",
            "new ErrorOverlay(",
        ]],
    ),
    page("whoops-page", &[&["<div class=\"Whoops container\">"]]),
    trace("dotnet-trace", traces::dotnet),
    trace("elixir-trace", traces::elixir),
    trace("go-panic", traces::go),
    trace("java-trace", traces::java),
    trace("javascript-trace", traces::javascript),
    trace("perl-trace", traces::perl),
    trace("php-trace", traces::php),
    trace("python-traceback", traces::python),
    trace("ruby-trace", traces::ruby),
    trace("rust-panic", traces::rust),
];

/// The first that `text` carries.
pub(super) fn find(text: &[u8], blame: Blame) -> Option<&'static Signature> {
    let stands = |part: &&str| memmem::find(text, part.as_bytes()).is_some();
    SIGNATURES
        .iter()
        .find(|signature| match signature.evidence {
            Any(groups) => groups.iter().any(|group| group.iter().all(stands)),
            Trace(is_there) => is_there(text, blame),
        })
}

impl Blame {
    pub(super) fn of(status: StatusCode) -> Self {
        match status.is_server_error() {
            true => Self::App,
            false => Self::Client,
        }
    }
}

/// The names of all of them, for tests.
#[cfg(test)]
pub(super) fn names() -> Vec<&'static str> {
    SIGNATURES.iter().map(|signature| signature.name).collect()
}

const fn page(name: &'static str, groups: &'static [&'static [&'static str]]) -> Signature {
    Signature {
        name,
        evidence: Any(groups),
    }
}

const fn trace(name: &'static str, is_there: fn(&[u8], Blame) -> bool) -> Signature {
    Signature {
        name,
        evidence: Trace(is_there),
    }
}
