//! The command line: noun, then verb. People get text, machines `--json`.
//!
//! Exit codes: 0 done, 1 the answer is no (a bad configuration, a demo that did not keep its word),
//! 2 a wrong command line, 3 it could not be done, 130 ended at once because it was asked a second
//! time.

mod admin;
mod announcement;
mod arguments;
mod backup;
mod ban;
mod change;
pub mod config;
mod control;
mod demo;
mod flag;
mod maintenance;
pub(crate) mod node_client;
mod output;
mod reference;
mod restore;
mod serve;
mod store;

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand};
use palisade_kernel::{Clock, SystemClock};

use crate::config::{Mistakes, Overrides, Sources};
use arguments::Target;
use config::ShowError;
use store::StoreCommand;

/// What shells report of a process that SIGINT has ended: 128 and the signal's number.
const INTERRUPTED: u8 = 130;

/// Where commands look for a node, unless told otherwise.
pub const DATA_DIRECTORY: &str = "palisade-data";

/// Stands in front of a web application, enforces the security baseline, and proves that it does.
#[derive(Debug, Parser)]
#[command(name = "palisade", version, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// See what changes: a weak app alone and behind Palisade, on this machine only.
    Demo(demo::DemoArgs),
    /// Run the gateway. `--upstream http://127.0.0.1:3000` needs no configuration at all.
    Serve(SourceArgs),
    /// Check, show or describe the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Show the controls of a running node, or have one act otherwise.
    #[command(subcommand)]
    Control(ControlCommand),
    /// Shut the app to its users, and open it again.
    #[command(subcommand)]
    Maintenance(maintenance::MaintenanceCommand),
    /// Turn parts of the app off and on without a deploy.
    #[command(subcommand)]
    Flag(flag::FlagCommand),
    /// Who is shut out, and for how long.
    #[command(subcommand)]
    Ban(ban::BanCommand),
    /// Who changed what on a running node.
    #[command(subcommand)]
    Change(ChangeCommand),
    /// Where the state of our own is kept, and its way onto Postgres.
    #[command(subcommand)]
    Store(store::StoreCommand),
    /// Keep the node's state and keys in one sealed file, while it serves.
    Backup(backup::BackupArgs),
    /// Put a backup back in place, or check one.
    Restore(restore::RestoreArgs),
    /// Access to the admin API.
    #[command(subcommand)]
    Admin(admin::AdminCommand),
    /// Print pages of the documentation.
    #[command(subcommand, hide = true)]
    Reference(reference::Page),
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Report every mistake at once, each with its place. Exits 1 when there is one.
    Check {
        #[command(flatten)]
        sources: SourceArgs,
        #[arg(long)]
        json: bool,
    },
    /// Print every value in force and where it came from.
    Show {
        #[command(flatten)]
        sources: SourceArgs,
        #[arg(long)]
        json: bool,
    },
    /// Print the JSON schema of palisade.toml, for editors.
    Schema,
}

