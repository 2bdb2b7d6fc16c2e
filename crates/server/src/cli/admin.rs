//! `palisade admin token …`: access to the admin API over HTTPS.

use std::io::Write;

use clap::{Args, Subcommand, ValueEnum};
use palisade_operate::tokens::{NewTokenAnswer, TokenInput, TokensAnswer};
use palisade_web::Permission;

use super::arguments::Target;
use super::{Failure, node_client, output};

const PATH: &str = "/api/v1/tokens";

#[derive(Debug, Subcommand)]
pub(super) enum AdminCommand {
    /// Tokens for the admin API.
    #[command(subcommand)]
    Token(TokenCommand),
}

#[derive(Debug, Subcommand)]
pub(super) enum TokenCommand {
    /// Make a token and print it, once.
    Create(CreateArgs),
    /// Every token there is, without its secret.
    List {
        #[command(flatten)]
        target: Target,
        #[arg(long)]
        json: bool,
    },
    /// End a token.
    Revoke {
        /// Its id, as listed.
        id: String,
        #[command(flatten)]
        target: Target,
    },
}

#[derive(Debug, Args)]
pub(super) struct CreateArgs {
    #[command(flatten)]
    target: Target,
    /// What it is for.
    #[arg(long)]
    name: String,
    /// What it may do; each includes those before it.
    #[arg(long, value_enum)]
    permission: Allowed,
    /// Days until it ends by itself.
    #[arg(long, default_value_t = 30)]
    days: u32,
    /// For the record.
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Allowed {
    Read,
    Operate,
    Administer,
}

pub(super) fn run(command: AdminCommand, out: &mut dyn Write) -> Result<(), Failure> {
    let AdminCommand::Token(command) = command;
    match command {
        TokenCommand::Create(args) => create(args, out),
        TokenCommand::List { target, json } => list(&target, json, out),
        TokenCommand::Revoke { id, target } => {
            let path = format!("{PATH}/{id}");
            node_client::order(&target.data_dir, "DELETE", &path, None::<&()>)?;
            Ok(writeln!(out, "{id} is revoked")?)
        }
    }
}

fn create(args: CreateArgs, out: &mut dyn Write) -> Result<(), Failure> {
    let input = TokenInput {
        name: args.name,
        permission: match args.permission {
            Allowed::Read => Permission::Read,
            Allowed::Operate => Permission::Operate,
            Allowed::Administer => Permission::Administer,
        },
        days: args.days,
        reason: args.why,
    };
    let made: NewTokenAnswer = node_client::change(&args.target.data_dir, "POST", PATH, &input)?;
    writeln!(out, "{}", made.token)?;
    let told = "It is not shown again. Send it as Authorization: Bearer; it ends on";
    writeln!(out, "# {told} {}.", made.expires)?;
    Ok(())
}

fn list(target: &Target, json: bool, out: &mut dyn Write) -> Result<(), Failure> {
    let answer: TokensAnswer = node_client::get(&target.data_dir, PATH)?;
    if json {
        return output::json(&answer, out);
    }
    writeln!(
        out,
        "{:12}  {:10}  {:7}  {:20}  name",
        "id", "permission", "state", "ends"
    )?;
    for token in &answer.tokens {
        let ends = output::to_the_second(&token.expires);
        let permission = token.permission.as_str();
        writeln!(
            out,
            "{:12}  {permission:10}  {:7}  {ends:20}  {}",
            token.id, token.state, token.name
        )?;
    }
    Ok(())
}
