//! The reference page `docs/configuration.md`: every key with its prose, kind, default and
//! environment variable, made from the registry and `config.default.toml`.

use super::defaults;
use super::registry::{AnyKey, Need, each_table, join, variable};
use super::show::to_toml;
use super::tree::Branch;

const INTRODUCTION: &str = "\
<!-- Generated from crates/server/config.default.toml and the registry of keys. Do not edit. -->
# Configuration

Palisade reads `palisade.toml`, named with `-c`. What stands there wins over the built-in defaults
below; an environment variable `PALISADE_SECTION__KEY` wins over the file; a command-line flag wins
over all. Names that platforms and applications share act below the file: `PORT` (mode `plain` on
`0.0.0.0:$PORT`, unless `listen.mode` or `listen.address` is set), `LOG_LEVEL` (`log.level`), and the five
`RATELIMIT_…` of [edge.rate-limit](controls/edge.rate-limit.md#coming-from-slowapi).
Names that begin with `PALISADE_TEST_` are those of the project's own tests and are passed over.

A list in a variable is its items with commas between, or TOML. A list of tables is set whole, as
TOML: `PALISADE_UPSTREAMS='[{ name = \"app\", urls = [\"http://127.0.0.1:3000\"] }]'`.

`palisade config check` reports every mistake at once; `palisade config show` prints what is in
force and where each value came from, a URL's password as asterisks; `palisade config schema` prints
a JSON schema for editors.
";

/// The page, as Markdown.
#[must_use]
pub fn reference() -> String {
    let prose = defaults::descriptions();
    let template = defaults::template();
    let mut page = INTRODUCTION.to_owned();
    let mut lists: Vec<String> = Vec::new();
    each_table(&mut |table, path| {
        if table.is_list() || table.named_by_operator().is_some() {
            lists.push(path.to_owned());
        }
        if table.keys.is_empty() {
            return;
        }
        let header = if table.is_list() {
            format!("[[{path}]]")
        } else {
            format!("[{path}]")
        };
        page.push_str(&format!("\n## `{header}`\n"));
        if let Some(text) = prose.get(path) {
            page.push_str(&format!("\n{text}\n"));
        }
        let list = lists
            .iter()
            .find(|list| path == *list || path.starts_with(&format!("{list}.")));
        let defaults = example(&template, path);
        for key in table.keys {
            let key_path = join(path, key.name());
            page.push_str(&format!("\n### `{key_path}`\n\n"));
            if let Some(text) = prose.get(&key_path) {
                page.push_str(&format!("{text}\n\n"));
            }
            page.push_str(&facts(*key, defaults, list.map_or(&key_path, |list| list)));
        }
    });
    page
}

fn facts(key: &dyn AnyKey, defaults: Option<&Branch>, set_by: &str) -> String {
    let default = match key.need() {
        Need::Required => "required".to_owned(),
        Need::Optional => "no default".to_owned(),
        Need::Default => defaults
            .and_then(|branch| branch.get(key.name()))
            .map_or_else(String::new, |value| format!("default `{}`", to_toml(value))),
    };
    let form = key.form().to_string();
    let first_upper = form.chars().next().map(|c| c.to_uppercase().to_string());
    let rest = form.chars().skip(1).collect::<String>();
    format!(
        "{}{rest}; {default}; `{}`.\n",
        first_upper.unwrap_or_default(),
        variable(set_by)
    )
}

/// The table at a path of the template.
fn example<'a>(template: &'a Branch, path: &str) -> Option<&'a Branch> {
    path.split('.').try_fold(template, defaults::inside)
}
