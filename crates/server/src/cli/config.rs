//! `palisade config check | show | schema`, and the reference page for the documentation.

use std::io::{self, Write};
use std::sync::Arc;

use palisade_kernel::Clock;
use palisade_operate::Modes;
use serde_json::json;

use crate::config::{self, Loaded, Mistakes, Sources};
use crate::gateway::candidate;

/// Why `config show` shows nothing.
#[derive(Debug, thiserror::Error)]
pub enum ShowError {
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
    #[error("the output was closed: {0}")]
    Output(#[from] io::Error),
}

/// Reports every mistake, or that there is none: whatever `serve` would refuse before it opens a
/// socket, the files that are named and the proof of the policy included. With `json`, an object
/// with `good`, `mistakes`, `omitted` and `notices`. Returns whether the configuration is good.
///
/// # Errors
///
/// When `out` cannot be written to.
pub fn check(
    sources: &Sources,
    clock: &Arc<dyn Clock>,
    json: bool,
    out: &mut dyn Write,
) -> io::Result<bool> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let loaded = config::load(sources).and_then(|mut loaded| {
        let policy = runtime.block_on(candidate::first(&loaded, &Modes::new(), clock))?;
        let expiring = candidate::expiring(&loaded, clock.now());
        loaded.notices.extend(expiring);
        let unproven = policy.unproven().iter();
        loaded
            .notices
            .extend(unproven.map(|failure| format!("a node would run unproven: {failure}")));
        Ok(loaded)
    });
    if json {
        let (mut report, notices) = match &loaded {
            Ok(loaded) => (json!({ "mistakes": [], "omitted": 0 }), &loaded.notices[..]),
            Err(mistakes) => (mistakes.to_json(), &[][..]),
        };
        report["good"] = json!(loaded.is_ok());
        report["notices"] = json!(notices);
        writeln!(out, "{report:#}")?;
        return Ok(loaded.is_ok());
    }
    match &loaded {
        Ok(loaded) => good(sources, loaded, out)?,
        Err(mistakes) => writeln!(out, "{mistakes}")?,
    }
    Ok(loaded.is_ok())
}

fn good(sources: &Sources, loaded: &Loaded, out: &mut dyn Write) -> io::Result<()> {
    for notice in &loaded.notices {
        writeln!(out, "notice: {notice}")?;
    }
    let name = sources.file().map(|path| path.display().to_string());
    let counted = |count: usize, noun: &str| match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    };
    writeln!(
        out,
        "{} is good: {}, {}.",
        name.as_deref().unwrap_or("The configuration"),
        counted(loaded.config.upstreams.len(), "upstream"),
        counted(loaded.config.routes.len(), "route"),
    )
}

/// Prints every value in force and where it came from: TOML with comments, or with `json` an
/// object of `{value, origin}`.
///
/// # Errors
///
/// The mistakes, when there are any; or when `out` cannot be written to.
pub fn show(sources: &Sources, json: bool, out: &mut dyn Write) -> Result<(), ShowError> {
    let loaded = config::load(sources)?;
    if json {
        writeln!(out, "{:#}", config::show_json(&loaded))?;
    } else {
        write!(out, "{}", config::show(&loaded))?;
    }
    Ok(())
}

/// Prints the JSON schema of the file.
///
/// # Errors
///
/// When `out` cannot be written to.
pub fn schema(out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{:#}", config::schema())
}

/// Prints the reference page of the documentation, as Markdown.
///
/// # Errors
///
/// When `out` cannot be written to.
pub fn reference(out: &mut dyn Write) -> io::Result<()> {
    out.write_all(config::reference().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Overrides;

    fn sources(upstream: &str) -> Sources {
        let upstream = Some(upstream.to_owned());
        let overrides = Overrides {
            upstream,
            ..Overrides::default()
        };
        Sources::new::<&str, &str>(None, [], overrides)
    }

    fn clock() -> Arc<dyn Clock> {
        Arc::new(palisade_kernel::SystemClock::start())
    }

    fn printed(print: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        print(&mut out);
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn check_says_that_all_is_good() {
        let out = printed(|out| {
            assert!(
                check(&sources("http://127.0.0.1:3000"), &clock(), false, out).expect("written")
            );
        });
        assert_eq!(out, "The configuration is good: 1 upstream, 1 route.\n");
    }

    #[test]
    fn check_tells_machines_and_people_the_same() {
        let bad = sources("ftp://127.0.0.1");
        let text = printed(|out| assert!(!check(&bad, &clock(), false, out).expect("written")));
        let json = printed(|out| assert!(!check(&bad, &clock(), true, out).expect("written")));
        let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(json["good"], false);
        assert!(text.contains(json["mistakes"][0]["problem"].as_str().expect("a problem")));
    }

    #[test]
    fn show_prints_a_file_or_an_object() {
        let good = sources("http://127.0.0.1:3000");
        let toml = printed(|out| show(&good, false, out).expect("shown"));
        assert!(toml.parse::<toml::Table>().is_ok(), "{toml}");
        let json = printed(|out| show(&good, true, out).expect("shown"));
        let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(json["upstreams"][0]["name"]["value"], "app");
    }

    #[test]
    fn show_fails_with_the_mistakes() {
        let mut out = Vec::new();
        let error = show(&sources("nonsense"), false, &mut out).expect_err("shown");
        assert!(
            error.to_string().contains("upstreams[0].urls[0]"),
            "{error}"
        );
        assert!(out.is_empty());
    }

    #[test]
    fn schema_is_json() {
        let out = printed(|out| schema(out).expect("written"));
        assert!(serde_json::from_str::<serde_json::Value>(&out).is_ok());
    }
}
