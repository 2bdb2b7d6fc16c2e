//! `palisade maintenance on|off|status`: the kill switch.

use std::io::Write;

use clap::{Args, Subcommand};
use palisade_operate::maintenance::{MaintenanceAnswer, MaintenanceInput};

use super::arguments::{Target, duration};
use super::{Failure, node_client, output};

const PATH: &str = "/api/v1/maintenance";

#[derive(Debug, Subcommand)]
pub(super) enum MaintenanceCommand {
    /// Shut the app to its users. In force with the next request, and after a restart.
    On(OnArgs),
    /// Open the app again.
    Off {
        #[command(flatten)]
        target: Target,
        /// For the record.
        #[arg(long, value_name = "TEXT")]
        why: Option<String>,
    },
    /// Whether the app is shut. Exits 0 either way.
    Status {
        #[command(flatten)]
        target: Target,
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
pub(super) struct OnArgs {
    #[command(flatten)]
    target: Target,
    /// The time the work is meant to take, which clients are told: 30m, 2h. It ends by hand only.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    r#for: Option<u32>,
    /// A sentence for users, on the page.
    #[arg(long, value_name = "TEXT")]
    message: Option<String>,
    /// For the record.
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
}

pub(super) fn run(command: MaintenanceCommand, out: &mut dyn Write) -> Result<(), Failure> {
    let (target, input) = match command {
        MaintenanceCommand::Status { target, json } => {
            let answer: MaintenanceAnswer = node_client::get(&target.data_dir, PATH)?;
            if json {
                return output::json(&answer, out);
            }
            return tell(&answer, out);
        }
        MaintenanceCommand::On(args) => (
            args.target,
            MaintenanceInput {
                on: true,
                for_seconds: args.r#for,
                message: args.message,
                reason: args.why,
            },
        ),
        MaintenanceCommand::Off { target, why } => (
            target,
            MaintenanceInput {
                reason: why,
                ..MaintenanceInput::default()
            },
        ),
    };
    let answer = node_client::change(&target.data_dir, "PUT", PATH, &input)?;
    tell(&answer, out)
}

fn tell(answer: &MaintenanceAnswer, out: &mut dyn Write) -> Result<(), Failure> {
    match (answer.on, &answer.until) {
        (false, _) => writeln!(out, "open: the app answers")?,
        (true, None) => writeln!(out, "shut: users get 503 until `palisade maintenance off`")?,
        (true, Some(until)) => writeln!(
            out,
            "shut: users get 503 and are told to come back at {until}; `palisade maintenance off` \
             opens the app"
        )?,
    }
    Ok(())
}
