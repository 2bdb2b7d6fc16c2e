//! What a crash shows when debugging was left on: the message, the trace, the environment.

use std::num::ParseIntError;

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use maud::{DOCTYPE, PreEscaped, html};

/// What the made-up trace passes through below the handler, as a release of this app would.
const FRAMES: [(&str, &str); 6] = [
    (
        "core::result::unwrap_failed",
        "/rustc/59807616e/library/core/src/result.rs:1867:5",
    ),
    (
        "proofsheet::{handler}",
        "/srv/proofsheet/src/{file}.rs:88:31",
    ),
    (
        "axum::handler::Handler::call",
        "/usr/local/cargo/registry/src/axum-0.8.9/src/handler/mod.rs:239:9",
    ),
    (
        "tower::util::oneshot::Oneshot::poll",
        "/usr/local/cargo/registry/src/tower-0.5.3/src/util/oneshot.rs:97:38",
    ),
    (
        "hyper::proto::h1::dispatch::Dispatcher::poll_loop",
        "/usr/local/cargo/registry/src/hyper-1.12.0/src/proto/h1/dispatch.rs:168:36",
    ),
    (
        "tokio::runtime::task::raw::poll",
        "/usr/local/cargo/registry/src/tokio-1.54.0/src/runtime/task/raw.rs:325:5",
    ),
];

/// FAKE, every value of it: the shape of what leaks, nothing that opens anything.
const ENVIRONMENT: [(&str, &str); 6] = [
    ("APP_ENV", "production"),
    (
        "DATABASE_URL",
        concat!(
            "postgres://proofsheet:",
            "n0t-a-real-passw0rd",
            "@10.0.4.12:5432/proofsheet"
        ),
    ),
    ("REDIS_URL", "redis://10.0.4.15:6379/0"),
    ("SMTP_PASSWORD", "n0t-a-real-passw0rd-either"),
    ("HOSTNAME", "proofsheet-web-7c9f-2"),
    ("RUST_BACKTRACE", "full"),
];

/// `/crash`: always fails, with the page for browsers.
pub(crate) async fn crash() -> Response {
    let message = "called `Result::unwrap()` on an `Err` value: PoolTimedOut";
    (
        StatusCode::INTERNAL_SERVER_ERROR,
        Html(page(message, "gallery::featured")),
    )
        .into_response()
}

/// The API's answer to a number that is none: the trace as text.
pub(crate) fn of_bad_number(handler: &str, value: &str, error: &ParseIntError) -> Response {
    let message = format!(
        "called `Result::unwrap()` on an `Err` value: ParseIntError {{ kind: {:?} }} (id = {value:?})",
        error.kind()
    );
    text(&message, handler)
}

/// The answer to a failure of our own, with everything the server knows about it.
pub(crate) fn of_error(error: &anyhow::Error) -> Response {
    text(&format!("{error:#}"), "uploads::form")
}

fn text(message: &str, handler: &str) -> Response {
    let mut body = format!(
        "thread 'tokio-runtime-worker' panicked at {}:\n{message}\nstack backtrace:\n",
        place(handler)
    );
    for (index, (function, location)) in frames(handler).iter().enumerate() {
        body.push_str(&format!(
            "  {index:>2}: {function}\n             at {location}\n"
        ));
    }
    body.push_str("environment:\n");
    for (name, value) in ENVIRONMENT {
        body.push_str(&format!("  {name}={value}\n"));
    }
    (StatusCode::INTERNAL_SERVER_ERROR, body).into_response()
}

fn place(handler: &str) -> String {
    format!(
        "src/{}.rs:88:31",
        handler.split("::").next().unwrap_or(handler)
    )
}

fn frames(handler: &str) -> Vec<(String, String)> {
    let file = handler.split("::").next().unwrap_or(handler);
    let fill = |text: &str| text.replace("{handler}", handler).replace("{file}", file);
    FRAMES
        .iter()
        .map(|(function, location)| (fill(function), fill(location)))
        .collect()
}

const STYLE: &str = "body{margin:0;font:15px/1.5 ui-monospace,Menlo,monospace;background:#17161a;color:#eee}\
header{background:#c2331f;padding:28px 40px}h1{margin:0 0 6px;font-size:20px}section{padding:20px 40px}\
h2{font-size:13px;text-transform:uppercase;letter-spacing:.08em;color:#f2b263}li{margin:8px 0}\
small{color:#9a96a3;display:block}td{padding:3px 24px 3px 0}";

fn page(message: &str, handler: &str) -> String {
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head { title { "500: " (message) } style { (PreEscaped(STYLE)) } }
            body {
                header { h1 { "500 · panicked at " (place(handler)) } div { (message) } }
                section { h2 { "Stack backtrace" } ol { @for (function, location) in frames(handler) { li { (function) small { (location) } } } } }
                section { h2 { "Environment" } table { @for (name, value) in ENVIRONMENT { tr { td { (name) } td { (value) } } } } }
            }
        }
    };
    markup.into_string()
}
