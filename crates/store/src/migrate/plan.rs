//! Compares what was applied with what this program has; pure.

use data_encoding::HEXLOWER;

use crate::schema::{Migration, Migrations, Sql};

/// A step that a database has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Applied {
    pub(crate) capability: String,
    pub(crate) version: u32,
    pub(crate) name: String,
    pub(crate) checksum: String,
    pub(crate) compatible_back_to: u32,
}

/// Why the schema cannot be brought to that of this program.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    #[error("the migrations of {capability} are declared wrongly: {what}")]
    Declaration {
        capability: &'static str,
        what: String,
    },
    #[error(
        "step {version} of {capability} ({name}) failed, and the state is as it was before it. \
         The database said: {said}. Mend what it names and start again; until then the last \
         release of Palisade runs on this state"
    )]
    Step {
        capability: &'static str,
        version: u32,
        name: &'static str,
        said: String,
    },
    #[error(
        "step {version} of {capability} ({name}) was applied with another text than this release \
         has, so what the tables look like is not known. Run the release that applied it, or \
         restore a backup"
    )]
    Changed {
        capability: &'static str,
        version: u32,
        name: String,
    },
    #[error(
        "the state is of a newer release: it has step {version} of {capability} ({name}), which \
         needs code of at least step {needs}, and this release has {ours}. Run the newer \
         release, or restore a backup made before the upgrade"
    )]
    TooNew {
        capability: &'static str,
        version: u32,
        name: String,
        needs: u32,
        ours: u32,
    },
    #[error(
        "the schema lacks step {version} of {capability} ({name}), and this login may not change \
         it. Give the migration login as well, or migrate with it before you start nodes"
    )]
    Pending {
        capability: &'static str,
        version: u32,
        name: &'static str,
    },
    #[error(
        "the tenant table {table} is not bound by forced row-level security, so a mistake could \
         show one tenant's rows to another. Migrate once more with the migration login, which \
         puts the policy back"
    )]
    Unbound { table: String },
    #[error("the schema cannot be read or changed: {0}")]
    Database(String),
}

impl MigrationError {
    /// What the database `said` of a step that failed.
    pub(super) fn of_step(capability: &'static str, step: &Migration, said: String) -> Self {
        Self::Step {
            capability,
            version: step.version,
            name: step.name,
            said,
        }
    }
}

/// The steps of one capability that are still to be applied.
pub(crate) fn pending(
    capability: &Migrations,
    applied: &[Applied],
) -> Result<&'static [Migration], MigrationError> {
    let of_it = || {
        applied
            .iter()
            .filter(|step| step.capability == capability.capability)
    };
    let ours = capability.steps.last().map_or(0, |step| step.version);
    for step in of_it() {
        let known = capability
            .steps
            .iter()
            .find(|own| own.version == step.version);
        match known {
            Some(own) if checksum(&own.sql) != step.checksum => {
                return Err(MigrationError::Changed {
                    capability: capability.capability,
                    version: step.version,
                    name: step.name.clone(),
                });
            }
            None if step.compatible_back_to > ours => {
                return Err(MigrationError::TooNew {
                    capability: capability.capability,
                    version: step.version,
                    name: step.name.clone(),
                    needs: step.compatible_back_to,
                    ours,
                });
            }
            Some(_) | None => {}
        }
    }
    let last = of_it().map(|step| step.version).max().unwrap_or(0);
    let known = capability
        .steps
        .iter()
        .filter(|step| step.version <= last)
        .count();
    Ok(&capability.steps[known..])
}

/// SHA-256 of the text as it stands in the code, in hexadecimal.
pub(crate) fn checksum(sql: &Sql) -> String {
    use aws_lc_rs::digest::{SHA256, digest};
    let digest = match sql {
        Sql::Portable(text) => digest(&SHA256, text.as_bytes()),
        Sql::PerEngine { sqlite, postgres } => {
            digest(&SHA256, format!("{sqlite}\0{postgres}").as_bytes())
        }
    };
    HEXLOWER.encode(digest.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn step(version: u32, sql: &'static str, compatible_back_to: u32) -> Migration {
        Migration {
            version,
            name: "a step",
            sql: Sql::Portable(sql),
            compatible_back_to,
        }
    }

    const STEPS: [Migration; 4] = [
        step(1, "a", 1),
        step(2, "b", 1),
        step(3, "c", 1),
        step(4, "d", 4),
    ];

    fn code(steps: &'static [Migration]) -> Migrations {
        Migrations {
            capability: "bans",
            steps,
            tables: &[],
        }
    }

    fn applied(steps: &[Migration]) -> Vec<Applied> {
        let applied = |step: &Migration| Applied {
            capability: "bans".to_owned(),
            version: step.version,
            name: step.name.to_owned(),
            checksum: checksum(&step.sql),
            compatible_back_to: step.compatible_back_to,
        };
        steps.iter().map(applied).collect()
    }

    #[track_caller]
    fn check(code_has: usize, database_has: usize, expected: Result<&[u32], &str>) {
        const CODE: [&[Migration]; 5] = [
            &[],
            STEPS.split_at(1).0,
            STEPS.split_at(2).0,
            STEPS.split_at(3).0,
            &STEPS,
        ];
        let found = pending(&code(CODE[code_has]), &applied(&STEPS[..database_has]));
        match (found, expected) {
            (Ok(steps), Ok(versions)) => {
                let found: Vec<u32> = steps.iter().map(|step| step.version).collect();
                assert_eq!(found, versions);
            }
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
            (found, expected) => panic!("{found:?} is not {expected:?}"),
        }
    }

    #[test]
    fn what_is_missing_is_applied_in_order() {
        check(3, 0, Ok(&[1, 2, 3]));
        check(3, 2, Ok(&[3]));
        check(3, 3, Ok(&[]));
    }

    #[test]
    fn an_older_program_runs_beside_steps_that_only_add() {
        check(2, 3, Ok(&[]));
        check(1, 2, Ok(&[]));
    }

    #[test]
    fn an_older_program_refuses_a_step_that_breaks_it() {
        check(
            3,
            4,
            Err("needs code of at least step 4, and this release has 3"),
        );
    }

    #[test]
    fn a_step_that_was_changed_after_its_release_is_refused() {
        let mut changed = applied(&STEPS[..2]);
        changed[1].checksum.replace_range(..1, "x");
        let error = pending(&code(&STEPS), &changed).unwrap_err().to_string();
        assert!(
            error.starts_with("step 2 of bans (a step) was applied with another text"),
            "{error}"
        );
    }

    #[test]
    fn other_capabilities_do_not_count() {
        let mut others = applied(&STEPS[..2]);
        others
            .iter_mut()
            .for_each(|step| "flags".clone_into(&mut step.capability));
        assert_eq!(pending(&code(&STEPS), &others).unwrap().len(), 4);
    }
}