#[derive(Debug, Subcommand)]
enum ControlCommand {
    /// Each control, how it acts, and whether it has proved itself.
    List {
        #[command(flatten)]
        target: Target,
        #[arg(long)]
        json: bool,
    },
    /// Have a control act otherwise than configured, until told to follow the file again. A
    /// control that would not bite is refused.
    Mode {
        /// Its name, for example edge.rate-limit.
        control: String,
        /// off, shadow or enforce; left out to follow the configuration again.
        mode: Option<String>,
        #[command(flatten)]
        target: Target,
        /// For the record.
        #[arg(long, value_name = "TEXT")]
        why: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
enum ChangeCommand {
    /// The latest changes, with their actor and reason.
    List {
        #[command(flatten)]
        target: Target,
        #[arg(long)]
        json: bool,
    },
}

/// What the configuration is made of, beside the environment.
#[derive(Clone, Debug, Default, Args)]
pub struct SourceArgs {
    /// The configuration file.
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The application: http://host:port, https://host, or unix:/path.
    #[arg(long, value_name = "URL")]
    upstream: Option<String>,
    /// Where to listen, IP:PORT. The redirect moves to the same IP, unless its own is set.
    #[arg(long, value_name = "IP:PORT")]
    address: Option<String>,
    /// Where plain HTTP is redirected from, IP:PORT; "" for nowhere.
    #[arg(long, value_name = "IP:PORT")]
    redirect_address: Option<String>,
    /// The public port, the address as it is.
    #[arg(long)]
    port: Option<u16>,
    /// The admin listener's port.
    #[arg(long, value_name = "PORT")]
    admin_port: Option<u16>,
    /// The ops listener's port: /healthz, /readyz, /metrics.
    #[arg(long, value_name = "PORT")]
    ops_port: Option<u16>,
    /// Where the node keeps its keys and its socket.
    #[arg(long, value_name = "DIRECTORY")]
    data_dir: Option<PathBuf>,
    /// The access log: auto, json, human or off.
    #[arg(long, value_name = "FORM")]
    log_format: Option<String>,
}

/// The process as the commands see it.
pub struct Process {
    environment: Vec<(OsString, OsString)>,
    /// How the user called this binary, for lines they may paste.
    program: String,
}

/// Why a command did not do what it was asked to.
pub(crate) enum Failure {
    /// The answer is no, and has been printed.
    No,
    /// The configuration is bad.
    Configuration(Mistakes),
    /// Asked a second time to stop.
    Interrupted,
    /// It could not be done.
    Could(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Could(error.into())
    }
}

impl Process {
    pub fn from_environment(pairs: impl Iterator<Item = (OsString, OsString)>) -> Self {
        Self {
            environment: pairs.collect(),
            program: "palisade".to_owned(),
        }
    }

    /// `program` is the first of the process's arguments.
    #[must_use]
    pub fn called(mut self, program: Option<OsString>) -> Self {
        if let Some(program) = program.and_then(|program| program.into_string().ok()) {
            self.program = program;
        }
        self
    }

    /// Runs one command to its end.
    pub fn run(&self, cli: Cli) -> ExitCode {
        match self.dispatch(cli.command) {
            Ok(()) => ExitCode::SUCCESS,
            Err(Failure::No) => ExitCode::from(1),
            Err(Failure::Configuration(mistakes)) => {
                // As below: nobody may be left to tell.
                let _ = writeln!(io::stderr(), "{mistakes}");
                ExitCode::from(1)
            }
            Err(Failure::Interrupted) => ExitCode::from(INTERRUPTED),
            Err(Failure::Could(error)) if is_closed_output(&error) => ExitCode::SUCCESS,
            Err(Failure::Could(error)) => {
                // Nobody is left to tell when standard error is closed too.
                let _ = writeln!(io::stderr(), "palisade: {error:#}");
                ExitCode::from(3)
            }
        }
    }

    fn dispatch(&self, command: Command) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        match command {
            Command::Demo(args) => {
                drop(out);
                demo::run(&args, self)
            }
            Command::Serve(sources) => {
                drop(out);
                serve::run(self.sources(sources))
            }
            Command::Config(ConfigCommand::Check { sources, json }) => {
                let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
                match config::check(&self.sources(sources), &clock, json, &mut out)? {
                    true => Ok(()),
                    false => Err(Failure::No),
                }
            }
            Command::Config(ConfigCommand::Show { sources, json }) => {
                config::show(&self.sources(sources), json, &mut out).map_err(|error| match error {
                    ShowError::Mistakes(mistakes) => Failure::Configuration(mistakes),
                    ShowError::Output(error) => error.into(),
                })
            }
            Command::Config(ConfigCommand::Schema) => Ok(config::schema(&mut out)?),
            Command::Control(ControlCommand::List { target, json }) => {
                control::list(&target.data_dir, json, &mut out)
            }
            Command::Control(ControlCommand::Mode {
                control,
                mode,
                target,
                why,
            }) => control::mode(&target.data_dir, &control, mode, why, &mut out),
            Command::Maintenance(command) => maintenance::run(command, &mut out),
            Command::Flag(command) => flag::run(command, &mut out),
            Command::Ban(command) => ban::run(command, &mut out),
            Command::Change(ChangeCommand::List { target, json }) => {
                change::list(&target.data_dir, json, &mut out)
            }
            Command::Store(StoreCommand::Prepare(args)) => store::prepare(args, &mut out),
            Command::Store(StoreCommand::Migrate(sources)) => {
                store::migrate(&self.sources(sources), &mut out)
            }
            Command::Store(StoreCommand::Status { target, json }) => {
                store::status(&target.data_dir, json, &mut out)
            }
            Command::Backup(args) => backup::run(args, self, &mut out),
            Command::Restore(args) => restore::run(&args, self, &mut out),
            Command::Admin(command) => admin::run(command, &mut out),
            Command::Reference(page) => Ok(reference::print(&page, &mut out)?),
        }
    }

    fn sources(&self, args: SourceArgs) -> Sources {
        let environment = self
            .environment
            .iter()
            .map(|(name, value)| (name, value.clone()));
        let overrides = Overrides {
            upstream: args.upstream,
            address: args.address,
            redirect_address: args.redirect_address,
            port: args.port,
            admin_port: args.admin_port,
            ops_port: args.ops_port,
            data_directory: args.data_dir,
            log_format: args.log_format,
        };
        Sources::new(args.config, environment, overrides)
    }
}

/// `palisade … | head` has read what it wanted.
fn is_closed_output(error: &anyhow::Error) -> bool {
    let io_error = error
        .chain()
        .find_map(|cause| cause.downcast_ref::<io::Error>());
    io_error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// Whether a person reads what goes to standard output.
pub(crate) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exit(arguments: &[&str]) -> ExitCode {
        let arguments = [&["palisade"], arguments].concat();
        let process = Process::from_environment(std::iter::empty());
        process.run(Cli::try_parse_from(arguments).unwrap())
    }

    #[test]
    fn a_bad_configuration_exits_alike_from_every_command() {
        for command in [&["config", "check"][..], &["config", "show"], &["serve"]] {
            let code = exit(&[command, &["--upstream", "nonsense"]].concat());
            assert_eq!(code, ExitCode::from(1), "{command:?}");
        }
    }

    #[test]
    fn serve_refuses_files_as_check_does() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("palisade.toml");
        let data = directory.path().join("data");
        let toml = "[[upstreams]]\nname = \"app\"\nurls = [\"http://127.0.0.1:1\"]\n\
                    [[tls.certificates]]\ncertificate = \"/none.pem\"\nkey = \"/none.key\"\n";
        std::fs::write(&file, toml).unwrap();
        let sources = [
            "-c",
            file.to_str().unwrap(),
            "--data-dir",
            data.to_str().unwrap(),
        ];
        for command in [&["config", "check"][..], &["serve"]] {
            let code = exit(&[command, &sources].concat());
            assert_eq!(code, ExitCode::from(1), "{command:?}");
        }
    }
}
