//! `palisade store …`: where the state of our own is kept, and its way onto Postgres.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use clap::{Args, Subcommand};
use data_encoding::HEXLOWER;
use palisade_kernel::{Clock, Random, SystemClock, SystemRandom};
use palisade_store::{PostgresOptions, Store, roles};

use super::arguments::Target;
use super::{Failure, SourceArgs, node_client, output, serve};
use crate::admin::StoreAnswer;
use crate::config::{self, Sources};
use crate::wiring::{self, CAPABILITIES};

#[derive(Debug, Subcommand)]
pub(super) enum StoreCommand {
    /// Make owner, migration and runtime roles and the schema in a Postgres, and print the
    /// settings with which a node uses them. A second run changes the passwords.
    Prepare(PrepareArgs),
    /// Bring the schema to this version and end, for the job that deploys: it alone needs
    /// PALISADE_STORE__MIGRATION_URL.
    Migrate(SourceArgs),
    /// Where a running node keeps its state, and how that goes.
    Status {
        #[command(flatten)]
        target: Target,
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
pub(super) struct PrepareArgs {
    /// A file with the URL of a login that may make roles and schemas, postgres://…; - for
    /// standard input. The login is used once and kept nowhere.
    #[arg(long, value_name = "FILE")]
    owner_url_file: PathBuf,
    /// The schema to make.
    #[arg(long, default_value = PostgresOptions::SCHEMA)]
    schema: String,
    /// What the names of the roles begin with.
    #[arg(long, default_value = PostgresOptions::SCHEMA)]
    prefix: String,
}

/// Longest URL read.
const URL_BYTES_MAX: u64 = 8192;

/// Of the passwords that are made.
const PASSWORD_BYTES: usize = 24;

pub(super) fn prepare(args: PrepareArgs, out: &mut dyn Write) -> Result<(), Failure> {
    let owner_url = read(&args.owner_url_file)?;
    let roles = roles::Roles {
        schema: args.schema,
        prefix: args.prefix,
        migration_password: password(),
        runtime_password: password(),
    };
    let made = serve::runtime()?.block_on(roles::set_up(owner_url.trim(), &roles));
    let logins = made?;
    writeln!(out, "PALISADE_STORE__URL={}", logins.runtime)?;
    writeln!(out, "PALISADE_STORE__MIGRATION_URL={}", logins.migration)?;
    if roles.schema != PostgresOptions::SCHEMA {
        writeln!(out, "PALISADE_STORE__SCHEMA={}", roles.schema)?;
    }
    Ok(())
}

pub(super) fn migrate(sources: &Sources, out: &mut dyn Write) -> Result<(), Failure> {
    let config = config::load(sources)
        .map_err(Failure::Configuration)?
        .config;
    if config.store.url.is_none() {
        let told = "a node that keeps its state in the data directory migrates it when it starts; \
                    set PALISADE_STORE__URL to migrate a Postgres";
        return Err(Failure::Could(anyhow::anyhow!(told)));
    }
    let options = wiring::store_options(&config.store, &config.data.directory);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    let opened = async {
        let store = Store::open(options, clock, CAPABILITIES).await?;
        store.close().await;
        Ok::<_, palisade_store::OpenError>(())
    };
    serve::runtime()?.block_on(opened)?;
    Ok(writeln!(out, "the schema is that of this version")?)
}

pub(super) fn status(data: &Path, json: bool, out: &mut dyn Write) -> Result<(), Failure> {
    let answer: StoreAnswer = node_client::get(data, "/api/v1/store")?;
    if json {
        return output::json(&answer, out);
    }
    let StoreAnswer { engine, health, .. } = &answer;
    match &answer.reason {
        None => writeln!(out, "{engine}: {health}")?,
        Some(reason) => writeln!(out, "{engine}: {health}: {reason}")?,
    }
    for sentence in &answer.degraded {
        writeln!(out, "degraded: {sentence}")?;
    }
    Ok(())
}

fn read(file: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    let read = match file == Path::new("-") {
        true => std::io::stdin()
            .lock()
            .take(URL_BYTES_MAX)
            .read_to_string(&mut text),
        false => std::fs::File::open(file)
            .and_then(|file| file.take(URL_BYTES_MAX).read_to_string(&mut text)),
    };
    read.with_context(|| format!("{} cannot be read", file.display()))?;
    Ok(text)
}

fn password() -> String {
    let mut bytes = [0; PASSWORD_BYTES];
    SystemRandom.fill(&mut bytes);
    HEXLOWER.encode(&bytes)
}
