//! What capabilities declare of their state: steps that build it, and the tables it has.

use crate::error::Error;
use crate::migrate::MigrationError;
use crate::statement::Statement;

/// The state of one capability, as its code has it.
#[derive(Clone, Copy, Debug)]
pub struct Migrations {
    /// The capability's name; its tables begin with it where their name would be too general.
    pub capability: &'static str,
    /// In the order of their versions, from 1 and without a gap. A step that was released is
    /// never changed: its checksum is kept, and a difference stops the start.
    pub steps: &'static [Migration],
    /// Every table, parents before the tables that refer to them: exports follow this order.
    pub tables: &'static [Table],
}

impl Migrations {
    /// The step that the code is at.
    pub fn step(&self) -> u32 {
        self.steps.last().map_or(0, |step| step.version)
    }
}

/// One step.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    pub version: u32,
    /// A few words, for people: `bans by network`.
    pub name: &'static str,
    pub sql: Sql,
    /// The lowest version of the code that still works on a database with this step. A step that
    /// only adds says the version at which the capability's present shape began, so that nodes of
    /// the last release run beside those of this one; a step that breaks them says its own.
    pub compatible_back_to: u32,
}

/// The text of a step: one or more statements with `;` between them.
#[derive(Clone, Copy, Debug)]
pub enum Sql {
    /// In Postgres' spelling, with columns of `TEXT`, `BIGINT`, `BOOLEAN` and `BYTEA`. For SQLite
    /// the types are translated and tables made STRICT, so that both refuse what does not fit.
    Portable(&'static str),
    /// Where the engines differ too much.
    PerEngine {
        sqlite: &'static str,
        postgres: &'static str,
    },
}

/// A table that a capability has.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Lower case, letters, digits and `_`.
    pub name: &'static str,
    /// Whether its rows belong to tenants: it then has a column `tenant TEXT NOT NULL`, and on
    /// Postgres forced row-level security.
    pub of_tenants: bool,
}

impl Table {
    /// A table of the whole deployment.
    pub const fn shared(name: &'static str) -> Self {
        Self {
            name,
            of_tenants: false,
        }
    }

    /// A table whose rows belong to tenants.
    pub const fn of_tenants(name: &'static str) -> Self {
        Self {
            name,
            of_tenants: true,
        }
    }
}

/// The state of all capabilities of this program.
#[derive(Clone, Debug, Default)]
pub(crate) struct Schema {
    pub(crate) capabilities: Vec<Migrations>,
    tenant_tables: Vec<&'static str>,
}

impl Schema {
    /// Refuses declarations that could not be kept.
    pub(crate) fn new(capabilities: &[Migrations]) -> Result<Self, MigrationError> {
        for (index, capability) in capabilities.iter().enumerate() {
            if let Some(what) = mistake(capability, &capabilities[..index]) {
                return Err(MigrationError::Declaration {
                    capability: capability.capability,
                    what,
                });
            }
        }
        let tables = capabilities.iter().flat_map(|capability| capability.tables);
        Ok(Self {
            capabilities: capabilities.to_vec(),
            tenant_tables: tables
                .filter(|table| table.of_tenants)
                .map(|table| table.name)
                .collect(),
        })
    }

    pub(crate) fn tenant_tables(&self) -> &[&'static str] {
        &self.tenant_tables
    }

    /// Refuses a tenant's statement that names a tenant table and does not say which tenant.
    pub(crate) fn keeps_to_its_tenant(&self, statement: &Statement) -> Result<(), Error> {
        match statement.names(&self.tenant_tables) {
            Some(table) if !statement.takes_tenant => Err(Error::misuse(
                statement.source,
                format!("{table} is a tenant table: say tenant = $tenant"),
            )),
            _ => Ok(()),
        }
    }
}

/// What is wrong with a declaration, beside those before it.
fn mistake(capability: &Migrations, before: &[Migrations]) -> Option<String> {
    for (step, due) in capability.steps.iter().zip(1..) {
        let version = step.version;
        if version != due {
            return Some(format!(
                "step {due} is numbered {version}: count from 1, without a gap"
            ));
        }
        if !(1..=version).contains(&step.compatible_back_to) {
            let said = step.compatible_back_to;
            return Some(format!(
                "step {version} is compatible back to {said}: say 1 to {version}"
            ));
        }
    }
    let taken = |name: &str| {
        before
            .iter()
            .flat_map(|other| other.tables)
            .any(|t| t.name == name)
    };
    for table in capability.tables {
        let simple = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if !table.name.chars().all(simple) || taken(table.name) {
            return Some(format!(
                "the table {:?} is another capability's or not named in a-z, 0-9 and _",
                table.name
            ));
        }
    }
    let repeated = before
        .iter()
        .any(|other| other.capability == capability.capability);
    repeated.then(|| "it is declared twice".to_owned())
}
