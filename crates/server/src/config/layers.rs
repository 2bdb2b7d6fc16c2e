//! Putting layers over one another, and filling what entries of lists leave out.

use super::defaults;
use super::registry::{ANY_NAME, Need, Table};
use super::tree::{Branch, Data, Origin, Value};

/// Puts `over` on `base`: tables key by key, all else (lists too) replaced whole. Unknown names
/// are left out; the check has reported them.
pub(super) fn merge(table: &'static Table, base: &mut Branch, over: Branch) {
    for (name, entry) in over.into_entries() {
        match table.table(&name) {
            Some(inner) if !inner.is_list() => match (base.get_mut(&name), entry.value) {
                (
                    Some(Value {
                        data: Data::Branch(base),
                        ..
                    }),
                    Value {
                        data: Data::Branch(over),
                        ..
                    },
                ) => merge(inner, base, over),
                (_, value) => base.insert(&name, value),
            },
            None if table.key(&name).is_none() => {}
            _ => base.insert_entry(name, entry),
        }
    }
}

/// Gives every entry of every list of tables the defaults of the keys it leaves out.
pub(super) fn fill(table: &'static Table, branch: &mut Branch, template: &Branch) {
    for inner in table.tables {
        if inner.name == ANY_NAME {
            fill_named(inner, branch, template);
            continue;
        }
        let Some(value) = branch.get_mut(inner.name) else {
            continue;
        };
        match &mut value.data {
            Data::List(items) if inner.is_list() => {
                let Some(example) = defaults::entry(template, inner.name) else {
                    continue;
                };
                for item in items {
                    if let Data::Branch(entry) = &mut item.data {
                        fill_entry(inner, entry, example);
                    }
                }
            }
            Data::Branch(inside) if !inner.is_list() => {
                if let Some(Value {
                    data: Data::Branch(template),
                    ..
                }) = template.get(inner.name)
                {
                    fill(inner, inside, template);
                }
            }
            _ => {}
        }
    }
}

/// The same for tables that the operator has named.
fn fill_named(table: &'static Table, branch: &mut Branch, template: &Branch) {
    let Some(example) = defaults::inside(template, ANY_NAME) else {
        return;
    };
    for value in branch.values_mut() {
        if let Data::Branch(entry) = &mut value.data {
            fill_entry(table, entry, example);
        }
    }
}

fn fill_entry(table: &'static Table, entry: &mut Branch, example: &Branch) {
    for key in table.keys.iter().filter(|key| key.need() == Need::Default) {
        if let (None, Some(value)) = (entry.get(key.name()), example.get(key.name())) {
            entry.insert(key.name(), value.clone());
        }
    }
    for inner in table.tables {
        let Some(Value {
            data: Data::Branch(example),
            ..
        }) = example.get(inner.name)
        else {
            continue;
        };
        if entry.get(inner.name).is_none() {
            let data = Data::Branch(Branch::default());
            entry.insert(
                inner.name,
                Value {
                    data,
                    origin: Origin::Default,
                },
            );
        }
        if let Some(Value {
            data: Data::Branch(inside),
            ..
        }) = entry.get_mut(inner.name)
        {
            fill_entry(inner, inside, example);
        }
    }
}
