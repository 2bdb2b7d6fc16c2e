//! `palisade demo`: the table, then the addresses, then the access log until Ctrl-C.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::anyhow;
use clap::Args;
use palisade_kernel::{SystemClock, SystemRandom};

use super::serve::{Request, Signals};
use super::{Failure, Process, serve};
use crate::config::log::Level;
use crate::demo::{self, AccessLogGate, Demo, LogForm, Style, Verdict};
use crate::gateway::{self, Outputs};
use crate::logging::{self, LogLevel};

const TITLE: &str =
    "A weak photo gallery, alone and behind Palisade. Every answer below is from this run.";

#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// The weak app's port.
    #[arg(long, value_name = "PORT", default_value_t = 3000)]
    app_port: u16,
    /// The port of the app's third parties [default: the one after the app's]
    #[arg(long, value_name = "PORT")]
    third_party_port: Option<u16>,
    /// Palisade's port.
    #[arg(long, default_value_t = 8443)]
    port: u16,
    /// The port that redirects to HTTPS.
    #[arg(long, value_name = "PORT", default_value_t = 8080)]
    redirect_port: u16,
    /// The admin listener's port.
    #[arg(long, value_name = "PORT", default_value_t = 9443)]
    admin_port: u16,
    /// The ops listener's port: /healthz, /readyz, /metrics.
    #[arg(long, value_name = "PORT", default_value_t = 9090)]
    ops_port: u16,
    /// Where the demo keeps its CA and its configuration. `serve` refuses it.
    #[arg(long, value_name = "DIRECTORY", default_value = "palisade-demo")]
    data_dir: PathBuf,
    /// Repair in the app what only its code can repair.
    #[arg(long)]
    fixed: bool,
    /// End after the table: 0 when every row came out as promised, else 1.
    #[arg(long)]
    once: bool,
    /// The table as one line of JSON, and the access log likewise.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &DemoArgs, process: &Process) -> Result<(), Failure> {
    let runtime = serve::runtime()?;
    let result = runtime.block_on(demonstrate(args, process));
    // Whoever asked twice does not wait for what still blocks a thread.
    runtime.shutdown_background();
    result
}

async fn demonstrate(args: &DemoArgs, process: &Process) -> Result<(), Failure> {
    // Installed first: a signal that arrives during the start is not to be lost.
    let mut signals = Signals::install()?;
    let gate = AccessLogGate::default();
    // The probes make the gateway complain and cry out, and that is no news until it serves.
    let log_level = logging::start(Level::Off, io::stderr().is_terminal());
    let demo = tokio::select! {
        demo = start(args, process, &gate, log_level.clone()) => demo?,
        () = signals.stop() => return Err(Failure::Interrupted),
    };
    let verdict = demo.report().verdict();
    if args.once {
        demo.stop().await?;
        return match verdict {
            Verdict::Kept => Ok(()),
            Verdict::Broken => Err(Failure::No),
            Verdict::Unmeasured => Err(Failure::Could(anyhow!("not everything could be measured"))),
        };
    }
    gate.open().await;
    log_level.set(demo.log_level());
    while let Request::Reload = signals.next().await {
        // The outcome is logged and counted where it comes about.
        let _ = demo.gateway().reload().await;
    }
    tracing::info!("Shutting down: requests under way may finish. Ctrl-C again ends at once.");
    let stopped = async {
        if let Err(error) = demo.stop().await {
            tracing::error!(%error, "The demo app did not end well.");
        }
    };
    serve::unless_asked_again(stopped, signals.stop()).await
}

/// Starts everything and prints what was found.
async fn start(
    args: &DemoArgs,
    process: &Process,
    gate: &AccessLogGate,
    log_level: LogLevel,
) -> Result<Demo, Failure> {
    let outputs = Outputs {
        access_log: Box::new(gate.over(io::stdout())),
        is_terminal: super::is_terminal(),
        log_level,
    };
    let demo = demo::start(
        args.options(),
        &process.environment,
        outputs,
        Arc::new(SystemClock::start()),
        Arc::new(SystemRandom),
    )
    .await
    .map_err(|error| match error {
        demo::StartError::Mistakes(mistakes)
        | demo::StartError::Gateway(gateway::StartError::Mistakes(mistakes)) => {
            Failure::Configuration(mistakes)
        }
        other => other.into(),
    })?;
    readable(args, show(args, process, &demo, &mut io::stdout()))?;
    Ok(demo)
}

fn show(args: &DemoArgs, process: &Process, demo: &Demo, out: &mut dyn Write) -> io::Result<()> {
    if args.json {
        writeln!(out, "{}", serde_json::to_string(demo.report())?)?;
        return out.flush();
    }
    let style = Style::new(super::is_terminal(), &process.environment);
    writeln!(out, "{TITLE}\n")?;
    demo::print(demo.report(), style, out)?;
    if !args.once {
        demo::announce(demo, &process.program, &args.data_dir, style, out)?;
        writeln!(out, "\nServing until Ctrl-C. Requests, as they come:")?;
    }
    out.flush()
}

/// Who closes the output while the demo serves has read enough, and the demo goes on.
fn readable(args: &DemoArgs, printed: io::Result<()>) -> io::Result<()> {
    match printed {
        Err(error) if !args.once && error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

impl DemoArgs {
    fn options(&self) -> demo::Options {
        demo::Options {
            app_port: self.app_port,
            third_party_port: self.third_party_port,
            port: self.port,
            redirect_port: self.redirect_port,
            admin_port: self.admin_port,
            ops_port: self.ops_port,
            data_directory: self.data_dir.clone(),
            fixed: self.fixed,
            log: match (self.once, self.json) {
                (true, _) => LogForm::Off,
                (false, true) => LogForm::Json,
                (false, false) => LogForm::Human,
            },
        }
    }
}
