//! One layer against the registry: unknown names, wrong values, missing keys of list entries.
//! Every layer is checked by itself, so that a mistake shows even where a higher layer hides it.

use palisade_kernel::FlagName;

use super::mistakes::{Mistake, Report};
use super::nearest::nearest;
use super::registry::{ANY_NAME, AnyKey, Need, Table, each_table, join};
use super::tree::{Branch, Data, Entry, Value};

pub(super) fn check(table: &'static Table, branch: &Branch, path: &str, report: &mut Report) {
    for (name, entry) in branch.iter() {
        let path = join(path, name);
        if let Some(key) = table.key(name) {
            for complaint in key.check(&entry.value) {
                report.add(Mistake::refused(&path, complaint));
            }
        } else if let Some(inner) = table.table(name) {
            if let (ANY_NAME, Err(help)) = (inner.name, name.parse::<FlagName>()) {
                let mistake = Mistake::new(&path, "this is no name", entry.name_origin.clone());
                report.add(mistake.with_help(help));
            }
            check_table(inner, &entry.value, &path, report);
        } else {
            report.add_with(|| unknown(table, name, entry, &path));
        }
    }
}

fn check_table(table: &'static Table, value: &Value, path: &str, report: &mut Report) {
    match (&value.data, table.entries_max) {
        (Data::Branch(branch), None) => check(table, branch, path, report),
        (Data::List(items), Some(entries_max)) => {
            if items.len() > entries_max {
                let problem = format!(
                    "expected at most {entries_max} entries, got {}",
                    items.len()
                );
                report.add(Mistake::new(path, problem, value.origin.clone()));
            }
            for (at, item) in items.iter().take(entries_max).enumerate() {
                check_entry(table, item, &format!("{path}[{at}]"), report);
            }
        }
        (_, None) => report.add(
            Mistake::new(
                path,
                format!("expected a table, got {}", value.describe()),
                value.origin.clone(),
            )
            .with_help(format!("start it with [{path}]")),
        ),
        (_, Some(_)) => report.add(
            Mistake::new(
                path,
                format!("expected a list of tables, got {}", value.describe()),
                value.origin.clone(),
            )
            .with_help(format!("start each entry with [[{path}]]")),
        ),
    }
}

fn check_entry(table: &'static Table, item: &Value, path: &str, report: &mut Report) {
    let Data::Branch(branch) = &item.data else {
        let problem = format!("expected a table, got {}", item.describe());
        return report.add(Mistake::new(path, problem, item.origin.clone()));
    };
    check(table, branch, path, report);
}

/// Keys that entries of lists must have. Apart from [`check`], since the last entry of a file with
/// a syntax error may have had them.
pub(super) fn require(table: &'static Table, branch: &Branch, path: &str, report: &mut Report) {
    for (name, inner, value) in table.tables_of(branch) {
        let path = join(path, name);
        match &value.data {
            Data::Branch(branch) => require(inner, branch, &path, report),
            Data::List(items) => {
                for (at, item) in items.iter().enumerate() {
                    if let Data::Branch(entry) = &item.data {
                        require_keys(inner, entry, item, &format!("{path}[{at}]"), report);
                    }
                }
            }
            _ => {}
        }
    }
}

fn require_keys(
    table: &'static Table,
    entry: &Branch,
    item: &Value,
    path: &str,
    report: &mut Report,
) {
    let is_required = |key: &&&dyn AnyKey| key.need() == Need::Required;
    for key in table.keys.iter().filter(is_required) {
        if entry.get(key.name()).is_none() {
            let problem = format!("is missing; expected {}", key.form());
            report.add(Mistake::new(
                join(path, key.name()),
                problem,
                item.origin.clone(),
            ));
        }
    }
    require(table, entry, path, report);
}

fn unknown(table: &'static Table, name: &str, entry: &Entry, path: &str) -> Mistake {
    let what = match entry.value.data {
        Data::Branch(_) => "there is no such table",
        _ => "there is no such key",
    };
    let mistake = Mistake::new(path, what, entry.name_origin.clone());
    if let Some(nearest) = nearest(name, table.names()) {
        return mistake.with_nearest(Some(format!("`{nearest}`")));
    }
    match elsewhere(name) {
        Some(section) if section.is_empty() => mistake.with_help(format!(
            "[{name}] is a section of its own; is it inside another?"
        )),
        Some(section) => mistake.with_help(format!("`{name}` belongs in [{section}]")),
        None => {
            let names: Vec<&str> = table.names().collect();
            mistake.with_help(format!("known here: {}", names.join(", ")))
        }
    }
}

/// The table that has exactly this name, when another one does.
fn elsewhere(name: &str) -> Option<String> {
    let mut found = None;
    each_table(&mut |table, path| {
        if found.is_none() && table.names().any(|known| known == name) {
            found = Some(path.to_owned());
        }
    });
    found
}
