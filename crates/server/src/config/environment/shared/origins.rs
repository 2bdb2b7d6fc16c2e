//! `CORS_ORIGINS` and `DEV_MODE`, as FastAPI applications have them.

use std::ffi::OsStr;

use palisade_edge::origin::OriginPattern;

use super::rate_limit::{insert, origin, refuse};
use crate::config::mistakes::Report;
use crate::config::tree::{Branch, Data, Value};

pub(super) const CORS_ORIGINS: &str = "CORS_ORIGINS";
pub(super) const DEV_MODE: &str = "DEV_MODE";

pub(super) const CORS_ORIGINS_KEY: &str = "edge.cors.origins";
pub(super) const DEV_MODE_KEY: &str = "edge.cors.development";

/// With commas between, or as a list in JSON, which is how pydantic reads it. A "/" behind the host,
/// which pydantic writes itself, is let go.
pub(super) fn set_origins(written: &OsStr, branch: &mut Branch, report: &mut Report) {
    let text = written.to_string_lossy();
    let items: Option<Vec<String>> = match text.trim_start().starts_with('[') {
        true => serde_json::from_str(&text).ok(),
        false => Some(text.split(',').map(str::to_owned).collect()),
    };
    let items = items.map(|items| {
        let items = items.iter().map(|item| item.trim().trim_end_matches('/'));
        items
            .filter(|item| !item.is_empty())
            .map(str::to_owned)
            .collect::<Vec<_>>()
    });
    let is_origin = |item: &String| item.parse::<OriginPattern>().is_ok();
    match items.filter(|items| items.iter().all(is_origin)) {
        Some(items) => {
            let origin = origin(CORS_ORIGINS);
            let items = items
                .into_iter()
                .map(|item| Value::text(item, origin.clone()));
            let data = Data::List(items.collect());
            insert(branch, CORS_ORIGINS_KEY, Value { data, origin });
        }
        None => {
            let expected = "expected origins such as \"https://app.example.com\"";
            refuse(CORS_ORIGINS, CORS_ORIGINS_KEY, expected, written, report);
        }
    }
}

pub(super) fn set_dev_mode(written: &OsStr, branch: &mut Branch, report: &mut Report) {
    match super::boolean(written) {
        Some(is_on) => {
            let data = Data::Boolean(is_on);
            let origin = origin(DEV_MODE);
            insert(branch, DEV_MODE_KEY, Value { data, origin });
        }
        None => refuse(
            DEV_MODE,
            DEV_MODE_KEY,
            "expected true or false",
            written,
            report,
        ),
    }
}
