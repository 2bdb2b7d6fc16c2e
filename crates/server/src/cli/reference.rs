//! `palisade reference`: pages of the documentation, from the lists that the code runs on.

use std::io::{self, Write};

use clap::Subcommand;
use palisade_kernel::ControlSpec;
use palisade_kernel::control::{CATALOGUE, Switch};

use crate::{config, gateway};

#[derive(Debug, Subcommand)]
pub(super) enum Page {
    /// Every key of palisade.toml.
    Configuration,
    /// The JSON schema of palisade.toml.
    Schema,
    /// Every metric.
    Metrics,
    /// The control catalogue.
    Controls,
    /// The head of one control's page.
    Control { id: String },
}

pub(super) fn print(page: &Page, out: &mut dyn Write) -> io::Result<()> {
    match page {
        Page::Configuration => out.write_all(config::reference().as_bytes()),
        Page::Schema => writeln!(out, "{:#}", config::schema()),
        Page::Metrics => out.write_all(gateway::metrics_reference().as_bytes()),
        Page::Controls => controls(out),
        Page::Control { id } => match CATALOGUE.iter().find(|spec| spec.id.as_str() == id) {
            Some(spec) => control(spec, out),
            None => Err(io::Error::new(
                io::ErrorKind::NotFound,
                format!("`{id}` is no control"),
            )),
        },
    }
}

const CONTROLS_INTRODUCTION: &str = "\
<!-- Generated from the control catalogue in crates/kernel/src/control.rs. Do not edit. -->
# Controls

Every control that exists, in the order in which a request meets them, with what it does in
`palisade serve --upstream URL` without any configuration. Each proves itself before a policy is put
in force.

";

fn controls(out: &mut dyn Write) -> io::Result<()> {
    out.write_all(CONTROLS_INTRODUCTION.as_bytes())?;
    writeln!(out, "| control | requirement | first run |\n|---|---|---|")?;
    for spec in &CATALOGUE {
        let id = spec.id;
        writeln!(
            out,
            "| [`{id}`](controls/{id}.md) | {} | {} |",
            spec.requirement, spec.first_run
        )?;
    }
    Ok(())
}

fn control(spec: &ControlSpec, out: &mut dyn Write) -> io::Result<()> {
    let switch = match spec.switch {
        Switch::Always => "always enforced".to_owned(),
        Switch::Modes { first_run } => {
            format!("`off`, `shadow` or `enforce`; first run: `{first_run}`")
        }
    };
    let asvs: Vec<String> = spec.asvs.iter().map(|id| format!("v5.0.0-{id}")).collect();
    writeln!(out, "| | |\n|---|---|")?;
    writeln!(out, "| requirement | {} |", spec.requirement)?;
    writeln!(out, "| mode | {switch} |")?;
    writeln!(out, "| without configuration | {} |", spec.first_run)?;
    writeln!(out, "| OWASP ASVS | {} |", asvs.join(", "))?;
    if let Some(test) = spec.launch_test {
        writeln!(out, "| launch test | {test} |")?;
    }
    writeln!(out, "| crate | `{}` |", spec.home)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_has_its_line_in_the_runbook() {
        let runbook = include_str!("../../../../docs/operations.md");
        for problem in palisade_kernel::Problem::ALL {
            let code = format!("`{}`", problem.code);
            let told = runbook
                .lines()
                .any(|line| line.starts_with("| `") && line.contains(&code));
            assert!(told, "docs/operations.md says nothing of {code}");
        }
    }

    #[test]
    fn whole_pages_have_a_title_and_a_lead_before_anything_else() {
        for page in [Page::Configuration, Page::Metrics, Page::Controls] {
            let mut out = Vec::new();
            print(&page, &mut out).unwrap();
            let text = String::from_utf8(out).unwrap();
            let mut lines = text
                .lines()
                .filter(|line| !line.is_empty() && !line.starts_with("<!--"));
            assert!(lines.next().unwrap().starts_with("# "), "{text}");
            assert!(
                lines.next().unwrap().starts_with(char::is_alphabetic),
                "{text}"
            );
        }
    }
}
