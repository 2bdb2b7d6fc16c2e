//! What a node says of itself once it serves: a block to read at a terminal, messages elsewhere.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use palisade_edge::proof::Proof;
use palisade_kernel::{ControlId, Mode};

use crate::gateway::Gateway;

/// Everything that is said.
struct Announcement {
    is_tls: bool,
    address: SocketAddr,
    redirect: Option<SocketAddr>,
    admin: SocketAddr,
    ops: SocketAddr,
    development_ca: Option<PathBuf>,
    controls: Vec<(ControlId, Mode, Option<Proof>)>,
    notices: Vec<String>,
}

/// Says it on standard error, unless `log.level` keeps such messages back.
pub(super) fn announce(gateway: &Gateway, notices: &[String]) {
    let announcement = Announcement::of(gateway, notices);
    if io::stderr().is_terminal() && tracing::enabled!(tracing::Level::INFO) {
        // Nobody is left to tell when it is closed.
        let _ = io::stderr().write_all(announcement.block().as_bytes());
    } else {
        announcement.log();
    }
}

impl Announcement {
    fn of(gateway: &Gateway, notices: &[String]) -> Self {
        let policy = gateway.policy();
        let proof = |control| {
            policy
                .proofs()
                .iter()
                .find(|proof| proof.control == control)
        };
        Self {
            is_tls: gateway.is_tls(),
            address: gateway.address(),
            redirect: gateway.redirect_address(),
            admin: gateway.admin_address(),
            ops: gateway.ops_address(),
            development_ca: gateway.development_ca().map(Path::to_owned),
            controls: ControlId::ALL
                .into_iter()
                .map(|control| (control, policy.mode(control), proof(control).cloned()))
                .collect(),
            notices: notices.to_owned(),
        }
    }

    fn block(&self) -> String {
        let mut lines = vec![("listens", self.address.to_string())];
        lines.extend(
            self.redirect
                .map(|from| ("redirects", format!("http://{from}"))),
        );
        if let Some(ca) = &self.development_ca {
            let ca = ca.display();
            lines.push(("certificate", format!("of the development CA, {ca}")));
            lines.push(("try", self.trial()));
        }
        for (control, mode, proof) in &self.controls {
            lines.push((
                "control",
                format!("{control}: {}", state(*mode, proof.as_ref())),
            ));
        }
        lines.push(("admin", format!("https://{}", self.admin)));
        lines.push(("ops", format!("http://{}", self.ops)));
        lines.extend(self.notices.iter().map(|notice| ("notice", notice.clone())));
        let mut block = format!("Palisade serves the app at {}\n", self.url());
        for (name, text) in lines {
            // Writing to a string cannot fail.
            let _ = writeln!(block, "  {name:11}  {text}");
        }
        block
    }

    fn log(&self) {
        for notice in &self.notices {
            tracing::warn!(notice, "A notice on the configuration.");
        }
        tracing::info!("Serving the app at {}://{}.", self.scheme(), self.address);
        if let Some(redirect) = self.redirect {
            tracing::info!("Redirecting http://{redirect} to HTTPS.");
        }
        if let Some(ca) = &self.development_ca {
            tracing::info!(
                ca = %ca.display(),
                r#try = self.trial(),
                "The certificate is of the development CA, which no browser knows."
            );
        }
        tracing::info!(
            "Admin at https://{}, ops at http://{}.",
            self.admin,
            self.ops
        );
        for (control, mode, proof) in &self.controls {
            match proof {
                Some(proof) => tracing::info!(
                    %control,
                    %mode,
                    benign = proof.benign,
                    hostile = proof.hostile,
                    "A control has proved itself."
                ),
                None => tracing::warn!(%control, %mode, "A control is off or unproven."),
            }
        }
    }

    fn scheme(&self) -> &'static str {
        if self.is_tls { "https" } else { "http" }
    }

    /// What to open on this machine. The development CA knows `localhost`, but no other address.
    fn url(&self) -> String {
        let ip = self.address.ip();
        match ip.is_unspecified() || ip.is_loopback() {
            true => format!("{}://localhost:{}", self.scheme(), self.address.port()),
            false => format!("{}://{}", self.scheme(), self.address),
        }
    }

    fn trial(&self) -> String {
        let ca = self.development_ca.as_deref().unwrap_or(Path::new(""));
        format!("curl -sI --cacert {} {}/", ca.display(), self.url())
    }
}

fn state(mode: Mode, proof: Option<&Proof>) -> String {
    match (mode, proof) {
        (Mode::Off, _) => "off".to_owned(),
        (Mode::Shadow | Mode::Enforce, None) => format!("{mode}, NOT proved"),
        (Mode::Shadow | Mode::Enforce, Some(proof)) => format!(
            "{mode}, proved by {} benign and {} hostile samples",
            proof.benign, proof.hostile
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announcement() -> Announcement {
        let local = |port| SocketAddr::from(([127, 0, 0, 1], port));
        Announcement {
            is_tls: true,
            address: SocketAddr::from(([0, 0, 0, 0], 8443)),
            redirect: Some(SocketAddr::from(([0, 0, 0, 0], 8080))),
            admin: local(9443),
            ops: local(9090),
            development_ca: Some(PathBuf::from("/srv/palisade-data/ca.pem")),
            controls: vec![(
                ControlId::EdgeHeaders,
                Mode::Enforce,
                Some(Proof {
                    control: ControlId::EdgeHeaders,
                    mode: Mode::Enforce,
                    benign: 3,
                    hostile: 4,
                }),
            )],
            notices: vec!["upstream \"other\" gets no requests: there are no routes".to_owned()],
        }
    }

    #[test]
    fn a_person_gets_a_block_with_a_line_to_try() {
        insta::assert_snapshot!(announcement().block(), @r#"
        Palisade serves the app at https://localhost:8443
          listens      0.0.0.0:8443
          redirects    http://0.0.0.0:8080
          certificate  of the development CA, /srv/palisade-data/ca.pem
          try          curl -sI --cacert /srv/palisade-data/ca.pem https://localhost:8443/
          control      edge.headers: enforce, proved by 3 benign and 4 hostile samples
          admin        https://127.0.0.1:9443
          ops          http://127.0.0.1:9090
          notice       upstream "other" gets no requests: there are no routes
        "#);
    }

    #[test]
    fn what_is_not_enforced_or_not_proved_is_said() {
        assert_eq!(state(Mode::Off, None), "off");
        assert_eq!(state(Mode::Enforce, None), "enforce, NOT proved");
    }

    #[test]
    fn with_certificates_of_ones_own_there_is_no_word_of_the_development_ca() {
        let block = Announcement {
            development_ca: None,
            ..announcement()
        }
        .block();
        assert!(!block.contains("CA") && !block.contains("curl"), "{block}");
    }
}
