//! Style sheet, fonts and the client bundle, whose name carries a hash of its content.

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;

use crate::app::App;

const STYLE: &str = include_str!("../assets/proofsheet.css");
const CLIENT: &str = include_str!("../assets/app.js");
const SANS: &[u8] = include_bytes!("../assets/fonts/inter-latin-wght-normal.woff2");
const SERIF: &[u8] = include_bytes!("../assets/fonts/instrument-serif-latin-400-normal.woff2");
const SERIF_ITALIC: &[u8] =
    include_bytes!("../assets/fonts/instrument-serif-latin-400-italic.woff2");

/// How the secret in the client bundle begins.
pub const BUNDLE_SECRET_PREFIX: &str = concat!("sk_", "live_");

/// Where the client bundle is found; `{hash}` stands for sixteen hexadecimal digits.
pub const CLIENT_BUNDLE_PATTERN: &str = "/assets/app.{hash}.js";

/// The place in the source that the build fills in.
const SECRET_PLACE: &str = "__PAYMENTS_KEY__";

/// FAKE. It has the shape of a payment provider's live secret and opens nothing. It is put
/// together here so that scanners of this repository do not take it for a real one.
const FAKE_SECRET: &str = concat!("sk_", "live_", "51PrSh33tD3m0F4k3K3yN0tR34lq8WvZ2xTbL");

/// The client bundle as it is served.
pub(crate) struct Bundle {
    pub(crate) path: String,
    pub(crate) map_path: String,
    script: String,
    source_map: String,
}

impl Bundle {
    /// The bundle, with the secret in it unless `fixed`.
    pub(crate) fn new(fixed: bool) -> Self {
        let secret = if fixed { "" } else { FAKE_SECRET };
        let source = CLIENT.replace(SECRET_PLACE, secret);
        let hash = fingerprint(source.as_bytes());
        let map_path = format!("/assets/app.{hash:016x}.js.map");
        let name = map_path.trim_start_matches("/assets/");
        let source_map = source_map(&source);
        let script = format!("{source}\n//# sourceMappingURL={name}\n");
        Self {
            path: format!("/assets/app.{hash:016x}.js"),
            map_path,
            script,
            source_map,
        }
    }
}

/// A source map, version 3, that maps every line to itself and carries the source in full.
fn source_map(source: &str) -> String {
    // "AAAA" is the start of the first line; "AACA" moves one source line down.
    let mappings = format!(
        "AAAA{}",
        ";AACA".repeat(source.lines().count().saturating_sub(1))
    );
    serde_json::json!({
        "version": 3,
        "file": "app.js",
        "sources": ["webpack://proofsheet/src/client/app.js"],
        "sourcesContent": [source],
        "names": [],
        "mappings": mappings,
    })
    .to_string()
}

/// FNV-1a, 64 bits: a name for the content, nothing more.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

const SHORT: &str = "public, max-age=300";
const FOREVER: &str = "public, max-age=31536000, immutable";

pub(crate) async fn style() -> impl IntoResponse {
    (
        [
            (CONTENT_TYPE, "text/css; charset=utf-8"),
            (CACHE_CONTROL, SHORT),
        ],
        STYLE,
    )
}

pub(crate) async fn script(State(app): State<App>) -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (CACHE_CONTROL, FOREVER),
    ];
    (headers, app.bundle.script.clone())
}

pub(crate) async fn script_map(State(app): State<App>) -> impl IntoResponse {
    (
        [(CONTENT_TYPE, "application/json")],
        app.bundle.source_map.clone(),
    )
}

pub(crate) async fn sans() -> impl IntoResponse {
    font(SANS)
}

pub(crate) async fn serif() -> impl IntoResponse {
    font(SERIF)
}

pub(crate) async fn serif_italic() -> impl IntoResponse {
    font(SERIF_ITALIC)
}

fn font(bytes: &'static [u8]) -> impl IntoResponse {
    (
        [(CONTENT_TYPE, "font/woff2"), (CACHE_CONTROL, FOREVER)],
        bytes,
    )
}

pub(crate) async fn icon() -> impl IntoResponse {
    const ICON: &str = concat!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">"##,
        r##"<rect width="32" height="32" rx="8" fill="#17161a"/>"##,
        r##"<circle cx="21" cy="11" r="4" fill="#f2b263"/>"##,
        r##"<path d="M4 25l8-11 5 6 4-5 7 10z" fill="#f6f3ee"/></svg>"##
    );
    (
        [(CONTENT_TYPE, "image/svg+xml"), (CACHE_CONTROL, SHORT)],
        ICON,
    )
}
