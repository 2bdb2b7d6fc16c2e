//! How debug pages and stack traces are known: a row per framework or language.
//!
//! A signature must be what no error page of an app's own would say: the wording of a framework's
//! template, or the shape of a frame, place and line included.

use memchr::memmem;

use super::traces;

pub(super) struct Signature {
    pub(super) name: &'static str,
    evidence: Evidence,
}

enum Evidence {
    /// One of these groups, with every text in it.
    Any(&'static [&'static [&'static str]]),
    Trace(fn(&[u8]) -> bool),
}

use Evidence::{Any, Trace};

/// Pages before traces: a page names the framework, and often holds a trace as well.
static SIGNATURES: &[Signature] = &[
    page(
        "aspnet-core-developer-page",
        &[
            &[
                "An unhandled exception occurred while processing the request",
                "stackpage",
            ],
            &[" at Microsoft.AspNetCore.", "HEADERS"],
        ],
    ),
    page(
        "aspnet-error-page",
        &[
            &["Server Error in '", "Version Information:"],
            &["Server Error in '", "Stack Trace:"],
        ],
    ),
    // Also its 404 with all URL patterns, and the plain text that programs get.
    page(
        "django-debug-page",
        &[
            &["<code>DEBUG = True</code>"],
            &["Django Version:", "Exception Type:"],
            &["Django Version:", "Exception Value:"],
        ],
    ),
    page(
        "laravel-debug-page",
        &[
            &["window.ignite("],
            &["laravel-exceptions-renderer"],
            &["/vendor/laravel/framework/src/Illuminate"],
            &[r"\/vendor\/laravel\/framework\/src\/Illuminate"],
        ],
    ),
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
            &["<code>Rack::ShowExceptions</code>"],
            &["<code>show_exceptions</code>"],
        ],
    ),
    page(
        "rails-debug-page",
        &[
            &["Action Controller: Exception caught"],
            &["\"Application Trace\"", "\"Framework Trace\""],
        ],
    ),
    page(
        "starlette-debug-page",
        &[&["<title>Starlette Debugger</title>"]],
    ),
    page(
        "symfony-exception-page",
        &[
            &["exception-summary", "exception-message-wrapper"],
            &["\"class\":", "\"trace\":[{\"namespace\":"],
        ],
    ),
    // A console in the browser: whoever sees it may run code.
    page(
        "werkzeug-debugger",
        &[
            &["// Werkzeug Debugger</title>"],
            &["EVALEX", "__debugger__"],
        ],
    ),
    page("vite-error-overlay", &[&["/@vite/client", "ErrorOverlay"]]),
    page(
        "whoops-page",
        &[&["Whoops! There was an error."], &["Whoops container"]],
    ),
    trace("dotnet-trace", traces::dotnet),
    trace("elixir-trace", traces::elixir),
    trace("go-panic", traces::go),
    trace("java-trace", traces::java),
    trace("javascript-trace", traces::javascript),
    trace("perl-trace", traces::perl),
    trace("php-trace", traces::php),
    page(
        "python-traceback",
        &[&["Traceback (most recent call last)"]],
    ),
    trace("ruby-trace", traces::ruby),
    trace("rust-panic", traces::rust),
];

/// The first that `text` carries.
pub(super) fn find(text: &[u8]) -> Option<&'static Signature> {
    let stands = |part: &&str| memmem::find(text, part.as_bytes()).is_some();
    SIGNATURES
        .iter()
        .find(|signature| match signature.evidence {
            Any(groups) => groups.iter().any(|group| group.iter().all(stands)),
            Trace(is_there) => is_there(text),
        })
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

const fn trace(name: &'static str, is_there: fn(&[u8]) -> bool) -> Signature {
    Signature {
        name,
        evidence: Trace(is_there),
    }
}
