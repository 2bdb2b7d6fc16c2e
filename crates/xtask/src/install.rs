//! Debian packages: installed when a program is missing, named with the command when they cannot be.

use std::io::IsTerminal;
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::{command, machine};

/// Updates the lists and installs its arguments. Debian starts a daemon as it is installed, nginx
/// on port 80 for all the world; only private instances are wanted, so for as long as apt runs a
/// policy refuses to start any. It waits two minutes for another apt to end.
const APT_SCRIPT: &str = r#"
set -e
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  trap 'rm -f $policy' EXIT
  printf '#!/bin/sh\nexit 101\n' > $policy
  chmod 755 $policy
fi
wait=DPkg::Lock::Timeout=120
apt-get -q -o $wait update
apt-get -q -y --no-install-recommends -o $wait install "$@"
"#;

/// A program and the Debian package that brings it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Needed {
    /// A name looked for in `PATH`, or a whole path.
    pub(crate) program: &'static str,
    pub(crate) package: &'static str,
}

/// Installs the packages of every program that is not here, or says how to.
pub(crate) fn ensure(needed: &[Needed]) -> Result<()> {
    let missing = missing(needed);
    if missing.is_empty() {
        return Ok(());
    }
    println!("installing {} from Debian", missing.join(", "));
    if let Err(failure) = install(&missing) {
        bail!(
            "{} missing, and could not be installed: {failure:#}\nrun: {}",
            missing.join(", "),
            by_hand(&missing)
        );
    }
    for part in needed {
        if command::find(part.program).is_none() {
            bail!(
                "the package {} is installed, yet {} is not here",
                part.package,
                part.program
            );
        }
    }
    Ok(())
}

/// The packages of the programs that are not here, each once.
fn missing(needed: &[Needed]) -> Vec<&'static str> {
    let mut packages: Vec<_> = needed
        .iter()
        .filter(|part| command::find(part.program).is_none())
        .map(|part| part.package)
        .collect();
    packages.sort_unstable();
    packages.dedup();
    packages
}

/// Installs packages by name.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    if command::find("apt-get").is_none() {
        bail!("this machine has no apt-get; the commands expect Debian 12");
    }
    let mut command = as_root(&["sh", "-c", APT_SCRIPT, "apt"])?;
    command::run(command.args(packages).stdout(Stdio::null()))
}

pub(crate) fn by_hand(packages: &[&str]) -> String {
    let sudo = if machine::is_root() { "" } else { "sudo " };
    format!(
        "{sudo}apt-get update && {sudo}apt-get install --no-install-recommends -y {}",
        packages.join(" ")
    )
}

/// A command as root: as it is, or through sudo, which may ask only where somebody can answer.
fn as_root(arguments: &[&str]) -> Result<Command> {
    let mut words = Vec::new();
    if !machine::is_root() {
        if command::find("sudo").is_none() {
            bail!("this needs root, and there is no sudo");
        }
        words.push("sudo");
        if machine::is_unattended() || !std::io::stdin().is_terminal() {
            words.push("-n");
        }
    }
    words.extend(["env", "DEBIAN_FRONTEND=noninteractive"]);
    words.extend(arguments);
    let mut command = Command::new(words[0]);
    command.args(&words[1..]);
    if machine::is_unattended() {
        command.stdin(Stdio::null());
    }
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABSENT: Needed = Needed {
        program: "no-such-program",
        package: "no-such-package",
    };

    #[test]
    fn a_missing_program_names_its_package_once() {
        let present = Needed {
            program: "sh",
            package: "dash",
        };
        assert_eq!(missing(&[ABSENT, present, ABSENT]), ["no-such-package"]);
    }

    #[test]
    fn what_a_person_can_run_names_every_package() {
        let line = by_hand(&["nginx", "haproxy"]);
        assert!(
            line.contains("apt-get install --no-install-recommends -y nginx haproxy"),
            "{line}"
        );
    }
}
