//! `palisade ban list|add|remove`.

mod file;
mod import;

use std::io::Write;
use std::path::PathBuf;

use clap::Subcommand;
use palisade_operate::bans::{BanAnswer, BanInput, BansAnswer};

use super::arguments::{Target, duration};
use super::{Failure, node_client, output};

const PATH: &str = "/api/v1/bans";

#[derive(Debug, Subcommand)]
pub(super) enum BanCommand {
    /// The bans in force, the first thousand.
    List {
        #[command(flatten)]
        target: Target,
        #[arg(long)]
        json: bool,
    },
    /// Ban an address or a network, or a list of them. In force with the next request, and after
    /// a restart.
    Add {
        /// 192.0.2.7, 192.0.2.0/24, 2001:db8::/48; an IPv6 address stands for its /64.
        #[arg(required_unless_present = "file")]
        network: Option<String>,
        /// A list: one address or network per line, comments behind # or ;.
        #[arg(long, value_name = "PATH", conflicts_with = "network")]
        file: Option<PathBuf>,
        /// How long: 10m, 1d. Without it only `palisade ban remove` ends it.
        #[arg(long, value_name = "TIME", value_parser = duration)]
        r#for: Option<u32>,
        /// For the record.
        #[arg(long, value_name = "TEXT")]
        why: Option<String>,
        #[command(flatten)]
        target: Target,
    },
    /// End a ban.
    Remove {
        /// As it is listed.
        network: String,
        #[command(flatten)]
        target: Target,
    },
}

pub(super) fn run(command: BanCommand, out: &mut dyn Write) -> Result<(), Failure> {
    match command {
        BanCommand::List { target, json } => {
            let answer: BansAnswer = node_client::get(&target.data_dir, PATH)?;
            if json {
                return output::json(&answer, out);
            }
            for ban in &answer.bans {
                writeln!(out, "{}", line(ban))?;
            }
            if answer.after.is_some() {
                writeln!(out, "… and more: GET {PATH}?after=… has every page")?;
            }
            Ok(())
        }
        BanCommand::Add {
            file: Some(list),
            r#for,
            why,
            target,
            ..
        } => import::run(&target.data_dir, &list, r#for, why, out),
        BanCommand::Add {
            network,
            file: None,
            r#for,
            why,
            target,
        } => {
            let input = BanInput {
                network: network.unwrap_or_default(),
                for_seconds: r#for,
                reason: why,
            };
            let ban = node_client::change(&target.data_dir, "POST", PATH, &input)?;
            Ok(writeln!(out, "{}", line(&ban))?)
        }
        BanCommand::Remove { network, target } => {
            let path = format!("{PATH}?network={network}");
            node_client::order(&target.data_dir, "DELETE", &path, None::<&()>)?;
            Ok(writeln!(out, "{network} is no longer banned")?)
        }
    }
}

fn line(ban: &BanAnswer) -> String {
    let until = match &ban.until {
        Some(until) => output::to_the_second(until),
        None => "it is removed".to_owned(),
    };
    let BanAnswer {
        network, source, ..
    } = ban;
    let reason = output::plain(&ban.reason);
    format!("{network:24}  until {until:20}  {source:15}  {reason}")
}
